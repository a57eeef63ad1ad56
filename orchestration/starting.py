"""Runs begin with events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from hub.core import clock
from hub.core.bulk import insert_rows
from hub.core.errors import Failure, Transient
from hub.core.events.claim import ClaimResponseEvent
from hub.core.ids import uuid7
from hub.masterdata.crosswalk import snapshot
from hub.records.services import Recorded
from orchestration import editions
from orchestration.models import Run
from orchestration.workflow import Workflow
from orchestration.workflows import WORKFLOWS


def start_runs(recorded: Sequence[Recorded]) -> int:
    """One run per workflow and subject; an event that came late or again starts none. Returns how many began."""
    crosswalk = snapshot()
    pins = {"crosswalk": crosswalk.number}
    runs = [
        Run(
            id=uuid7(),
            workflow=workflow.code,
            version=workflow.version,
            subject=workflow.subject(item.event)[:160],
            order_key=f"{workflow.code}:{workflow.order(item.event)}"[:160],
            event_id=item.row.id,
            event_type=item.row.type,
            entity_key=item.row.entity_key,
            journey_id=item.row.journey_id,
            facility=item.row.facility,
            pins=pins,
            created_at=clock.now(),
        )
        for workflow, item in _starting([item for item in recorded if item.applied])
    ]
    if runs:
        editions.keep(crosswalk)
    return insert_rows(runs, keep_first=True)


def _starting(applied: Sequence[Recorded]) -> Iterator[tuple[Workflow, Recorded]]:
    """Each workflow with each event that starts a run of it, in the order of the events."""
    concerned: dict[str, set[UUID]] = {}
    for workflow in WORKFLOWS.newest():
        if workflow.concerns is not None:
            candidates = [item for item in applied if item.row.type in workflow.starts_on]
            chosen = workflow.concerns(candidates) if candidates else ()
            concerned[workflow.code] = {item.row.id for item in chosen}
    for item in applied:
        for workflow in WORKFLOWS.started_by(item.row.type):
            if workflow.concerns is None or item.row.id in concerned[workflow.code]:
                yield workflow, item


def not_yet_known(event: ClaimResponseEvent) -> Failure:
    return Transient(
        "claim-not-known",
        "The answer names a claim that is not submitted from here, or not yet.",
        cause=(event.source,),
        hint="Check with the clearinghouse whose claim it is; then resolve.",
        retry_after=timedelta(seconds=2),
    )
