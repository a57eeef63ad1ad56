"""What keeps a lane from hurting its system: slots, pace, breaker, and the client that speaks to it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from connectors.base import DeliveryResult, Outcome, SystemClient
from connectors.models import Lane, System
from connectors.registry import connector
from connectors.selectors import system_config
from connectors.states import BreakerState, SystemState
from hub.core import clock
from hub.core.errors import Failure, FailureClass, Outage
from hub.core.parking import Held, Parked, park

Client = SystemClient

#: Turns in a row in which nothing got through before the system counts as down.
FAILURES_TO_OPEN = 4
PROBE_EVERY = timedelta(seconds=3)
#: Advisory locks of lanes have this class; the second number is the system and the slot.
_LOCK_CLASS = 0x7468
_SLOTS_PER_SYSTEM = 64

_clients: dict[str, tuple[str, SystemClient]] = {}


@contextmanager
def slot(system: System) -> Iterator[bool]:
    """One of the system's concurrent slots, or False where all are taken.

    Session advisory locks: a killed worker's connection gives its slot back by itself.
    """
    taken = _take_slot(system)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, taken])


def _take_slot(system: System) -> int | None:
    with connection.cursor() as cursor:
        for index in range(system.max_concurrency):
            number = system.pk * _SLOTS_PER_SYSTEM + index
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, number])
            row = cursor.fetchone()
            if row is not None and row[0]:
                return number
    return None


def client(system: System) -> SystemClient:
    """This process's client of the system, made anew when its configuration changed."""
    config = system_config(system)
    identity = repr((config, sorted(config.secrets.items()), system.connector))
    known = _clients.get(system.code)
    if known and known[0] == identity:
        return known[1]
    if known:
        known[1].close()
    made = connector(system.connector).client(config)
    _clients[system.code] = (identity, made)
    return made


def close_clients() -> None:
    """Let go of every client: when a worker stops, and between tests."""
    for _, held in _clients.values():
        held.close()
    _clients.clear()


def ready(system: System) -> bool:
    """Whether the lane may send now. A lane that is down is probed when its time has come."""
    if system.state == SystemState.PAUSED:
        return False
    lane, _ = Lane.objects.get_or_create(system=system)
    moment = clock.machine_now()
    if lane.hold_until is not None and lane.hold_until > moment:
        return False
    if lane.breaker == BreakerState.CLOSED:
        return True
    if not _claim_probe(lane, moment):
        return False
    return _probe(system, lane)


def _claim_probe(lane: Lane, moment: datetime) -> bool:
    """One prober at a time: whoever moves the time of the next probe."""
    due = Lane.objects.filter(pk=lane.pk, probe_at__lte=moment).exclude(breaker=BreakerState.CLOSED)
    return due.update(probe_at=moment + PROBE_EVERY, breaker=BreakerState.PROBING) == 1


def _probe(system: System, lane: Lane) -> bool:
    up = client(system).probe().outcome is Outcome.CONFIRMED
    state = BreakerState.CLOSED if up else BreakerState.OPEN
    Lane.objects.filter(pk=lane.pk).update(breaker=state, failures=0)
    return up


def note(system: System, results: Sequence[DeliveryResult]) -> None:
    """Learn from a turn, inside its transaction: count, hold, open the breaker, pause."""
    if not results:
        return
    lane, _ = Lane.objects.get_or_create(system=system)
    answered = any(result.outcome in {Outcome.CONFIRMED, Outcome.REJECTED} for result in results)
    if answered:
        Lane.objects.filter(pk=lane.pk).update(
            failures=0, breaker=BreakerState.CLOSED, last_confirmed_at=clock.now(), hold_until=None
        )
        return
    failure = next((result.failure for result in results if result.failure is not None), None)
    if failure is not None and failure.failure_class is FailureClass.CONFIGURATION:
        _pause(system, failure)
    elif failure is not None and failure.retry_after is not None and _throttled(results):
        Lane.objects.filter(pk=lane.pk).update(hold_until=clock.machine_now() + failure.retry_after)
    else:
        _count_failure(system, lane, failure)


def _throttled(results: Sequence[DeliveryResult]) -> bool:
    return all(result.status == 429 for result in results)


def _count_failure(system: System, lane: Lane, failure: Failure | None) -> None:
    failures = lane.failures + 1
    if failures < FAILURES_TO_OPEN:
        Lane.objects.filter(pk=lane.pk).update(failures=failures)
        return
    moment = clock.machine_now()
    opened = (
        Lane.objects.filter(pk=lane.pk, breaker=BreakerState.CLOSED).update(
            breaker=BreakerState.OPEN, failures=failures, opened_at=clock.now(), probe_at=moment + PROBE_EVERY
        )
        == 1
    )
    if opened:
        outage = Outage(
            "system-down",
            f"{system.name} does not answer; what is meant for it waits in order.",
            cause=(system.code,),
            hint="Nothing to do here: the lane drains by itself once the system is back.",
            subject={"system": system.code, "last": failure.code if failure else ""},
        )
        park(Parked(kind=Held.SYSTEM, ref=None, failure=outage, system=system.code))


def _pause(system: System, failure: Failure) -> None:
    """Wrong credentials do not mend themselves: stop before the account is locked."""
    System.objects.filter(pk=system.pk).update(state=SystemState.PAUSED)
    park(Parked(kind=Held.SYSTEM, ref=None, failure=failure, system=system.code))


def pace(system: System, sent: int, elapsed: timedelta) -> None:
    """Keep to the system's rate: rest for what the batch was faster than its share."""
    if system.rate_per_second == 0:
        return
    due = sent * system.max_concurrency / system.rate_per_second
    time.sleep(max(0.0, min(due - elapsed.total_seconds(), 5.0)))


def reset(system: System) -> None:
    """Close the breaker by hand: the next turn tries at once."""
    with transaction.atomic():
        Lane.objects.filter(system=system).update(
            breaker=BreakerState.CLOSED, failures=0, probe_at=None, hold_until=None
        )
