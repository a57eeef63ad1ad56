"""What a mapping must be before anyone sees it, whichever door it comes through."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from hub.masterdata.models import CANONICAL, Domain, Mapping, Match
from hub.masterdata.precedence import ANY
from hub.masterdata.ranges import end_of, start_of

_TEXTS = ("system", "facility", "local_code", "canonical_code", "owner", "note")
_MAY_BE_EMPTY = frozenset({"facility", "owner", "note"})


class CodesInUse:
    """The canonical codes in use, read once a domain: make one for each request or file."""

    def __init__(self) -> None:
        self._codes: dict[str, frozenset[str]] = {}

    def has(self, domain: str, code: str) -> bool:
        if domain not in self._codes:
            entities = CANONICAL[domain]._default_manager.filter(active=True)
            self._codes[domain] = frozenset(entities.values_list("code", flat=True))
        return code in self._codes[domain]


def clean_mapping(mapping: Mapping, codes: CodesInUse | None = None) -> Mapping:
    """`mapping` with its texts trimmed. Raises ValidationError naming each field that cannot be."""
    for name in _TEXTS:
        setattr(mapping, name, getattr(mapping, name).strip())
    mapping.match = mapping.match or Match.EXACT
    if mapping.match == Match.DEFAULT:
        mapping.local_code = mapping.local_code or ANY
    if faults := dict(_faults(mapping, codes or CodesInUse())):
        raise ValidationError(faults)
    return mapping


def _faults(mapping: Mapping, codes: CodesInUse) -> list[tuple[str, str]]:
    faults = [*_text_faults(mapping), *_rule_faults(mapping)]
    if mapping.domain not in Domain.values:
        faults.append(("domain", f"There is no domain {mapping.domain!r}."))
    elif mapping.canonical_code and not codes.has(mapping.domain, mapping.canonical_code):
        label = Domain(mapping.domain).label.lower()
        faults.append(("canonical_code", f"There is no {label} {mapping.canonical_code!r} in use."))
    if mapping.facility and not codes.has(Domain.FACILITY, mapping.facility):
        faults.append(("facility", f"There is no facility {mapping.facility!r} in use."))
    if mapping.facility and mapping.domain == Domain.FACILITY:
        faults.append(("facility", "A facility's own code is mapped for every facility: leave this empty."))
    start, end = start_of(mapping.effective), end_of(mapping.effective)
    if start is not None and end is not None and end <= start:
        faults.append(("effective", "The mapping ends before it begins."))
    return faults


def _rule_faults(mapping: Mapping) -> list[tuple[str, str]]:
    if mapping.match not in Match.values:
        return [("match", f"There is no kind of match {mapping.match!r}; exact, prefix and default are known.")]
    if mapping.match == Match.PREFIX and (not mapping.local_code.endswith(ANY) or mapping.local_code == ANY):
        return [("local_code", "A rule names what codes begin with, and ends with *: PT-*.")]
    if mapping.match != Match.DEFAULT:
        return []
    if mapping.domain == Domain.FACILITY:
        return [("match", "Facilities have no default: a clinic that nobody mapped is none of ours yet.")]
    return [] if mapping.local_code == ANY else [("local_code", "A default takes any other code: leave this empty.")]


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
