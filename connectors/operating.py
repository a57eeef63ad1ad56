"""What engineers do to a system in trouble: drain its lane gently, and ask whether it answers.

Each act asks for the permission to operate systems everywhere and keeps the audit, like those in `services`.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from connectors import lanes
from connectors.base import DeliveryResult, Outcome
from connectors.models import Lane, System
from connectors.queue import deliveries_wait
from connectors.services import require_reason
from connectors.states import SystemState
from hub.core import clock
from hub.core.errors import BusinessRefusal, Failure
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission

#: Faster than this is no drain; for ever is not "for a while".
FASTEST_DRAIN = 1_000
LONGEST_DRAIN = timedelta(hours=24)


@transaction.atomic
def drain_lane(*, code: str, per_second: int, lasting: timedelta, actor: Actor, reason: str) -> System:
    """Send what waits, the oldest first, at no more than `per_second`, and at the system's own rate after `lasting`.

    A paused system is resumed by it; one that does not answer drains once its breaker closes.
    """
    system = _operated(code, actor, reason)
    if not 1 <= per_second <= FASTEST_DRAIN:
        raise BusinessRefusal("drain-rate", f"A lane drains at 1 to {FASTEST_DRAIN:,} deliveries a second.")
    if not timedelta(0) < lasting <= LONGEST_DRAIN:
        raise BusinessRefusal("drain-time", "A lane drains for some minutes, at most for a day.")
    before = system.state
    if before == SystemState.PAUSED:
        system.state = SystemState.ACTIVE
        system.save(update_fields=["state"])
    until = clock.machine_now() + lasting
    Lane.objects.update_or_create(system=system, defaults={"drain_per_second": per_second, "drain_until": until})
    deliveries_wait(code)
    audit.record(
        actor=actor, action="system.drain", object_kind="system", object_id=code, reason=reason,
        before={"state": before},
        after={"state": system.state, "per_second": per_second, "minutes": int(lasting.total_seconds() // 60)},
    )  # fmt: skip
    return system


@transaction.atomic
def end_drain(*, code: str, actor: Actor, reason: str) -> System:
    """Back to the system's own rate now."""
    system = _operated(code, actor, reason)
    under_way = Lane.objects.filter(system=system, drain_until__gt=clock.machine_now())
    if under_way.update(drain_until=None, drain_per_second=0) == 0:
        raise BusinessRefusal("no-drain", f"{system.name} is at its own rate already.")
    deliveries_wait(code)
    audit.record(
        actor=actor, action="system.end_drain", object_kind="system", object_id=code, reason=reason
    )  # fmt: skip
    return system


def try_connection(*, code: str, actor: Actor) -> DeliveryResult:
    """Ask the system, harmlessly and with the hub's own credentials, whether it answers and lets us in.

    Nothing is delivered and no lane is changed by it. Raises a Failure where nothing can be asked.
    """
    system = System.objects.get(code=code)
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    result = _answer_of(system)
    audit.record(
        actor=actor, action="system.test", object_kind="system", object_id=code,
        after={"outcome": result.outcome.value, "code": result.failure.code if result.failure else ""},
    )  # fmt: skip
    return result


def _answer_of(system: System) -> DeliveryResult:
    try:
        return lanes.client(system).probe()
    except Failure as failure:
        return DeliveryResult(Outcome.FAILED, failure=failure)


def _operated(code: str, actor: Actor, reason: str) -> System:
    """The system, held against other changes, for someone who may operate it and says why."""
    system = System.objects.select_for_update().get(code=code)
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    require_reason(reason)
    return system
