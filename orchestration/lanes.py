"""Draining a system's lane, and letting the runs behind its deliveries go on."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.models import Delivery
from connectors.outbound import has_work, take_turn
from orchestration import services
from orchestration.queue import deliveries_wait


def drain(system: str) -> int:
    """Take turns until the lane is empty, closed or taken by others; returns how many deliveries it moved.

    Whoever finds all slots taken leaves; the one who holds a slot looks once more after giving it back.
    """
    moved = 0
    while turn := take_turn(system, _settle):
        moved += turn
    if moved and has_work(system):
        deliveries_wait(system)
    return moved


def _settle(ended: Sequence[Delivery]) -> None:
    services.deliveries_ended([row.run_id for row in ended if row.run_id is not None])
