"""A batch of runs being advanced: what its steps do is gathered, and written with few statements.

Nothing here commits or claims; `engine` does, and holds the rows of the runs meanwhile.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from uuid import UUID

from connectors.base import DeliveryRequest
from connectors.models import Delivery
from connectors.outbound import NewDelivery, enqueue
from connectors.states import DeliveryState
from hub.core import clock
from hub.core.bulk import insert_rows, update_rows, upsert_rows
from hub.core.errors import Failure
from hub.core.events import Event
from hub.core.ids import uuid7
from hub.core.money import ZERO
from hub.core.parking import Held, Parked, failure_values, park
from orchestration import editions
from orchestration.models import Attempt, Run, Step, Wait
from orchestration.states import AttemptOutcome, RunState, StepState
from orchestration.work import Batch, Work, delivery_failure
from orchestration.workflow import Again, Deliver, Done, Finish, Outcome, Registry, Skip
from orchestration.workflow import Wait as WaitOutcome


@cache
def _worker() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


class Advance:
    """Runs carried on together. Call `take_up_deliveries`, `carry_on` for each of `work`, then `write`."""

    def __init__(self, runs: list[Run], workflows: Registry) -> None:
        self.batch = Batch(runs)
        self.work = [Work(run, workflows.get(run.workflow, run.version), self.batch) for run in runs]
        self._steps = {
            (step.run_id, step.index, step.generation): step
            for step in Step.objects.filter(run__in=[run for run in runs if run.step_index or run.attempts or run.step])
        }
        self._stored = _waits_of([run for run in runs if run.armed])
        self._new_steps: list[Step] = []
        self._changed_steps: dict[UUID, Step] = {}
        self._attempts: list[Attempt] = []
        self._deliveries: list[NewDelivery] = []
        self._waits: list[Wait] = []
        self._awake: list[UUID] = []
        self._untimed: list[UUID] = []
        self._ended: dict[UUID, Delivery] = {}
        #: What steps announced; recorded by `engine` once everything else is written.
        self.announced: list[tuple[Run, Event]] = []

    # --- what came back from the lanes ---

    def take_up_deliveries(self) -> None:
        ids = [
            step.delivery_id
            for work in self.work
            if (step := self._standing(work)) is not None and step.state == StepState.SENDING and step.delivery_id
        ]
        if ids:
            self._ended = Delivery.objects.defer("sealed_request", "sealed_response").in_bulk(ids)

    def carry_on(self, work: Work) -> None:
        """Carry one run as far as it can go."""
        while work.run.state == RunState.READY:
            step = self._step(work)
            if step.state == StepState.SENDING:
                if not self._take_up(work, step):
                    return
                continue
            work.released = step.state == StepState.PARKED
            try:
                with editions.within(work.run.pins):
                    outcome = work.step.function(work)
            except Failure as failure:
                self.fail(work, failure)
                return
            self._apply(work, step, outcome)
            if isinstance(outcome, WaitOutcome | Deliver):
                return

    def _take_up(self, work: Work, step: Step) -> bool:
        """Go on from a delivery that came to an end; False where the run cannot go on."""
        delivery = self._ended.get(step.delivery_id) if step.delivery_id else None
        if delivery is None or delivery.finished_at is None:
            work.run.state = RunState.SENDING
            return False
        if delivery.state == DeliveryState.CONFIRMED:
            self._finish_step(work, step, {"reference": delivery.reference, "repeated": delivery.repeated})
            return True
        self.fail(work, delivery_failure(delivery), final=True)
        return False

    # --- what a step asked for ---

    def _apply(self, work: Work, step: Step, outcome: Outcome) -> None:
        match outcome:
            case Done(output=output, events=events):
                self._finish_step(work, step, dict(output))
                self.announced += [(work.run, event) for event in events]
            case Skip(reason=reason):
                step.state = StepState.SKIPPED
                step.detail = reason[:300]
                self._next(work, step)
            case Finish(output=output):
                self._finish_step(work, step, dict(output), last=True)
            case Deliver():
                self._send(work, step, outcome)
            case WaitOutcome():
                self._sleep(work, step, outcome)
            case Again():
                self._go_back(work, step, outcome)

    def _finish_step(self, work: Work, step: Step, output: dict[str, object], *, last: bool = False) -> None:
        step.state = StepState.DONE
        step.output = output
        step.failure_class = step.code = step.detail = ""
        work.run.outputs[step.name] = output
        editions.note(work.run, step.name)
        self._attempt(work, step, AttemptOutcome.DONE)
        self._next(work, step, last=last)

    def _next(self, work: Work, step: Step, *, last: bool = False) -> None:
        run = work.run
        step.finished_at = clock.now()
        self._touch(step)
        if run.armed:
            self._awake.append(run.id)
        run.armed, run.attempts, run.due_at = False, 0, None
        run.step_index = len(work.workflow.steps) if last else run.step_index + 1
        if run.step_index >= len(work.workflow.steps):
            run.state, run.finished_at = RunState.SUCCEEDED, clock.now()

    def _go_back(self, work: Work, step: Step, outcome: Again) -> None:
        """What stood from that step on stays as history, as it does when a run is replayed."""
        run, index = work.run, work.workflow.positions[outcome.step]
        step.detail, step.finished_at = outcome.reason[:300], clock.now()
        self._attempt(work, step, AttemptOutcome.DONE)
        for (run_id, place, generation), standing in self._steps.items():
            if run_id == run.id and place >= index and generation == run.generation:
                standing.state = StepState.REPLACED
                self._touch(standing)
        if run.armed:
            self._awake.append(run.id)
        kept = {item.name for item in work.workflow.steps[:index]}
        run.outputs = {name: output for name, output in run.outputs.items() if name in kept}
        run.step_index, run.generation = index, run.generation + 1
        run.armed, run.attempts, run.due_at = False, 0, None

    def _send(self, work: Work, step: Step, outcome: Deliver) -> None:
        step.state = StepState.SENDING
        self._attempt(work, step, AttemptOutcome.SENT)
        self._enqueue(work, step, outcome)
        work.run.state = RunState.SENDING

    def _ask(self, work: Work, step: Step, outcome: Deliver) -> None:
        if step.posting_key == self._posting_key(work, step, outcome):
            return
        self._attempt(work, step, AttemptOutcome.SENT)
        self._enqueue(work, step, outcome)

    def _posting_key(self, work: Work, step: Step, outcome: Deliver) -> str:
        return outcome.posting_key or work.workflow.posting_key(work.run.subject, step.name)

    def _enqueue(self, work: Work, step: Step, outcome: Deliver) -> None:
        run = work.run
        step.posting_key = self._posting_key(work, step, outcome)
        self._deliveries.append(
            NewDelivery(
                system=outcome.system,
                request=DeliveryRequest(outcome.operation, step.posting_key, outcome.payload),
                run_id=run.id,
                step_id=step.id,
                journey_id=run.journey_id,
                facility=run.facility,
            )
        )

    def _sleep(self, work: Work, step: Step, outcome: WaitOutcome) -> None:
        """First store what is waited for and look once more, then sleep.

        An event recorded between the look and the commit of the wait would otherwise wake nobody (`waking`).
        """
        run, topics = work.run, set(outcome.topics)
        sure = run.armed and topics <= self._stored.get(run.id, set())
        self._waits += [
            Wait(run_id=run.id, topic=topic, key=key, due_at=outcome.until) for topic, key in outcome.topics
        ]
        if not outcome.topics:
            self._waits.append(Wait(run_id=run.id, topic="time", key="", due_at=outcome.until))
        if run.armed:  # it waits already: what it waited for before must not wake it at a time that no longer counts
            self._untimed.append(run.id)
        if outcome.ask is not None:
            self._ask(work, step, outcome.ask)
        if sure and outcome.case is not None:
            self.park(work, outcome.case)
            return
        step.state = StepState.WAITING
        if sure:
            run.state = RunState.WAITING
        elif not run.armed:
            run.armed = True
            self._attempt(work, step, AttemptOutcome.WAIT)
        self._touch(step)

    # --- failures ---

    def fail(self, work: Work, failure: Failure, *, final: bool = False) -> None:
        """Try again later, or park. `final`: the lane has already tried as often as it may."""
        run, policy = work.run, work.step.retry
        if final or not policy.again(failure, run.attempts + 1):
            self.park(work, failure)
            return
        step = self._step(work)
        asked = failure.retry_after or timedelta(0)
        run.attempts += 1
        spread = random.random()  # noqa: S311 - spreads load, guards nothing
        run.due_at = clock.machine_now() + max(policy.delay(run.attempts, spread), asked)
        step.state = StepState.RETRYING
        self._note_failure(work, step, failure, AttemptOutcome.RETRY)

    def park(self, work: Work, failure: Failure) -> None:
        """Stop here and open the case, in the same transaction. What it waited for still wakes it, but no timer."""
        run, step = work.run, self._step(work)
        if run.armed:
            self._untimed.append(run.id)
        run.state = RunState.PARKED
        run.attempts += 1
        step.state = StepState.PARKED
        self._note_failure(work, step, failure, AttemptOutcome.PARKED)
        park(
            Parked(
                kind=Held.RUN,
                ref=run.id,
                failure=failure,
                system=self._system_of(step),
                facility=run.facility,
                workflow=run.workflow,
                step=step.name,
                journey_id=run.journey_id,
                amount=abs(run.amount or ZERO),
                due_at=failure.due_at,
            )  # fmt: skip
        )

    def _system_of(self, step: Step) -> str:
        delivery = self._ended.get(step.delivery_id) if step.delivery_id else None
        return delivery.system if delivery is not None else ""

    def _note_failure(self, work: Work, step: Step, failure: Failure, outcome: AttemptOutcome) -> None:
        for name, value in failure_values(failure).items():
            setattr(step, name, value)
        self._touch(step)
        self._attempt(work, step, outcome, failure)

    # --- rows ---

    def _standing(self, work: Work) -> Step | None:
        return self._steps.get((work.run.id, work.run.step_index, work.run.generation))

    def _step(self, work: Work) -> Step:
        run = work.run
        standing = self._standing(work)
        if standing is None:
            standing = Step(
                id=uuid7(), run_id=run.id, index=run.step_index, name=work.step.name, generation=run.generation
            )
            self._steps[run.id, run.step_index, run.generation] = standing
            self._new_steps.append(standing)
        run.step = standing.name
        return standing

    def _touch(self, step: Step) -> None:
        self._changed_steps[step.id] = step

    def _attempt(self, work: Work, step: Step, outcome: AttemptOutcome, failure: Failure | None = None) -> None:
        step.attempts += 1
        self._touch(step)
        self._attempts.append(
            Attempt(
                id=uuid7(),
                run_id=work.run.id,
                step_id=step.id,
                number=step.attempts,
                outcome=outcome,
                delivery_id=step.delivery_id,
                worker=_worker(),
                at=clock.now(),
                retry_at=work.run.due_at if outcome == AttemptOutcome.RETRY else None,
                **(failure_values(failure) if failure else {}),
            )
        )

    def write(self) -> None:
        """Write everything down, in the caller's transaction."""
        self.batch.flush()
        self._write_deliveries()
        insert_rows(self._new_steps)
        made = {step.id for step in self._new_steps}
        update_rows([step for step in self._changed_steps.values() if step.id not in made], _STEP_FIELDS)
        insert_rows(self._attempts)
        if self._awake:
            Wait.objects.filter(run_id__in=self._awake).delete()
        if self._untimed:
            Wait.objects.filter(run_id__in=self._untimed).update(due_at=None)
        upsert_rows(self._waits, unique=("run", "topic", "key"), fields=("due_at",))
        _update_runs([work.run for work in self.work])

    def _write_deliveries(self) -> None:
        by_step = {step.id: step for step in (*self._new_steps, *self._changed_steps.values())}
        for row in enqueue(self._deliveries):
            if row.step_id is not None:
                by_step[row.step_id].delivery_id = row.id


def _waits_of(runs: Sequence[Run]) -> dict[UUID, set[tuple[str, str]]]:
    """What they are known to wait for, by run."""
    found: dict[UUID, set[tuple[str, str]]] = {}
    for run_id, topic, key in Wait.objects.filter(run__in=runs).values_list("run_id", "topic", "key") if runs else ():
        found.setdefault(run_id, set()).add((topic, key))
    return found


_STEP_FIELDS = (
    "state", "posting_key", "delivery_id", "attempts", "output", "failure_class", "code", "detail", "finished_at",
)  # fmt: skip
_RUN_FIELDS = (
    "state", "step", "step_index", "amount", "journey_id", "facility", "outputs", "attempts", "due_at", "armed",
    "changed_at", "finished_at", "generation", "pins",
)  # fmt: skip


def _update_runs(runs: Sequence[Run]) -> None:
    moment = clock.now()
    for run in runs:
        run.changed_at = moment
    update_rows(runs, _RUN_FIELDS)
