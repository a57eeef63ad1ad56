"""What a mapping must be before anyone sees it, whichever door it comes through."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from hub.masterdata.changes import end_of, start_of
from hub.masterdata.models import CANONICAL, Domain, Mapping

_TEXTS = ("system", "facility", "local_code", "canonical_code", "note")
_MAY_BE_EMPTY = frozenset({"facility", "note"})


def clean_mapping(mapping: Mapping) -> Mapping:
    """`mapping` with its texts trimmed. Raises ValidationError naming each field that cannot be."""
    for name in _TEXTS:
        setattr(mapping, name, getattr(mapping, name).strip())
    faults = dict(_faults(mapping))
    if faults:
        raise ValidationError(faults)
    return mapping


def _faults(mapping: Mapping) -> list[tuple[str, str]]:
    faults = [*_text_faults(mapping)]
    if mapping.domain not in Domain.values:
        faults.append(("domain", f"There is no domain {mapping.domain!r}."))
    elif not _exists(mapping.domain, mapping.canonical_code):
        faults.append(
            ("canonical_code", f"There is no {Domain(mapping.domain).label.lower()} {mapping.canonical_code!r} in use.")
        )
    if mapping.facility and not _exists(Domain.FACILITY, mapping.facility):
        faults.append(("facility", f"There is no facility {mapping.facility!r} in use."))
    if mapping.facility and mapping.domain == Domain.FACILITY:
        faults.append(("facility", "A facility's own code is mapped for every facility: leave this empty."))
    start, end = start_of(mapping), end_of(mapping)
    if start is not None and end is not None and end <= start:
        faults.append(("effective", "The mapping ends before it begins."))
    return faults


def _text_faults(mapping: Mapping) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    for name in _TEXTS:
        text = getattr(mapping, name)
        limit = getattr(Mapping._meta.get_field(name), "max_length", 0)
        if not text and name not in _MAY_BE_EMPTY:
            faults.append((name, "This must not be empty."))
        if len(text) > limit:
            faults.append((name, f"This has {len(text)} characters; {limit} are the most."))
        if not text.isprintable():
            faults.append((name, "This holds characters that cannot be printed."))
    return faults


def _exists(domain: str, code: str) -> bool:
    return CANONICAL[domain]._default_manager.filter(code=code, active=True).exists()
