"""What was expected and did not come: its case, found by the clock.

Looks at what is due and at nothing else, in batches that hold their rows; what another worker holds is left to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Sum

from connectors.models import Feed, Message
from connectors.states import FeedState, MessageState
from exceptions.models import Member
from exceptions.states import MemberState
from hub.core import clock
from hub.core.bulk import update_rows
from hub.core.errors import BusinessRefusal
from hub.core.money import ZERO
from hub.core.parking import Held, Parked, park
from hub.records.models import Appointment, Charge, Claim
from hub.records.models import Event as EventRow
from hub.records.states import ChargeStatus
from orchestration.expecting import Expected, Join, Stake
from orchestration.models import Expectation, Wait
from orchestration.states import RunState
from orchestration.workflows.expectations import EXPECTATIONS

_PART = 200
#: What a run waits for, or people are at already, is looked at again after so long.
_LOOK_AGAIN = timedelta(days=1)
#: Where the business clock was moved, the world gets this long, by the machine's clock, to catch up with it.
_CATCH_UP = timedelta(minutes=1)
_TRAVELLED = timedelta(seconds=10)
_OFFSET = "expectations:offset"
_MOVED_AT = "expectations:moved-at"


def sweep() -> int:
    """Open the cases of everything that is due and did not come; returns how many. Cheap when nothing is due."""
    # One reading for all: a clock that is moved behind this line makes nothing due that was not before.
    moment = clock.now()
    if _clock_was_moved(moment):
        return 0
    until = min(moment, _all_taken_in_until())
    breached = 0
    while (part := _sweep_part(until)) is not None:
        breached += part
    return breached


@transaction.atomic
def _sweep_part(until: datetime) -> int | None:
    """One batch; None where nothing is due any more."""
    due = Expectation.objects.filter(due_at__lte=until, breached_at=None, met_at=None).order_by("due_at")
    rows = list(due.select_for_update(skip_locked=True)[:_PART])
    if not rows:
        return None
    # A rule that is declared no longer expects nothing any more.
    over = {row.id for row in rows if row.rule not in EXPECTATIONS.by_code}
    over |= _met([row for row in rows if row.id not in over])
    Expectation.objects.filter(id__in=over).delete()
    waiting = [row for row in rows if row.id not in over]
    owned = _owned(waiting)
    moment = clock.now()
    absent = [row for row in waiting if row.id not in owned]
    for row in waiting:
        if row.id in owned:
            row.due_at = moment + _LOOK_AGAIN
        else:
            row.breached_at = moment
    update_rows(waiting, ("due_at", "breached_at"))
    amounts = _amounts(absent)
    for row in absent:
        _park(row, amounts.get(row.id, ZERO))
    return len(absent)


def _all_taken_in_until() -> datetime:
    """What lies in our own inbox is not absent: nothing is due before all that came until then was looked at."""
    waiting = Message.objects.filter(state=MessageState.RECEIVED).order_by("id")
    paused = list(Feed.objects.filter(state=FeedState.PAUSED).values_list("pk", flat=True))
    oldest = waiting.exclude(feed_id__in=paused).values_list("received_at", flat=True).first()
    return clock.now() if oldest is None else oldest


def _clock_was_moved(moment: datetime) -> bool:
    """Whether the business clock jumped shortly before `moment`: what would have come has had no time to come."""
    machine = clock.machine_now()
    offset = (moment - machine).total_seconds()
    known = cache.get(_OFFSET, 0.0)  # nobody looked yet: unless it travels, the business clock is the machine's
    if abs(offset - known) > _TRAVELLED.total_seconds():
        cache.set(_MOVED_AT, machine.timestamp(), timeout=_CATCH_UP.total_seconds() * 2)
    cache.set(_OFFSET, offset, timeout=None)
    moved = cache.get(_MOVED_AT)
    return moved is not None and machine.timestamp() - moved < _CATCH_UP.total_seconds()


# --- what came all the same, and whose clock it is ---


def _met(rows: Sequence[Expectation]) -> set[UUID]:
    """Those whose event stands: a charge may be captured before the visit is completed."""
    met: set[UUID] = set()
    for join, field in ((Join.JOURNEY, "journey_id"), (Join.ENTITY, "entity_key")):
        mine = [row for row in rows if EXPECTATIONS.by_code[row.rule].join is join]
        found = _events(mine, field)
        met |= {row.id for row in mine if any(_answers(row, event) for event in found[row.key])}
    return met


def _events(rows: Sequence[Expectation], field: str) -> dict[str, list[EventRow]]:
    """The events that could answer, by the key of the expectation."""
    found: dict[str, list[EventRow]] = defaultdict(list)
    if not rows:
        return found
    types = {name for row in rows for name in _closing(EXPECTATIONS.by_code[row.rule])}
    events = EventRow.objects.filter(type__in=types).defer("sealed")
    if field == "journey_id":
        events = events.filter(journey_id__in=[row.key for row in rows])
    else:
        kinds = {name.partition(".")[0] for name in types}
        events = events.filter(entity_kind__in=kinds, entity_key__in=[row.key for row in rows])
    for event in events:
        found[str(getattr(event, field))].append(event)
    return found


def _closing(item: Expected) -> frozenset[str]:
    return item.then | item.moot


def _answers(row: Expectation, event: EventRow) -> bool:
    item = EXPECTATIONS.by_code[row.rule]
    return item.closes(event) and (item.earlier or event.occurred_at >= row.since)


def _owned(rows: Sequence[Expectation]) -> set[UUID]:
    """Those whose clock is a run's own, since it waits for the same, or whose journey people are at already."""
    journeys = [row.journey_id for row in rows if row.journey_id is not None]
    awaited: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    standing = (RunState.WAITING, RunState.PARKED)
    waits = Wait.objects.filter(run__journey_id__in=journeys, run__state__in=standing)
    for journey_id, topic, key in waits.values_list("run__journey_id", "topic", "key"):
        awaited[journey_id].add((topic, key))
    at_stake = Member.objects.filter(
        journey_id__in=journeys, state__in=(MemberState.HELD, MemberState.RELEASED)
    ).exclude(kind=Held.EXPECTATION)
    worked = set(at_stake.values_list("journey_id", flat=True))
    return {
        row.id
        for row in rows
        if row.journey_id in worked or (row.journey_id and _is_awaited(row, awaited[row.journey_id]))
    }


def _is_awaited(row: Expectation, awaited: Collection[tuple[str, str]]) -> bool:
    item = EXPECTATIONS.by_code[row.rule]
    return any(topic in item.then and (item.join is Join.JOURNEY or key == row.key) for topic, key in awaited)


# --- the case ---


def _amounts(rows: Sequence[Expectation]) -> dict[UUID, Decimal]:
    """The dollars that hang on each."""
    by_stake: dict[Stake, list[Expectation]] = defaultdict(list)
    for row in rows:
        by_stake[EXPECTATIONS.by_code[row.rule].stake].append(row)
    claims = by_stake[Stake.CLAIM]
    billed = dict(Claim.objects.filter(key__in=[row.key for row in claims]).values_list("key", "amount"))
    amounts = {row.id: billed.get(row.key, ZERO) for row in claims}
    visits = [row.journey_id for row in by_stake[Stake.VISIT] if row.journey_id]
    planned = Appointment.objects.filter(journey_id__in=visits).values_list("journey_id", "expected_amount")
    expected = {journey: amount or ZERO for journey, amount in planned}
    stays = [row.journey_id for row in by_stake[Stake.CHARGES] if row.journey_id]
    captured = Charge.objects.filter(journey_id__in=stays).exclude(status=ChargeStatus.VOIDED)
    charged = dict(captured.values_list("journey_id").annotate(Sum("amount")))
    for stake, known in ((Stake.VISIT, expected), (Stake.CHARGES, charged)):
        amounts |= {row.id: known.get(row.journey_id, ZERO) for row in by_stake[stake] if row.journey_id}
    return amounts


def _park(row: Expectation, amount: Decimal) -> None:
    """One case per rule and facility, which ends when all that it holds has come."""
    item = EXPECTATIONS.by_code[row.rule]
    absent = BusinessRefusal(
        item.absent,
        f"What was expected did not come in time: {item.what}.",
        cause=(row.rule,),
        hint="Ask whoever owes it. The case ends by itself when it comes.",
        subject={"facility": row.facility, "what": item.what},
    )
    park(
        Parked(
            kind=Held.EXPECTATION,
            ref=row.id,
            failure=absent,
            facility=row.facility,
            journey_id=row.journey_id,
            amount=abs(amount),
        )
    )
