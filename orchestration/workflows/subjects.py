"""What one trigger of a workflow starts once, and in whose order its runs are carried out: the common answers."""

from __future__ import annotations

from hub.core.errors import Defect
from hub.core.events import Event
from hub.core.events.adjustment import AdjustmentFound
from hub.core.events.claim import AdjudicationEvent


def entity(event: Event) -> str:
    return event.entity_key


def each_change(event: Event) -> str:
    """Every change of an entity by itself: by the source's own version, else by its time."""
    version = event.sequence if event.sequence is not None else event.occurred_at.isoformat()
    return f"{event.entity_key}:{event.TYPE.partition('.')[2]}:{version}"


def remittance_item(event: Event) -> str:
    """A claim's place in its remittance. Raises Defect for an event that has none."""
    if not isinstance(event, AdjudicationEvent | AdjustmentFound):
        raise Defect("wrong-event", "This workflow starts on what a remittance says of a claim only.")
    return f"{event.remittance_key}:{event.position}"
