"""Legal transitions of runs and steps."""

from __future__ import annotations

from django.db import models


class RunState(models.TextChoices):
    READY = "ready", "Ready"
    SENDING = "sending", "Sending"  # a delivery of it is in a system's lane
    WAITING = "waiting", "Waiting"  # for an event, a time or an approval
    PARKED = "parked", "Parked"  # a case is open
    SUCCEEDED = "succeeded", "Succeeded"
    CANCELLED = "cancelled", "Cancelled"


RUN_FINAL = (RunState.SUCCEEDED, RunState.CANCELLED)

RUN_TRANSITIONS: dict[str, frozenset[str]] = {
    RunState.READY: frozenset(
        {
            RunState.READY,
            RunState.SENDING,
            RunState.WAITING,
            RunState.PARKED,
            RunState.SUCCEEDED,
            RunState.CANCELLED,
        }
    ),
    RunState.SENDING: frozenset({RunState.READY, RunState.PARKED}),
    RunState.WAITING: frozenset({RunState.READY, RunState.CANCELLED}),
    RunState.PARKED: frozenset({RunState.READY, RunState.CANCELLED}),
    RunState.SUCCEEDED: frozenset({RunState.READY}),  # replay
    RunState.CANCELLED: frozenset({RunState.READY}),
}


class StepState(models.TextChoices):
    READY = "ready", "Ready"
    SENDING = "sending", "Sending"
    WAITING = "waiting", "Waiting"
    RETRYING = "retrying", "Retrying"
    PARKED = "parked", "Parked"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"
    REPLACED = "replaced", "Replaced"  # by a replay from this step or an earlier one


class AttemptOutcome(models.TextChoices):
    DONE = "done", "Done"
    SENT = "sent", "Sent"
    WAIT = "wait", "Waits"
    RETRY = "retry", "Will be tried again"
    PARKED = "parked", "Parked"
