"""Reads of the crosswalk for pages, admin and API. The hot path resolves codes in `crosswalk`, not here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from psycopg.types.range import Range

from hub.governance.access import Who, name_of, scoped
from hub.governance.roles import Permission
from hub.masterdata.domains import policy_of
from hub.masterdata.gaps import Days
from hub.masterdata.models import CANONICAL, Mapping, Match
from hub.masterdata.precedence import takes
from hub.masterdata.ranges import end_of, in_words, start_of
from hub.masterdata.states import WAITING, MappingState


@dataclass(frozen=True, slots=True)
class FieldChange:
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version of a mapping: who made it, when, why, and what it changed."""

    at: datetime
    who: str
    kind: str
    reason: str
    changes: tuple[FieldChange, ...]
    #: The key of this version in the history.
    pk: int = 0


def mappings(who: Who, *, search: str = "") -> QuerySet[Mapping]:
    """The mappings that `who` may see: those of their facilities and those of every facility."""
    return with_words(scoped(Mapping.objects.all(), who, Permission.VIEW_MAPPINGS, shared=True), search)


def with_words(rows: QuerySet[Mapping], text: str) -> QuerySet[Mapping]:
    """Those of `rows` in which each word of `text` occurs somewhere."""
    for word in text.split():
        rows = rows.filter(
            Q(local_code__icontains=word)
            | Q(canonical_code__icontains=word)
            | Q(system__icontains=word)
            | Q(note__icontains=word)
        )
    return rows


def canonical_choices(domain: str) -> list[tuple[str, str]]:
    """(code, name) of every entity of `domain` in use."""
    return list(CANONICAL[domain]._default_manager.filter(active=True).values_list("code", "name"))


def needs_two_people(domain: str) -> bool:
    """Whether a second person decides about a proposal in `domain`."""
    return policy_of(domain).two_people


def overlapping(mapping: Mapping) -> QuerySet[Mapping]:
    """The approved mappings of the same local code that hold on a day on which `mapping` holds."""
    return _same_code(mapping).filter(state=MappingState.APPROVED, effective__overlap=mapping.effective)


def same_proposal(mapping: Mapping) -> Mapping | None:
    """A proposal that waits already and says the same."""
    return (
        _same_code(mapping)
        .filter(state__in=WAITING, canonical_code=mapping.canonical_code, effective=mapping.effective)
        .first()
    )


def covered_days(mapping: Mapping) -> list[Days]:
    """The days on which the local code of `mapping` means something where it applies: by it or by any other.

    A mapping for every facility is not helped by one of a single facility.
    """
    rows = Mapping.objects.filter(
        domain=mapping.domain,
        system=mapping.system,
        facility__in={mapping.facility, ""},
        state=MappingState.APPROVED,
    ).filter(Q(local_code=mapping.local_code) | ~Q(match=Match.EXACT))
    return [
        (start_of(effective) or date.min, end_of(effective) or date.max)
        for match, code, effective in rows.values_list("match", "local_code", "effective")
        if (match, code) == (mapping.match, mapping.local_code) or _is_taken(mapping, match, code)
    ]


def _is_taken(mapping: Mapping, match: str, pattern: str) -> bool:
    """Whether a broader rule takes every code that `mapping` speaks of."""
    return match != Match.EXACT and takes(match, pattern, mapping.local_code.removesuffix("*"))


def _same_code(mapping: Mapping) -> QuerySet[Mapping]:
    return Mapping.objects.filter(
        domain=mapping.domain,
        system=mapping.system,
        facility=mapping.facility,
        match=mapping.match,
        local_code=mapping.local_code,
    ).exclude(pk=mapping.pk)


def history(mapping: Mapping) -> list[HistoryEntry]:
    """Every version of a mapping, newest first, with the difference to the one before."""
    versions = list(mapping.history.select_related("history_user").order_by("-history_id"))
    earlier = [*versions[1:], None]
    return [_entry(version, before) for version, before in zip(versions, earlier, strict=True)]


#: What every change touches, and what the entry says already.
_UNTOLD = frozenset({"updated_at", "decided_at", "decided_by", "reviewed_at", "reviewed_by", "version"})


def _entry(version: Any, before: Any) -> HistoryEntry:
    changed: Iterable[Any] = version.diff_against(before, excluded_fields=_UNTOLD).changes if before else ()
    return HistoryEntry(
        at=version.history_date,
        who=name_of(version.history_user) if version.history_user else version.decided_by,
        kind=version.get_history_type_display(),
        reason=version.history_change_reason or "",
        changes=tuple(FieldChange(one.field, _text(one.old), _text(one.new)) for one in changed),
        pk=version.history_id,
    )


def changes_since(mapping: Mapping, version: int) -> list[HistoryEntry]:
    """What became of a mapping after its `version`, oldest first."""
    versions = list(
        mapping.history.filter(version__gte=version).select_related("history_user").order_by("version", "history_id")
    )
    pairs = zip(versions, versions[1:], strict=False)
    return [_entry(after, before) for before, after in pairs if after.version > version]


def version_of(mapping: Mapping, history_id: int) -> Mapping | None:
    """The mapping as one entry of its history has it; None for an entry of another one."""
    found = mapping.history.filter(history_id=history_id).first()
    return None if found is None else found.instance


def _text(value: Any) -> str:
    return in_words(start_of(value), end_of(value)) if isinstance(value, Range) else str(value)


def used_where(domain: str, canonical_code: str) -> QuerySet[Mapping]:
    """The mappings that lead to one canonical code, in whatever state that still counts."""
    return Mapping.objects.filter(
        domain=domain,
        canonical_code=canonical_code,
        state__in=(MappingState.APPROVED, *WAITING),
    ).order_by("system", F("facility"), "local_code")
