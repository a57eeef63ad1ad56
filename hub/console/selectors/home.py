"""What the home page shows, each part from tallies or a short index scan: it costs the same at a million runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Sum, Value

from connectors.models import Lane
from connectors.states import BreakerState, SystemState
from exceptions import selectors as exceptions
from exceptions.models import Case, CaseTally, Queue
from exceptions.states import CASE_OPEN
from hub.core import clock
from hub.core.ids import uuid7_floor
from hub.governance import access, approvals
from hub.governance.access import Who
from hub.governance.models import Approval
from hub.governance.roles import Permission
from hub.ledger.models import Entry, Line
from hub.ledger.states import EntryState
from hub.masterdata.models import Mapping
from hub.masterdata.selectors import mappings
from hub.masterdata.states import MappingState
from orchestration.models import RunTally
from orchestration.states import RunState

_ROWS = 6
#: How far back "today" is looked for, in machine time: ids are of that, and a business day may be another one.
_LOOK_BACK = timedelta(days=2)


def open_case_count(who: Who) -> int:
    """How many cases stand in the reader's queue: what is open, less what is put aside. One query, on every page."""
    rows = access.scoped(CaseTally.objects.all(), who, Permission.VIEW_CASES, shared=True)
    asleep = exceptions.cases(who).filter(state__in=CASE_OPEN, snoozed_until__gt=clock.now())
    unresolved = rows.values(part=Value("open")).annotate(number=Sum("count")).order_by()
    aside = asleep.values(part=Value("aside")).annotate(number=Count("pk")).order_by()
    numbers = {row["part"]: row["number"] for row in unresolved.union(aside, all=True)}
    return int((numbers.get("open") or 0) - (numbers.get("aside") or 0))  # the sum of no rows is none


@dataclass(frozen=True, slots=True)
class Stuck:
    """Open cases and their dollars at one facility (empty: the whole group) or in one queue."""

    key: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Backlog:
    """The open work, cut two ways; each list in its fixed order or by dollars."""

    by_queue: list[Stuck]
    by_facility: list[Stuck]

    @property
    def count(self) -> int:
        return sum(row.count for row in self.by_queue)

    @property
    def amount(self) -> Decimal:
        return sum((row.amount for row in self.by_queue), Decimal("0.00"))


def backlog(who: Who) -> Backlog:
    rows = exceptions.backlog(who)
    by_queue = {queue.value: [row for row in rows if row.queue == queue] for queue in Queue}
    places = {row.facility: [other for other in rows if other.facility == row.facility] for row in rows}
    by_facility = [_sum(place, group) for place, group in places.items()]
    return Backlog(
        [_sum(queue, group) for queue, group in by_queue.items()],
        sorted(by_facility, key=lambda row: (-row.amount, -row.count, row.key)),
    )


def _sum(key: str, rows: Iterable[exceptions.Backlog]) -> Stuck:
    rows = list(rows)
    return Stuck(key, sum(row.count for row in rows), sum((row.amount for row in rows), Decimal("0.00")))


def my_cases(who: User | AnonymousUser) -> list[Case]:
    """What the reader has taken, the most urgent first."""
    rows = exceptions.cases(who).filter(owner_id=who.pk, state__in=CASE_OPEN)
    return list(rows.order_by("-priority", "-id")[:_ROWS])


def urgent_cases(who: Who) -> list[Case]:
    return list(exceptions.open_cases(who)[:_ROWS])


def newest_cases(who: Who) -> list[Case]:
    return list(exceptions.cases(who).filter(state__in=CASE_OPEN).order_by("-id")[:_ROWS])


def run_counts(who: Who) -> dict[str, int]:
    """Runs by state, of those states that are not final."""
    states = [state for state in RunState if state not in (RunState.SUCCEEDED, RunState.CANCELLED)]
    rows = access.scoped(RunTally.objects.filter(state__in=states), who, Permission.VIEW_RUNS)
    counts = dict(rows.values_list("state").annotate(total=Sum("count")))
    return {state.value: counts.get(state.value, 0) for state in states}


@dataclass(frozen=True, slots=True)
class SystemHealth:
    total: int
    down: list[str]
    paused: list[str]


def system_health() -> SystemHealth:
    """The systems by name; there are few."""
    rows = list(Lane.objects.select_related("system").order_by("system__number"))
    return SystemHealth(
        len(rows),
        down=[lane.system.name for lane in rows if lane.breaker != BreakerState.CLOSED],
        paused=[lane.system.name for lane in rows if lane.system.state == SystemState.PAUSED],
    )


def waiting_mappings(who: Who) -> list[Mapping]:
    """Proposals that the reader may decide about; not those of their own where two people decide."""
    scope = access.facilities(who, Permission.APPROVE_MAPPINGS)
    rows = mappings(who).filter(state=MappingState.PROPOSED)
    if scope is not None:
        rows = rows.filter(facility__in=scope)
    return list(rows.order_by("id")[:_ROWS])


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for in a case, and the reader may decide about."""

    approval: Approval
    case: Case


def requests(who: Who) -> list[Request]:
    """The oldest first; of cases that the reader may see."""
    waiting = approvals.waiting_for(who, _ROWS)
    if not waiting:
        return []
    cases = {str(case.pk): case for case in exceptions.cases(who).filter(pk__in=[row.object_id for row in waiting])}
    return [Request(row, cases[row.object_id]) for row in waiting if row.object_id in cases]


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry that the ERP has, with its amount (either side of it)."""

    entry: Entry
    amount: Decimal


def posted_today(who: Who) -> list[Posted]:
    """The newest entries that reached the ERP on this business day."""
    recent = Entry.objects.filter(id__gte=uuid7_floor(clock.machine_now() - _LOOK_BACK), state=EntryState.POSTED)
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = access.scoped(recent.filter(posted_at__gte=today), who, Permission.VIEW_LEDGER)
    entries = list(rows.order_by("-id")[:_ROWS])
    amounts = dict(Line.objects.filter(entry__in=entries).values_list("entry").annotate(total=Sum("debit")))
    return [Posted(entry, amounts.get(entry.pk) or Decimal("0.00")) for entry in entries]
