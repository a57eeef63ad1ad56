"""What runs and messages would bring if they were done again: found out by doing it, and taking all of it back.

Nothing goes out and nothing stays: it happens in a savepoint that is rolled back, and what a step asks to be sent is
noted instead. A step whose effect was confirmed before goes on with the answer of then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from connectors.models import Delivery, Message
from connectors.selectors import feed
from hub.core.errors import Failure
from hub.core.events import to_json
from hub.core.sealing import open_json
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Event as EventRow
from orchestration import editions, inbound, streams
from orchestration.advancing import Advance
from orchestration.answers import with_questions
from orchestration.models import Run, Step
from orchestration.replaying import begin_again
from orchestration.states import RunState, StepState
from orchestration.understanding import understand
from orchestration.work import Work
from orchestration.workflow import Deliver
from orchestration.workflow import Wait as WaitOutcome
from orchestration.workflows import WORKFLOWS

#: A run that goes back to an earlier step as often as this goes in circles.
_ROUNDS = 50


@dataclass(slots=True)
class Outputs:
    """What came out, by place (a step, an event, a request). `sealed` holds what may concern a patient.

    `ended` says how it ended: a state, or the failure that stopped it.
    """

    open: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sealed: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    ended: str = ""


def step_place(name: str) -> str:
    return f"Step {name}"


def request_place(name: str) -> str:
    return f"Request of {name}"


# --- runs ---------------------------------------------------------------------------------------------------
class _Rehearsal(Advance):
    """A run advanced without writing: what it would send and how it would fail is noted."""

    def __init__(self, run: Run, answers: Mapping[str, dict[str, object]]) -> None:
        super().__init__([run], WORKFLOWS)
        self.requests: dict[str, Mapping[str, Any]] = {}
        self.failed = ""
        self._answers = answers

    def rehearse(self) -> None:
        work = self.work[0]
        for _ in range(_ROUNDS):
            if work.run.state != RunState.READY:
                return
            self.carry_on(work)

    def _send(self, work: Work, step: Step, outcome: Deliver) -> None:
        self.requests[step.name] = dict(outcome.payload)
        self._finish_step(work, step, dict(self._answers.get(step.name, {})))

    def _sleep(self, work: Work, step: Step, outcome: WaitOutcome) -> None:
        if outcome.ask is not None:
            self.requests[step.name] = dict(outcome.ask.payload)
        work.run.state = RunState.WAITING

    def fail(self, work: Work, failure: Failure, *, final: bool = False) -> None:
        self.park(work, failure)

    def park(self, work: Work, failure: Failure) -> None:
        work.run.state, self.failed = RunState.PARKED, failure.message


def run_before(run: Run, from_step: str) -> Outputs:
    """What the run's steps gave last time, from a step on."""
    steps = [
        step
        for step in Step.objects.filter(run=run).exclude(state=StepState.REPLACED).order_by("index")
        if step.index >= _position(run, from_step)
    ]
    sent = Delivery.objects.in_bulk([step.delivery_id for step in steps if step.delivery_id])
    parked = next((step.detail for step in steps if step.state == StepState.PARKED), "")
    return Outputs(
        open={step_place(step.name): step.output for step in steps if step.output},
        sealed={
            request_place(step.name): open_json(sent[step.delivery_id].sealed_request)
            for step in steps
            if step.delivery_id in sent
        },
        ended=parked or str(run.get_state_display()),
    )


def run_after(run_id: UUID, from_step: str, *, theirs: bool) -> Outputs:
    """What they would give now."""
    answers = dict(Step.objects.filter(run=run_id, state=StepState.DONE).values_list("name", "output"))
    with transaction.atomic():
        begun = begin_again([run_id], from_step=from_step, theirs=theirs)
        found = _carried_out(run_id, answers) if begun.runs else Outputs(ended=begun.refused.get(run_id, "Busy"))
        transaction.set_rollback(True)
    return found


def _carried_out(run_id: UUID, answers: Mapping[str, dict[str, object]]) -> Outputs:
    run = Run.objects.get(pk=run_id)
    kept = set(run.outputs)
    rehearsal = _Rehearsal(run, answers)
    with editions.within(run.pins):
        rehearsal.rehearse()
    return Outputs(
        open={step_place(name): output for name, output in run.outputs.items() if name not in kept and output},
        sealed={request_place(name): payload for name, payload in rehearsal.requests.items()},
        ended=rehearsal.failed or str(run.get_state_display()),
    )


def _position(run: Run, from_step: str) -> int:
    try:
        return WORKFLOWS.get(run.workflow, run.version).positions.get(from_step, 0)
    except KeyError:
        return 0


# --- messages -----------------------------------------------------------------------------------------------
def message_before(message: Message) -> Outputs:
    """The events that the message brought."""
    rows = EventRow.objects.filter(causation_id=message.id).order_by("id")
    found = Outputs(ended=message.detail or str(message.get_state_display()))
    for number, row in enumerate(rows, 1):
        found.open[_event_place(number, row.type)] = row.data
        found.sealed[_event_place(number, row.type)] = open_json(row.sealed)
    return found


def message_after(message: Message) -> Outputs:
    """Those that it would bring now, or what would hold it."""
    with transaction.atomic():
        found = _understood(message)
        transaction.set_rollback(True)
    return found


def _understood(message: Message) -> Outputs:
    try:
        events = understand(message, feed(message.feed_code), snapshot(fresh=True))
        events = streams.as_recorded(with_questions(inbound.with_claims(events)))
    except Failure as failure:
        return Outputs(ended=failure.message)
    found = Outputs(ended="Processed")
    for number, event in enumerate(events, 1):
        data, sealed = to_json(event)
        found.open[_event_place(number, event.TYPE)] = data
        found.sealed[_event_place(number, event.TYPE)] = sealed
    return found


def _event_place(number: int, kind: str) -> str:
    return f"Event {number}, {kind}"
