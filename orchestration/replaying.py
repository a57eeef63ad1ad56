"""Carrying runs out again: what stands in the way of it, and doing it for many in a few statements.

Outside effects keep their posting keys, whichever version of the workflow asks for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from hub.core import clock
from hub.core.bulk import update_rows
from hub.masterdata.crosswalk import snapshot
from orchestration import editions
from orchestration.models import Run, Step, Wait
from orchestration.queue import runs_are_ready
from orchestration.states import RUN_FINAL, RunState, StepState
from orchestration.workflow import Workflow
from orchestration.workflows import WORKFLOWS

#: At rest: what may be carried out again.
AT_REST = (*RUN_FINAL, RunState.PARKED)
UNDER_WAY = "It is under way; wait until it has come to rest."
_RUN_FIELDS = (
    "version", "pins", "outputs", "step_index", "step", "generation", "state", "attempts", "due_at", "armed",
    "finished_at", "changed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run would be carried out again: by which version of its workflow, from which of its steps on.

    `refused` says why it cannot be; it is empty where it can.
    """

    workflow: Workflow | None
    index: int = 0
    refused: str = ""


@dataclass(slots=True)
class Begun:
    """What became of runs that were to begin again. `busy` ones are in another worker's hands; ask again."""

    runs: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    busy: list[UUID] = field(default_factory=list)


def plan(run: Run, from_step: str, *, theirs: bool, kept: set[int]) -> Plan:
    """With `theirs`, the workflow version and the crosswalk that the run has; else the newest of both.

    `kept` are the editions of the crosswalk that stand kept, of those that the runs in question note.
    """
    workflow = carried(run) if theirs else newest(run)
    if workflow is None:
        return Plan(None, refused=f"Version {run.version} of {run.workflow} is no longer carried.")
    index = workflow.positions.get(from_step) if from_step else 0
    if index is None:
        return Plan(workflow, refused=f"{workflow.title} has no step {from_step}.")
    return Plan(workflow, index, _why_not(run, workflow, index, theirs, kept))


def carried(run: Run) -> Workflow | None:
    """The workflow version that the run has, if it is still here."""
    try:
        return WORKFLOWS.get(run.workflow, run.version)
    except KeyError:
        return None


def newest(run: Run) -> Workflow | None:
    """Today's version of its workflow, if there still is one."""
    return next((item for item in WORKFLOWS.newest() if item.code == run.workflow), None)


def _why_not(run: Run, workflow: Workflow, index: int, theirs: bool, kept: set[int]) -> str:
    if run.state not in AT_REST:
        return UNDER_WAY
    if theirs and run.pins.get("crosswalk") not in kept:
        return "The mappings that it ran with are not kept; it can be replayed with today's."
    if workflow.version != run.version and index:
        known = {*run.outputs, run.step}
        missing = [step.title for step in workflow.steps[:index] if step.name not in known]
        if missing:
            return f"Today's version has a step before that it never took ({missing[0]}); replay it from the start."
    return ""


def begin_again(ids: Sequence[UUID], *, from_step: str = "", theirs: bool = False) -> Begun:
    """Let runs begin again from a step (empty: the first). None of them waits for a row that another worker holds."""
    with transaction.atomic():
        rows = list(Run.objects.filter(pk__in=ids).order_by("pk").select_for_update(skip_locked=True))
        begun = Begun(busy=sorted(set(ids) - {run.pk for run in rows}))
        kept = editions.kept(run.pins.get("crosswalk", 0) for run in rows) if theirs else set()
        groups: dict[int, list[Run]] = defaultdict(list)
        today = {} if theirs or not rows else {"crosswalk": _today()}
        for run in rows:
            planned = plan(run, from_step, theirs=theirs, kept=kept)
            if planned.refused or planned.workflow is None:
                begun.refused[run.pk] = planned.refused
                continue
            groups[planned.index].append(run)
            _reset(run, planned.workflow, planned.index, today or {**run.pins, "held": True})
        for index, runs in groups.items():
            standing = Step.objects.filter(run__in=runs, index__gte=index)
            standing.exclude(state=StepState.REPLACED).update(state=StepState.REPLACED)
        again = [run for runs in groups.values() for run in runs]
        Wait.objects.filter(run__in=again).delete()
        update_rows(again, _RUN_FIELDS)
        begun.runs = [run.pk for run in again]
        if again:
            runs_are_ready()
    return begun


def _reset(run: Run, workflow: Workflow, index: int, pins: dict[str, Any]) -> None:
    before = {step.name for step in workflow.steps[:index]}
    run.version = workflow.version
    run.pins = pins
    run.outputs = {name: output for name, output in run.outputs.items() if name in before}
    run.step_index, run.step = index, workflow.steps[index].name
    run.generation += 1
    run.state, run.attempts, run.due_at, run.armed = RunState.READY, 0, None, False
    run.finished_at, run.changed_at = None, clock.now()


def _today() -> int:
    crosswalk = snapshot()
    editions.keep(crosswalk)
    return crosswalk.number
