"""Runs as pages show them: the list, and one run with its steps, tries, exchanges, cause and cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet

from connectors.models import Delivery, Message
from exceptions import selectors as case_selectors
from exceptions.models import Case
from hub.console.selectors.journeys import ids_of
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import Event
from orchestration.models import Attempt, Run, Step, Wait
from orchestration.states import StepState
from orchestration.workflow import StepDefinition, Workflow
from orchestration.workflows import WORKFLOWS


def runs(who: Who) -> QuerySet[Run]:
    """All that `who` may see, in no order."""
    return access.scoped(Run.objects.all(), who, Permission.VIEW_RUNS)


def about(rows: QuerySet[Run], text: str) -> QuerySet[Run]:
    """The runs of an entity, a subject, or of the journeys that a business key leads to: through indexes alone."""
    journeys = ids_of(text.strip(), patients=False)
    subjects = Q(subject=text, workflow__in=[workflow.code for workflow in WORKFLOWS.newest()])
    return rows.filter(Q(entity_key=text) | subjects | Q(journey_id__in=journeys))


def workflow_choices() -> list[tuple[str, str]]:
    return [(item.code, f"{item.code} {item.title}") for item in _newest()]


def step_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Steps by workflow, as `W3:charges`."""
    return [
        (f"{item.code} {item.title}", [(f"{item.code}:{step.name}", step.title) for step in item.steps])
        for item in _newest()
    ]


def carried_workflow(run: Run) -> Workflow | None:
    """The version that the run began with, where it is still carried."""
    try:
        return WORKFLOWS.get(run.workflow, run.version)
    except KeyError:
        return None


def workflow_title(code: str) -> str:
    return next((item.title for item in WORKFLOWS.newest() if item.code == code), code)


def step_titles(code: str) -> dict[str, str]:
    """Names of the steps of a workflow's newest version, with their titles; empty for what is none."""
    return {step.name: step.title for item in WORKFLOWS.newest() if item.code == code for step in item.steps}


def step_title(run: Run, name: str) -> str:
    workflow = carried_workflow(run)
    if workflow is None or name not in workflow.positions:
        return name
    return workflow.steps[workflow.positions[name]].title


@dataclass(frozen=True, slots=True)
class StepStory:
    """One step of a run: what is known of it, its tries, and the exchanges it led to, oldest first."""

    step: Step
    title: str
    attempts: list[Attempt] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def replaced(self) -> bool:
        return self.step.state == StepState.REPLACED


@dataclass(frozen=True, slots=True)
class RunStory:
    """Everything of one run. `ahead` are the steps that it has not come to."""

    run: Run
    steps: list[StepStory]
    earlier: list[StepStory]
    ahead: list[StepDefinition]
    waits: list[Wait]


def story(run: Run) -> RunStory:
    """Read with one query a table; tries and exchanges are found by the run."""
    steps = list(Step.objects.filter(run=run).order_by("generation", "index"))
    attempts, deliveries = _attempts(run.id), _deliveries(run.id)
    told = [
        StepStory(step, step_title(run, step.name), attempts[step.id], deliveries[step.id]) for step in steps
    ]  # fmt: skip
    current = [item for item in told if not item.replaced]
    reached = {item.step.name for item in current}
    workflow = carried_workflow(run)
    ahead = [step for step in workflow.steps if step.name not in reached] if workflow else []
    waits = list(Wait.objects.filter(run=run).order_by("topic", "key"))
    return RunStory(run, current, [item for item in told if item.replaced], ahead, waits)


def _attempts(run_id: UUID) -> dict[UUID, list[Attempt]]:
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(run_id=run_id).order_by("id"):
        found[attempt.step_id].append(attempt)
    return found


def _deliveries(run_id: UUID) -> dict[UUID | None, list[Delivery]]:
    found: dict[UUID | None, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.filter(run_id=run_id).order_by("id"):
        found[delivery.step_id].append(delivery)
    return found


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that started a run, and the message that brought it, where the reader may see it."""

    event: Event | None
    message: Message | None


def cause(who: Who, run: Run) -> Cause:
    event = Event.objects.filter(pk=run.event_id).first()
    message = Message.objects.filter(pk=event.causation_id).first() if event and event.causation_id else None
    if message is not None and not access.may(who, Permission.VIEW_MESSAGES, message.facility):
        message = None
    return Cause(event, message)


def cases(who: Who, run: Run) -> list[Case]:
    """The cases that hold or held the run or one of its deliveries."""
    if not access.may(who, Permission.VIEW_CASES):
        return []
    return list(case_selectors.cases_of(who, Held.RUN, [run.id])[:10])


def _newest() -> Sequence[Workflow]:
    return sorted(WORKFLOWS.newest(), key=lambda item: item.code)
