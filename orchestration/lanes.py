"""Draining a system's lane, and letting the runs behind its deliveries go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from connectors.models import Delivery
from connectors.outbound import has_work, take_turn
from hub.core import clock
from orchestration import waking
from orchestration.queue import deliveries_wait

#: After this long a worker lets the next lane have its turn, or a slow system with a long queue would hold them all.
SLICE = timedelta(seconds=2)


def drain(system: str) -> int:
    """Take turns until the lane is empty, closed or taken by others; returns how many deliveries it moved.

    Whoever finds all slots taken leaves; the one who holds a slot looks once more after giving it back.
    """
    moved = 0
    until = clock.machine_now() + SLICE
    while turn := take_turn(system, _settle):
        moved += turn
        if clock.machine_now() > until:
            break
    if moved and has_work(system):
        deliveries_wait(system)
    return moved


def _settle(ended: Sequence[Delivery]) -> None:
    waking.deliveries_ended([row.run_id for row in ended if row.run_id is not None])
