"""Legal transitions of runs and steps; what people may correct."""

from __future__ import annotations

from django.db import models

from hub.ui.badges import Tone, ToneChoices


class RunState(ToneChoices):
    READY = "ready", Tone.INFO, "Ready"
    SENDING = "sending", Tone.INFO, "Sending"  # a delivery of it is in a system's lane
    WAITING = "waiting", Tone.NEUTRAL, "Waiting"  # for an event, a time or an approval
    PARKED = "parked", Tone.CRITICAL, "Parked"  # a case is open
    SUCCEEDED = "succeeded", Tone.POSITIVE, "Succeeded"
    CANCELLED = "cancelled", Tone.NEUTRAL, "Cancelled"


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


class StepState(ToneChoices):
    READY = "ready", Tone.INFO, "Ready"
    SENDING = "sending", Tone.INFO, "Sending"
    WAITING = "waiting", Tone.NEUTRAL, "Waiting"
    RETRYING = "retrying", Tone.CAUTION, "Retrying"
    PARKED = "parked", Tone.CRITICAL, "Parked"
    DONE = "done", Tone.POSITIVE, "Done"
    SKIPPED = "skipped", Tone.NEUTRAL, "Skipped"
    REPLACED = "replaced", Tone.NEUTRAL, "Replaced"  # by a replay from this step or an earlier one


class AttemptOutcome(ToneChoices):
    DONE = "done", Tone.POSITIVE, "Done"
    SENT = "sent", Tone.INFO, "Sent"
    WAIT = "wait", Tone.NEUTRAL, "Waits"
    RETRY = "retry", Tone.CAUTION, "Will be tried again"
    PARKED = "parked", Tone.CRITICAL, "Parked"


class CorrectedKind(models.TextChoices):
    """What a correction is of."""

    MESSAGE = "message", "Message"
    APPOINTMENT = "appointment", "Appointment"
    ENCOUNTER = "encounter", "Encounter"
    PAYMENT = "payment", "Payment"
    CLAIM = "claim", "Claim"
