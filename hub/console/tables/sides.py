"""Source, canonical event, request and response of a run beside one another, with what became of each code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import reverse

from connectors.models import Delivery
from hub.console.selectors import lineage
from hub.console.selectors.lineage import CodeStory, Origin
from hub.console.selectors.payload import (
    event_lines,
    marked_lines,
    request_layout,
    response_lines,
    source_lines,
)
from hub.console.selectors.runs import Cause, RunStory, step_title
from hub.core.masking.values import Value
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.payload import PayloadLine
from hub.ui.tables import Table, build_table
from orchestration.models import Run

#: Of a request with many lines (a claim) the first values tell enough; the payload beside them has all.
_MOST_TRACED = 40
_COMPONENTS = re.compile(r"[\^~&:]")

CODE_COLUMNS = (
    Column(key="field", label="Field", value=lambda row: row.name.replace("_", " ").capitalize(), css="cell-main"),
    Column(key="local", label="As it came", value="local", kind=Kind.CODE),
    Column(key="canonical", label="Canonical", value="canonical", kind=Kind.CODE),
    Column(
        key="by", label="Decided by", value=lambda row: _mapping_name(row),
        link=lambda row: reverse("console:mapping", args=[row.mapping]) if row.mapping else "",
    ),
    Column(key="today", label="Today", kind=Kind.BADGE, value=lambda row: _today(row)),
)  # fmt: skip
TRACE_COLUMNS = (
    Column(key="place", label="In the request", value=lambda row: row[0], kind=Kind.CODE),
    Column(key="value", label="Value", value=lambda row: row[1], kind=Kind.CODE),
    Column(key="from", label="Comes from", value=lambda row: row[2], css="cell-main"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A delivery to look at."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """Four payloads and two tables; `note` says what the mappings are that are shown."""

    note: str
    source: list[PayloadLine]
    canonical: list[PayloadLine]
    request: list[PayloadLine] = field(default_factory=list)
    response: list[PayloadLine] = field(default_factory=list)
    codes: Table | None = None
    traced: Table | None = None
    choices: list[Choice] = field(default_factory=list)


def sides(run: Run, cause: Cause, story: RunStory, chosen: str) -> Sides:
    """`chosen` is the id of the delivery to show; anything else means the first."""
    event, message = cause.event, cause.message
    told = lineage.codes(run, event, message) if event and message else []
    sent = [(item.title, delivery) for item in story.steps for delivery in item.deliveries]
    delivery = next((each for _, each in sent if str(each.pk) == chosen), sent[0][1] if sent else None)
    source = source_lines(message, _is_one_of({row.local for row in told})) if message else []
    canonical = event_lines(event, marked={row.name for row in told}) if event else []
    codes = build_table(CODE_COLUMNS, told) if told else None
    note = _note(run)
    if delivery is None:
        return Sides(note, source, canonical, codes=codes)
    place = next(place for place, item in enumerate(story.steps) if delivery in item.deliveries)
    known = lineage.origins(run, event, [item.step.name for item in story.steps[:place]])
    layout = request_layout(delivery)
    traced = [(place, shown, _from(run, origin)) for place, shown, origin in lineage.traced(layout, known)]
    return Sides(
        note,
        source,
        canonical,
        request=marked_lines(layout, lambda value: lineage.normal(value.text) in known),
        response=response_lines(delivery),
        codes=codes,
        traced=build_table(TRACE_COLUMNS, traced[:_MOST_TRACED]) if traced else None,
        choices=_choices(run, sent, delivery),
    )


def _choices(run: Run, sent: list[tuple[str, Delivery]], shown: Delivery) -> list[Choice]:
    url = reverse("console:run-sides", args=[run.pk])
    return [
        Choice(f"{title}: {each.system} {each.operation}", f"{url}?delivery={each.pk}", each is shown)
        for title, each in sent
    ]


def _is_one_of(codes: set[str]) -> Callable[[Value], bool]:
    """Whether a value of the source is, or has as a component, one of these codes."""
    return lambda value: value.text in codes or not codes.isdisjoint(_COMPONENTS.split(value.text))


def _from(run: Run, origin: Origin) -> str:
    name = origin.name.replace("_", " ")
    return f"{step_title(run, origin.step)}: {name}" if origin.step else f"The event: {name}"


def _note(run: Run) -> str:
    number = lineage.crosswalk_of(run)
    if lineage.edition_of(run) is None:
        return f"It ran with crosswalk {number}, which is not kept; mappings are shown as they stand today."
    return f"Mappings as they stood when it ran: crosswalk {number}."


def _mapping_name(row: CodeStory) -> str:
    if row.moved:
        return "The claim or account it is about"
    if not row.mapping:
        return "No mapping is known"
    return f"{'Rule' if row.is_rule else 'Mapping'} {row.mapping}"


def _today(row: CodeStory) -> Badge:
    if not row.differs_today:
        return Badge("The same", Tone.NEUTRAL)
    return Badge(row.today or "No mapping", Tone.CAUTION)
