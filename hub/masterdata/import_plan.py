"""What an import would do, row by row, before anything is done.

The file says how its local codes stand: a row that stands already is the same; one that begins on the day of a
standing mapping changes that one; one that begins later takes over from it on its first day. Rows never delete: what
the file does not name stays, unless a row takes its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange

from hub.governance.access import Actor, facilities
from hub.governance.roles import Permission
from hub.masterdata import errors
from hub.masterdata.deciding import asks_for_others
from hub.masterdata.domains import policies
from hub.masterdata.mapping_csv import Row
from hub.masterdata.models import Gaps, Mapping, Match
from hub.masterdata.ranges import end_of, in_words, start_of
from hub.masterdata.selectors import FieldChange
from hub.masterdata.states import WAITING, MappingState
from hub.masterdata.validation import CodesInUse, clean_mapping


class Kind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ERROR = "error"


class Deed(StrEnum):
    """What applying a row does to the database."""

    NOTHING = ""
    CREATE = "create"  # with the state that `wanted` has; `replaced` make room first
    APPROVE = "approve"  # `standing` is a proposal that says the same
    EDIT = "edit"  # `standing` gets the end and the note of `wanted`


@dataclass(frozen=True, slots=True)
class RowPlan:
    """One row: what it would be, what that changes, or why it cannot be."""

    number: int
    kind: Kind
    wanted: Mapping
    changes: tuple[FieldChange, ...] = ()
    reasons: tuple[str, ...] = ()
    deed: Deed = Deed.NOTHING
    standing: Mapping | None = None
    replaced: tuple[Mapping, ...] = ()

    @property
    def summary(self) -> str:
        """What is kept to see later whether the preview still holds."""
        touched = sorted(one.pk for one in (*self.replaced, *([self.standing] if self.standing else [])))
        return f"{self.number}|{self.kind}|{self.deed}|{self.wanted.state}|{touched}|{self.changes}"


_Key = tuple[str, str, str, str, str]


def plan(rows: Sequence[Row], actor: Actor, systems: Collection[str] | None = None) -> list[RowPlan]:
    """A plan for each row, in the order of the file. `systems` are those that there are, as far as it is known."""
    return _Planner(rows, actor, systems).plans()


class _Planner:
    def __init__(self, rows: Sequence[Row], actor: Actor, systems: Collection[str] | None) -> None:
        self.systems = systems
        self.rows = [(row, _mapping(row, actor)) for row in rows]
        self.actor = actor
        self.codes = CodesInUse()
        self.existing = _existing(mapping for _, mapping in self.rows)
        self.approvable = facilities(actor, Permission.APPROVE_MAPPINGS)
        self.proposable = facilities(actor, Permission.PROPOSE_MAPPINGS)
        self.policies = policies()
        # Mappings that a row of the file stands for; no other row takes their place unseen.
        approved = {
            (_key(mapping), start_of(mapping.effective))
            for _, mapping in self.rows
            if mapping.state == MappingState.APPROVED
        }
        self.claimed = {
            one.pk
            for group in self.existing.values()
            for one in group
            if one.state == MappingState.APPROVED and (_key(one), start_of(one.effective)) in approved
        }

    def plans(self) -> list[RowPlan]:
        plans = [self.plan(row, mapping) for row, mapping in self.rows]
        return list(_refuse_contradictions(plans))

    def plan(self, row: Row, wanted: Mapping) -> RowPlan:
        reasons = [*row.faults, *self.faults(wanted)]
        if reasons:
            return _error(row, wanted, *reasons)
        twins = self.existing.get(_key(wanted), [])
        if any(_says(one) == _says(wanted) for one in twins):
            return RowPlan(row.number, Kind.SAME, wanted)
        if self.systems is not None and wanted.system not in self.systems:
            return _error(row, wanted, f"system: There is no system {wanted.system!r}.")
        if wanted.state not in (MappingState.APPROVED, MappingState.PROPOSED):
            return _error(row, wanted, "An import adds and changes; decide about a mapping on its own page.")
        if reason := self.forbidden(wanted):
            return _error(row, wanted, reason)
        if wanted.state == MappingState.PROPOSED:
            return self.proposal(row, wanted, twins)
        return self.approval(row, wanted, twins)

    def faults(self, wanted: Mapping) -> list[str]:
        try:
            clean_mapping(wanted, self.codes)
        except ValidationError as error:
            return [f"{field}: {text}" for field, texts in error.message_dict.items() for text in texts]
        if wanted.state not in MappingState.values:
            return [f"state: there is no state {wanted.state!r}; leave it empty for approved."]
        return []

    def forbidden(self, wanted: Mapping) -> str:
        scope = self.proposable if wanted.state == MappingState.PROPOSED else self.approvable
        if scope is None or wanted.facility in scope:
            return ""
        return f"You may not change mappings {'at ' + wanted.facility if wanted.facility else 'of every facility'}."

    def proposal(self, row: Row, wanted: Mapping, twins: Sequence[Mapping]) -> RowPlan:
        for one in twins:
            if _days_and_code(one) == _days_and_code(wanted) and one.state in WAITING:
                return _edit(row, wanted, one)
            if (
                one.state == MappingState.APPROVED
                and one.canonical_code == wanted.canonical_code
                and _meet(one, wanted)
            ):
                return _error(row, wanted, errors.overlap(wanted, one).message)
        return RowPlan(row.number, Kind.NEW, wanted, deed=Deed.CREATE)

    def approval(self, row: Row, wanted: Mapping, twins: Sequence[Mapping]) -> RowPlan:
        approved = [one for one in twins if one.state == MappingState.APPROVED]
        begun = next((one for one in approved if start_of(one.effective) == start_of(wanted.effective)), None)
        others = [one for one in approved if one is not begun and one.pk not in self.claimed and _meet(one, wanted)]
        for one in others:
            if not _can_hand_over(one, wanted):
                return _error(row, wanted, errors.overlap(wanted, one).message)
        if begun is not None and _outlasts(begun, wanted) and self.policies[wanted.domain].gaps != Gaps.SHOWN:
            return _error(row, wanted, "This domain leaves no day without a meaning unseen: end it on its own page.")
        if begun is not None and begun.canonical_code == wanted.canonical_code:
            return self.edit(row, wanted, begun, others)
        waiting = [one for one in twins if one.state in WAITING and _days_and_code(one) == _days_and_code(wanted)]
        replaced = (begun, *others) if begun else tuple(others)
        return self.decision(row, wanted, waiting[0] if waiting else None, replaced)

    def edit(self, row: Row, wanted: Mapping, begun: Mapping, others: Sequence[Mapping]) -> RowPlan:
        if others:
            return _error(row, wanted, errors.overlap(wanted, others[0]).message)
        old, new = end_of(begun.effective), end_of(wanted.effective)
        longer = old is not None and (new is None or new > old)
        if longer and asks_for_others(wanted, self.actor, self.policies[wanted.domain], proposed=True):
            return _error(row, wanted, "This domain asks for more than one: propose a mapping for the further days.")
        return _edit(row, wanted, begun)

    def decision(self, row: Row, wanted: Mapping, waiting: Mapping | None, replaced: tuple[Mapping, ...]) -> RowPlan:
        """A code gets a meaning, at once or as a proposal that a second person decides about."""
        policy = self.policies[wanted.domain]
        if waiting is not None and (refusal := asks_for_others(waiting, self.actor, policy)):
            return RowPlan(row.number, Kind.SAME, wanted, reasons=(f"It waits already. {refusal.hint}",))
        changes = tuple(_handed_over(one, wanted) for one in replaced)
        if waiting is not None:
            state = FieldChange("state", waiting.state, MappingState.APPROVED.value)
            return RowPlan(row.number, Kind.CHANGED, wanted, (state, *changes), (), Deed.APPROVE, waiting, replaced)
        kind = Kind.CHANGED if replaced else Kind.NEW
        if asks_for_others(wanted, self.actor, policy, proposed=True) is None:
            return RowPlan(row.number, kind, wanted, changes, deed=Deed.CREATE, replaced=replaced)
        wanted.state = MappingState.PROPOSED
        reasons = ("This becomes a proposal: a second person approves it.",)
        return RowPlan(row.number, kind, wanted, changes, reasons, Deed.CREATE)


def _mapping(row: Row, actor: Actor) -> Mapping:
    cells = row.cells
    backwards = row.start is not None and row.end is not None and row.end < row.start
    return Mapping(
        domain=cells["domain"],
        system=cells["system"],
        facility=cells["facility"],
        match=cells["match"].lower() or Match.EXACT,
        local_code=cells["local_code"],
        canonical_code=cells["canonical_code"],
        # PostgreSQL's range type refuses a backward range to exist; an empty one is refused in words.
        effective=DateRange(row.start, row.start if backwards else row.end),
        state=cells["state"].lower() or MappingState.APPROVED,
        note=cells["note"],
        proposed_by=actor.username,
    )


def _existing(wanted: Iterable[Mapping]) -> dict[_Key, list[Mapping]]:
    """Every mapping, in whatever state, of the local codes that the file names."""
    keys = {_key(mapping) for mapping in wanted}
    rows = Mapping.objects.filter(
        system__in={key[1] for key in keys}, local_code__in={key[4] for key in keys}
    ).order_by("pk")
    found: defaultdict[_Key, list[Mapping]] = defaultdict(list)
    for mapping in rows:
        if _key(mapping) in keys:
            found[_key(mapping)].append(mapping)
    return found


def _refuse_contradictions(plans: Sequence[RowPlan]) -> Iterator[RowPlan]:
    """Rows of one file that give one code two meanings on one day, or say the same twice."""
    seen: defaultdict[_Key, list[RowPlan]] = defaultdict(list)
    for row in plans:
        group = seen[_key(row.wanted)]
        clash = next((one for one in group if _clash(one, row)), None)
        if clash is not None and row.kind is not Kind.ERROR:
            yield RowPlan(
                row.number, Kind.ERROR, row.wanted, reasons=(f"Row {clash.number} speaks of the same code and days.",)
            )
            continue
        group.append(row)
        yield row


def _clash(one: RowPlan, other: RowPlan) -> bool:
    if Kind.ERROR in (one.kind, other.kind) or not _meet(one.wanted, other.wanted):
        return False
    states = {one.wanted.state, other.wanted.state}
    if states == {MappingState.APPROVED}:
        return True
    created = Deed.CREATE in (one.deed, other.deed)
    return states == {MappingState.PROPOSED} and created and _days_and_code(one.wanted) == _days_and_code(other.wanted)


def _error(row: Row, wanted: Mapping, *reasons: str) -> RowPlan:
    return RowPlan(row.number, Kind.ERROR, wanted, reasons=reasons)


def _edit(row: Row, wanted: Mapping, standing: Mapping) -> RowPlan:
    pairs = (
        ("effective_until", end_of(standing.effective), end_of(wanted.effective)),
        ("note", standing.note, wanted.note),
    )
    changes = tuple(FieldChange(name, str(old or ""), str(new or "")) for name, old, new in pairs if old != new)
    return RowPlan(row.number, Kind.CHANGED, wanted, changes, deed=Deed.EDIT, standing=standing)


def _handed_over(standing: Mapping, wanted: Mapping) -> FieldChange:
    when = in_words(start_of(standing.effective), end_of(standing.effective))
    return FieldChange("canonical_code", f"{standing.canonical_code} ({when})", wanted.canonical_code)


def _can_hand_over(standing: Mapping, wanted: Mapping) -> bool:
    """Whether `standing` can end on the first day of `wanted`: it begins earlier and does not outlast it."""
    start, end = start_of(wanted.effective), end_of(wanted.effective)
    begun, ended = start_of(standing.effective), end_of(standing.effective)
    earlier = start is not None and (begun is None or begun < start)
    return earlier and (end is None or (ended is not None and ended <= end))


def _outlasts(standing: Mapping, wanted: Mapping) -> bool:
    """Whether `standing` holds on days after the last one of `wanted`."""
    ended, end = end_of(standing.effective), end_of(wanted.effective)
    return end is not None and (ended is None or ended > end)


def _key(mapping: Mapping) -> _Key:
    return mapping.domain, mapping.system, mapping.facility, mapping.match, mapping.local_code


def _days_and_code(mapping: Mapping) -> tuple[date | None, date | None, str]:
    return start_of(mapping.effective), end_of(mapping.effective), mapping.canonical_code


def _says(mapping: Mapping) -> tuple[date | None, date | None, str, str, str]:
    return *_days_and_code(mapping), mapping.state, mapping.note


def _meet(one: Mapping, other: Mapping) -> bool:
    """Whether both hold on some day."""
    first, second = (
        (start_of(one.effective) or date.min, end_of(one.effective) or date.max),
        (
            start_of(other.effective) or date.min,
            end_of(other.effective) or date.max,
        ),
    )
    return first[0] < second[1] and second[0] < first[1]
