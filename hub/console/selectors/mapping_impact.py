"""What the approval of mappings would do: what waits for them and goes on, what runs on, what comes as it came of late.

Every number comes from what is open now or from tallies by day, so it costs the same however long the history is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from exceptions import selectors as exceptions
from exceptions.models import Case, Member, Queue
from exceptions.states import CASE_OPEN, MemberState
from hub.core.clock import today
from hub.core.errors import FailureClass
from hub.core.money import ZERO
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata import selectors
from hub.masterdata.code_models import CodeDay
from hub.masterdata.models import Domain, Mapping, Match
from hub.masterdata.precedence import beginning
from hub.masterdata.states import MappingState
from hub.records.models import Appointment
from hub.records.states import AppointmentStatus
from hub.ui.format import money_text
from orchestration.models import Run
from orchestration.states import RUN_FINAL, RunState

#: Cases that a page shows, and those whose held work is told apart into messages and runs.
MOST = 25
_MOST_COUNTED = 500
#: Open runs are counted up to here: more is "more than".
_MOST_RUNS = 1000
RECENT = timedelta(days=30)
_OPEN_RUNS = tuple(state for state in RunState if state not in RUN_FINAL)
#: The domains whose codes an open visit carries: where the mapping changes, what comes of the visit later changes.
_OF_VISITS = {Domain.DEPARTMENT: "department", Domain.PROVIDER: "provider", Domain.PAYER: "payer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """`cases` are the first of `open_cases`; `runs` open runs whose visits carry the code that is replaced; `recent`
    how often the local codes came in the last 30 days, at `recent_places`."""

    cases: list[Case]
    open_cases: int
    facilities: tuple[str, ...]
    held: int
    amount: Decimal
    held_runs: int = 0
    runs: int = 0
    recent: int = 0
    recent_places: int = 0

    @property
    def waits(self) -> bool:
        return self.open_cases > 0

    @property
    def in_words(self) -> str:
        """`3 open cases with 212 held items and $81,400.00 at risk go on with it, at 4 facilities. …`"""
        return " ".join(filter(None, (self._waiting, self._running, self._coming)))

    @property
    def _waiting(self) -> str:
        if not self.open_cases:
            return "Nothing waits for it."
        cases, held = _count(self.open_cases, "open case"), _count(self.held, "held item")
        places, go = _count(len(self.facilities), "facility", "facilities"), "goes" if self.open_cases == 1 else "go"
        return f"{cases} with {held} and {money_text(self.amount)} at risk, at {places}, {go} on with it."

    @property
    def _running(self) -> str:
        if not self.runs:
            return ""
        runs = f"More than {_MOST_RUNS:,} open runs" if self.runs > _MOST_RUNS else _count(self.runs, "open run")
        return f"It changes what {runs} will post from then on."

    @property
    def _coming(self) -> str:
        if not self.recent:
            return ""
        places = _count(self.recent_places, "facility", "facilities")
        return f"In the last 30 days it came {_count(self.recent, 'time')}, at {places}."


def impact(who: Who, mapping: Mapping) -> Impact:
    """What becomes of it once `mapping` is approved; of a mapping in effect, what waits for it still."""
    rows = _cases_of(who, mapping)
    found = _of_cases(rows)
    replaced = [] if mapping.state == MappingState.APPROVED else list(_replaced(mapping))
    recent, places = recent_uses([mapping])
    return Impact(
        cases=list(rows.order_by("-amount", "-id")[:MOST]),
        **found,
        runs=_changed_runs(who, mapping, replaced),
        recent=recent,
        recent_places=places,
    )


def impact_of_many(who: Who, mappings: Sequence[Mapping]) -> Impact:
    """The same of several together: a case that two of them would let go on counts once."""
    wanted = Q(pk__in=[])
    for mapping in mappings:
        wanted |= _waits_for(mapping)
    rows = _waiting(who).filter(wanted)
    recent, places = recent_uses(mappings)
    return Impact(
        cases=list(rows.order_by("-amount", "-id")[:MOST]), **_of_cases(rows), recent=recent, recent_places=places
    )


def recent_uses(mappings: Iterable[Mapping]) -> tuple[int, int]:
    """How often the local codes of `mappings` came in the last 30 days, and at how many facilities."""
    wanted = Q(pk__in=[])
    for mapping in mappings:
        wanted |= seen(mapping)
    rows = CodeDay.objects.filter(wanted, day__gt=today() - RECENT).order_by().values_list("facility")
    sums = dict(rows.annotate(Sum("count")))
    return sum(sums.values()), len(sums)


def seen(mapping: Mapping) -> Q:
    """The tally's rows of the codes that `mapping` speaks of, where it applies."""
    codes = Q(local_code=mapping.local_code)
    if mapping.match != Match.EXACT:
        codes = Q(local_code__startswith=beginning(mapping.local_code))
    place = Q(facility=mapping.facility) if mapping.facility else Q()
    return Q(domain=mapping.domain, system=mapping.system) & codes & place


def _waiting(who: Who) -> QuerySet[Case]:
    """By their queue first: the index begins with it."""
    rows = exceptions.cases(who).filter(queue=Queue.MAPPING, state__in=CASE_OPEN)
    return rows.filter(failure_class=FailureClass.MAPPING)


def _cases_of(who: Who, mapping: Mapping) -> QuerySet[Case]:
    return _waiting(who).filter(_waits_for(mapping))


def _waits_for(mapping: Mapping) -> Q:
    subject = {"domain": mapping.domain, "system": mapping.system}
    if mapping.facility:
        subject["facility"] = mapping.facility
    if mapping.match == Match.EXACT:
        return Q(subject__contains={**subject, "local_code": mapping.local_code})
    return Q(subject__contains=subject, subject__local_code__startswith=beginning(mapping.local_code))


def _of_cases(rows: QuerySet[Case]) -> dict[str, Any]:
    sums = list(rows.order_by().values_list("facility").annotate(Count("pk"), Sum("held"), Sum("amount")))
    return {
        "open_cases": sum(row[1] for row in sums),
        "facilities": tuple(sorted(row[0] for row in sums)),
        "held": sum(row[2] for row in sums),
        "amount": sum((row[3] for row in sums), ZERO),
        "held_runs": _held_runs(rows) if sums else 0,
    }


def _held_runs(rows: QuerySet[Case]) -> int:
    ids = list(rows.order_by("-held").values_list("pk", flat=True)[:_MOST_COUNTED])
    return Member.objects.filter(case_id__in=ids, state=MemberState.HELD, kind=Held.RUN).count()


def _replaced(mapping: Mapping) -> QuerySet[Mapping]:
    """What it would take over from, as far as that means something else."""
    return selectors.overlapping(mapping).exclude(canonical_code=mapping.canonical_code)


def _changed_runs(who: Who, mapping: Mapping, replaced: Sequence[Mapping]) -> int:
    """Open runs of visits ahead that carry a code which is replaced; what their events bring next means the new one.

    Over what is open, never over what is done.
    """
    field = _OF_VISITS.get(Domain(mapping.domain))
    if not replaced or field is None:
        return 0
    codes = {one.canonical_code for one in replaced}
    visits = Appointment.objects.filter(
        journey_id=OuterRef("journey_id"), status=AppointmentStatus.BOOKED, **{f"{field}__in": codes}
    )
    runs = access.scoped(Run.objects.all(), who, Permission.VIEW_MAPPINGS).filter(Exists(visits), state__in=_OPEN_RUNS)
    if mapping.facility:
        runs = runs.filter(facility=mapping.facility)
    return len(runs.order_by().values_list("pk")[: _MOST_RUNS + 1])


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
