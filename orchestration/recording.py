"""Recording what happened, whoever says so: events stand, runs that they start begin, those that wait are called."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from connectors.models import Delivery, Message
from hub.core import clock
from hub.core.events import Event
from hub.ledger.models import Entry
from hub.records.services import Recordable, Recorded, record_events
from orchestration import expecting, starting, waking
from orchestration.models import Run
from orchestration.queue import runs_are_ready
from orchestration.workflows.expectations import EXPECTATIONS

#: The system that events of the hub's own making name as their source.
HUB = "hub"


def record(items: Sequence[Recordable]) -> Sequence[Recorded]:
    """Record events, start the runs they start, call those that wait for them, and keep what must follow them."""
    if not items:
        return ()
    recording = record_events(items)
    _follow_merges(recording.merged_journeys)
    if starting.start_runs(recording.recorded):
        runs_are_ready()
    waking.events_happened(recording.recorded)
    expecting.keep(EXPECTATIONS, recording.recorded)
    return recording.recorded


def _follow_merges(merged: dict[UUID, UUID]) -> None:
    """Two journeys turned out to be one: what hangs on the one that is gone moves along."""
    for gone, kept in merged.items():
        for model in (Run, Entry, Delivery, Message):
            model.objects.filter(journey_id=gone).update(journey_id=kept)
        expecting.follow_merge(gone, kept)


def announce(announced: Sequence[tuple[Run, Event]]) -> Sequence[Recorded]:
    """Record what steps announced; the event that started the run is the cause."""
    moment = clock.now()
    return record(
        [Recordable(event=event, system=HUB, causation_id=run.event_id, received_at=moment) for run, event in announced]
    )
