"""What the page of one run is made of: the waterfall, its steps with their exchanges, its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse

from connectors.models import Delivery
from connectors.states import DeliveryState
from hub.console.selectors.payload import request_lines, response_lines
from hub.console.selectors.runs import Cause, RunStory, StepStory, workflow_title
from hub.console.tables.explain import step_reasons
from hub.console.tables.runs import run_length
from hub.console.words import class_badge, place_name
from hub.core.identifiers import masked_identifier, masked_key
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.ui.badges import Badge, Tone, badge_for
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.format import duration_text
from hub.ui.payload import PayloadLine
from hub.ui.tables import Table, build_table
from hub.ui.waterfall import Span, Waterfall, waterfall
from orchestration.models import Run
from orchestration.states import AttemptOutcome, StepState

#: Outputs that name a patient's account, claim or visit.
_IDENTIFYING = frozenset({"account_number", "claim", "encounter", "second_claim", "visit_number"})
_TROUBLES = frozenset({AttemptOutcome.RETRY, AttemptOutcome.PARKED})
_SHORT_STEP = timedelta(milliseconds=1)

ATTEMPT_COLUMNS = (
    Column(key="number", label="Try", kind=Kind.NUMBER),
    Column(key="outcome", label="Outcome", kind=Kind.BADGE, choices=AttemptOutcome),
    Column(
        key="why", label="Why", value=lambda attempt: attempt.detail, sub=lambda attempt: attempt.code, css="cell-wide"
    ),
    Column(key="at", label="At", kind=Kind.WHEN),
    Column(key="worker", label="Worker", kind=Kind.CODE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exchange:
    """One delivery with what was said, masked."""

    delivery: Delivery
    badge: Badge
    facts: list[Fact]
    request: list[PayloadLine]
    response: list[PayloadLine]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as the page shows it; `open` unfolds it from the start."""

    anchor: str
    title: str
    badge: Badge
    length: str
    story: StepStory
    failure: Badge | None
    facts: list[Fact]
    why: list[Fact]
    attempts: Table | None
    exchanges: list[Exchange]
    open: bool
    replay_url: str


def step_views(run: Run, stories: list[StepStory], *, may_replay: bool) -> list[StepView]:
    return [_step_view(run, story, may_replay) for story in stories]


def _step_view(run: Run, story: StepStory, may_replay: bool) -> StepView:
    step = story.step
    troubled = any(attempt.outcome in _TROUBLES for attempt in story.attempts)
    return StepView(
        anchor=f"step-{step.generation}-{step.name}",
        title=story.title,
        badge=badge_for(step.state, StepState),
        length=step_length(story),
        story=story,
        failure=class_badge(step.failure_class) if step.failure_class else None,
        facts=_step_facts(story),
        why=step_reasons(run, story),
        attempts=build_table(ATTEMPT_COLUMNS, story.attempts) if troubled else None,
        exchanges=[exchange_of(delivery) for delivery in story.deliveries],
        open=step.state in {StepState.PARKED, StepState.RETRYING, StepState.SENDING},
        replay_url=f"{reverse('console:run-replay', args=[run.pk])}?from_step={step.name}" if may_replay else "",
    )


def step_length(story: StepStory) -> str:
    step = story.step
    return duration_text(step.finished_at - step.started_at) if step.finished_at else ""


def _step_facts(story: StepStory) -> list[Fact]:
    step = story.step
    facts = [
        Fact(_words(name), shown_output(name, value))
        for name, value in step.output.items()
        if value not in ("", None, False)
    ]
    if step.posting_key:
        facts.append(Fact("Posting key", masked_key(step.posting_key), Kind.CODE))
    if step.state == StepState.SKIPPED and step.detail:
        facts.append(Fact("Skipped", step.detail))
    return facts


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def shown_output(name: str, value: Any) -> str:
    """What a step gave under `name`; what names an account, a claim or a visit by its end."""
    if name in _IDENTIFYING:
        return ":".join(
            masked_identifier(part) if any(map(str.isdigit, part)) else part for part in f"{value}".split(":")
        )
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return masked_key(value) if isinstance(value, str) and value.count(":") > 1 and "T" not in value else f"{value}"


def exchange_of(delivery: Delivery) -> Exchange:
    return Exchange(
        delivery,
        badge_for(delivery.state, DeliveryState),
        _exchange_facts(delivery),
        request_lines(delivery),
        response_lines(delivery),
    )


def _exchange_facts(delivery: Delivery) -> list[Fact]:
    took = f"{delivery.elapsed_ms:,} ms" if delivery.elapsed_ms is not None else ""
    shown = [
        Fact("Reference", delivery.reference, Kind.CODE),
        Fact("Answer", f"HTTP {delivery.status}" if delivery.status else ""),
        Fact("Took", took),
        Fact("Tries", f"{delivery.attempts}"),
        Fact("Sent", delivery.sent_at, Kind.WHEN),
        Fact("Repeated", "Done before under this posting key; not sent again" if delivery.repeated else ""),
        Fact("Due", delivery.due_at, Kind.WHEN),
    ]
    return [fact for fact in shown if fact.value not in ("", None)]


# --- the waterfall ------------------------------------------------------------------------------------------
def run_waterfall(story: RunStory) -> Waterfall:
    spans = [_span(item) for item in story.steps]
    spans += [Span(step.title, Badge("Ahead", Tone.NEUTRAL)) for step in story.ahead]
    return waterfall(spans)


def _span(story: StepStory) -> Span:
    """Solid is work; dashed is waiting: for an event or a time, or in the lane of a system."""
    step = story.step
    sent = next((delivery.sent_at for delivery in story.deliveries if delivery.sent_at), None)
    waited = any(attempt.outcome == AttemptOutcome.WAIT for attempt in story.attempts)
    started = sent if story.deliveries else (step.finished_at if waited else step.started_at)
    if started is not None and step.finished_at is not None and started > step.finished_at:
        started = step.finished_at
    tries = len(story.attempts)
    return Span(
        story.title,
        badge_for(step.state, StepState),
        queued=step.started_at,
        started=started,
        ended=_end(story),
        url=f"#step-{step.generation}-{step.name}",
        note=f"· {tries} tries" if tries > 2 and step.state in {StepState.PARKED, StepState.RETRYING} else "",
    )


def _end(story: StepStory) -> Any:
    step = story.step
    if step.finished_at:
        return max(step.finished_at, step.started_at + _SHORT_STEP)
    if step.state == StepState.PARKED and story.attempts:
        return max(story.attempts[-1].at, step.started_at + _SHORT_STEP)
    return None


# --- facts --------------------------------------------------------------------------------------------------
def run_meta(run: Run) -> list[Fact]:
    return [
        Fact("Run", str(run.pk)[-8:], Kind.CODE),
        Fact("Facility", place_name(run.facility)),
        Fact("Started", run.created_at, Kind.AGE),
        Fact("At stake", run.amount, Kind.MONEY),
    ]


def run_facts(run: Run, who: Who) -> list[Fact]:
    may_journey = access.may(who, Permission.VIEW_JOURNEYS, run.facility)
    facts = [
        Fact("Id", str(run.pk), Kind.CODE),
        Fact("Workflow", f"{run.workflow} {workflow_title(run.workflow)}"),
        Fact("About", masked_key(run.entity_key), Kind.CODE),
        Fact("Started by", run.event_type),
        Fact("Facility", place_name(run.facility)),
        Fact("At stake", run.amount, Kind.MONEY),
        Fact("Started", run.created_at, Kind.WHEN),
        Fact("Finished", run.finished_at, Kind.WHEN),
        Fact("Took", run_length(run)),
        Fact("Generation", "First" if run.generation == 1 else f"{run.generation} (replayed)"),
        *pin_facts(run),
    ]
    if may_journey:
        facts.append(Fact("Journey", "Open the journey", url=reverse("console:journey", args=[run.journey_id])))
    return [fact for fact in facts if fact.value not in ("", None)]


def pin_facts(run: Run) -> list[Fact]:
    """The versions that a run works with, in words."""
    pins = run.pins
    facts = [Fact("Ran with", f"workflow version {run.version}")]
    if pins.get("crosswalk"):
        held = ", held for its replay" if pins.get("held") else ""
        facts.append(Fact("Mappings", f"crosswalk {pins['crosswalk']}{held}"))
    later = {number for number in pins.get("steps", {}).values() if number != pins.get("crosswalk")}
    if later:
        facts.append(Fact("Later steps with", ", ".join(f"crosswalk {number}" for number in sorted(later))))
    for told in run.outputs.values():
        if isinstance(told, Mapping) and told.get("table"):
            facts.append(Fact(_words(str(told["table"]).replace("-", "_")), f"version {told.get('version') or 'none'}"))
    return facts


def cause_facts(cause: Cause) -> list[Fact]:
    if cause.event is None:
        return []
    event = cause.event
    facts = [
        Fact("Event", event.type),
        Fact("Happened", event.occurred_at, Kind.WHEN),
        Fact("Received", event.received_at, Kind.WHEN),
        Fact("From", event.system),
        Fact("Sequence", event.sequence if event.sequence is not None else ""),
        Fact("Applied", "Yes" if event.applied else "No: newer news of it stood already"),
    ]
    if cause.message is not None:
        url = reverse("console:message", args=[cause.message.pk])
        facts.append(Fact("Message", f"{cause.message.feed_code} {str(cause.message.pk)[-8:]}", Kind.TEXT, url))
    return [fact for fact in facts if fact.value != ""]
