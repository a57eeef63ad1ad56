"""What keeps a lane from hurting its system: slots, pace, breaker, and the client that speaks to it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from connectors.base import DeliveryResult, Outcome, SystemClient
from connectors.models import Lane, System
from connectors.registry import connector
from connectors.selectors import system_config
from connectors.states import BreakerState, SystemState
from hub.core import clock
from hub.core.errors import ConfigurationFault, Failure, FailureClass, Outage
from hub.core.parking import Held, Parked, park

Client = SystemClient

#: Turns in a row in which nothing got through before the system counts as down.
FAILURES_TO_OPEN = 4
PROBE_EVERY = timedelta(seconds=3)
TOO_MANY_REQUESTS = 429
#: What does not mend itself; trying on could lock an account, or tell a stranger our password.
LASTING = frozenset({FailureClass.CONFIGURATION, FailureClass.SECURITY})
#: For a system that asks for a pause and does not say how long.
_SHORT_PAUSE = timedelta(seconds=1)
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
        for index in range(min(system.max_concurrency, _SLOTS_PER_SYSTEM)):
            number = system.pk * _SLOTS_PER_SYSTEM + index
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, number])
            row = cursor.fetchone()
            if row is not None and row[0]:
                return number
    return None


def client(system: System) -> SystemClient:
    """This process's client of the system, made anew when its configuration changed.

    Raises ConfigurationFault where none can be made of its settings.
    """
    config = system_config(system)
    identity = repr((config, sorted(config.secrets.items()), system.connector))
    known = _clients.get(system.code)
    if known and known[0] == identity:
        return known[1]
    if known:
        known[1].close()
    try:
        made = connector(system.connector).client(config)
    except KeyError as error:
        raise ConfigurationFault(
            "settings-incomplete",
            f"{system.name} cannot be reached: a setting or a secret is missing.",
            cause=(system.code,),
            hint="Complete the options and secrets of this system, then resume it.",
            subject={"missing": str(error.args[0])},
        ) from error
    _clients[system.code] = (identity, made)
    return made


def trial(system: System, secrets: Mapping[str, str]) -> DeliveryResult:
    """What the system says to these secrets, asked over a connection of its own.

    Raises ConfigurationFault where no client can be made of them.
    """
    made = connector(system.connector).client(replace(system_config(system), secrets=dict(secrets)))
    try:
        return made.probe()
    finally:
        made.close()


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
    pause = _pause_asked_for(results)
    if any(result.outcome in {Outcome.CONFIRMED, Outcome.REJECTED} for result in results):
        Lane.objects.filter(pk=lane.pk).update(
            failures=0, breaker=BreakerState.CLOSED, last_confirmed_at=clock.now(), hold_until=pause
        )
        return
    failure = next((result.failure for result in results if result.failure is not None), None)
    if failure is not None and failure.failure_class in LASTING:
        stop(system, failure)
    elif pause is not None:
        Lane.objects.filter(pk=lane.pk).update(hold_until=pause)
    elif lane.failures + 1 < FAILURES_TO_OPEN:
        Lane.objects.filter(pk=lane.pk).update(failures=lane.failures + 1)
    else:
        down(system, failure)


def _pause_asked_for(results: Sequence[DeliveryResult]) -> datetime | None:
    """Until when a system that throttles us wants to be left alone; for a moment, where it does not say."""
    throttled = [result.failure for result in results if result.status == TOO_MANY_REQUESTS]
    if not throttled:
        return None
    asked = [failure.retry_after for failure in throttled if failure is not None and failure.retry_after]
    return clock.machine_now() + max(asked, default=_SHORT_PAUSE)


@transaction.atomic
def down(system: System, failure: Failure | None) -> None:
    """Open the breaker: the lane waits, and one incident says so."""
    lane, _ = Lane.objects.get_or_create(system=system)
    opened = Lane.objects.filter(pk=lane.pk, breaker=BreakerState.CLOSED).update(
        breaker=BreakerState.OPEN,
        failures=FAILURES_TO_OPEN,
        opened_at=clock.now(),
        probe_at=clock.machine_now() + PROBE_EVERY,
    )
    if opened == 0:
        return
    outage = Outage(
        "system-down",
        f"{system.name} does not answer; what is meant for it waits in order.",
        cause=(system.code,),
        hint="Nothing to do here: the lane drains by itself once the system is back.",
        subject={"system": system.code, "last": failure.code if failure else ""},
    )
    park(Parked(kind=Held.SYSTEM, ref=None, failure=outage, system=system.code))


def up(system: System) -> None:
    """The system answers, by whatever way it was asked: close the breaker."""
    Lane.objects.filter(system=system).exclude(breaker=BreakerState.CLOSED).update(
        breaker=BreakerState.CLOSED, failures=0
    )


@transaction.atomic
def stop(system: System, failure: Failure) -> None:
    """Pause the system, with a case. Wrong credentials do not mend themselves: stop before the account is locked."""
    System.objects.filter(pk=system.pk).update(state=SystemState.PAUSED)
    park(Parked(kind=Held.SYSTEM, ref=None, failure=failure, system=system.code))


def rate(system: System) -> int:
    """Deliveries a second that the lane may send now, 0 without a limit: an operator's for a while, or its own."""
    lane: Lane | None = getattr(system, "lane", None)
    own = system.rate_per_second
    if lane is None or lane.drain_until is None or lane.drain_until <= clock.machine_now():
        return own
    return min(own, lane.drain_per_second) if own else lane.drain_per_second


def batch_size(system: System, most: int) -> int:
    """How many deliveries a turn may take: with a rate, a second's share of its slot, so that its rest is short."""
    limit = rate(system)
    if limit == 0:
        return most
    return max(1, min(most, limit // system.max_concurrency))


def pace(system: System, sent: int, elapsed: timedelta) -> None:
    """Keep to the system's rate: rest for what the batch was faster than its slot's share."""
    limit = rate(system)
    if limit == 0:
        return
    due = sent * system.max_concurrency / limit
    time.sleep(max(0.0, due - elapsed.total_seconds()))


def reset(system: System) -> None:
    """Close the breaker by hand: the next turn tries at once."""
    with transaction.atomic():
        Lane.objects.filter(system=system).update(
            breaker=BreakerState.CLOSED, failures=0, probe_at=None, hold_until=None
        )
