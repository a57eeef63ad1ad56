"""What a comparison of two runs is made of: their facts, and step by step what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.console.selectors.compare import Pairing, Side
from hub.console.selectors.lineage import crosswalk_of
from hub.console.selectors.runs import StepStory
from hub.console.tables.run import shown_output, step_length
from hub.console.tables.runs import run_length
from hub.console.words import place_name
from hub.core.identifiers import masked_key
from hub.ui.badges import Badge, badge_for
from orchestration.states import RunState, StepState

_TOOK = "Took"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of both sides, as text."""

    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """How long something took says nothing about what it did."""
        return self.left != self.right and self.label != _TOOK


@dataclass(frozen=True, slots=True)
class StepPair:
    title: str
    left: Badge | None
    right: Badge | None
    lines: list[Line]

    @property
    def differs(self) -> bool:
        states = {badge.label if badge else "" for badge in (self.left, self.right)}
        return len(states) > 1 or any(line.differs for line in self.lines)


def run_lines(pairing: Pairing) -> list[Line]:
    left, right = (list(_facts(side)) for side in (pairing.left, pairing.right))
    return [Line(label, before, after) for (label, before), (_, after) in zip(left, right, strict=True)]


def _facts(side: Side) -> Iterator[tuple[str, str]]:
    run = side.run
    yield "Run", f"{str(run.pk)[-8:]}{', before its replay' if side.replaced else ''}"
    yield "Ended as", str(RunState(run.state).label) if not side.replaced else ""
    yield "Workflow", f"{run.workflow} version {run.version}"
    yield "Crosswalk", f"{crosswalk_of(run) or ''}" if not side.replaced else ""
    yield "Mappings held", "Those it ran with" if run.pins.get("held") and not side.replaced else ""
    yield "About", masked_key(run.entity_key)
    yield "Started by", run.event_type
    yield "Facility", place_name(run.facility)
    yield "At stake", f"{run.amount:,.2f}" if run.amount is not None else ""
    yield _TOOK, run_length(run) if not side.replaced else ""


def step_pairs(pairing: Pairing) -> list[StepPair]:
    return [_pair(left, right) for left, right in pairing.steps]


def _pair(left: StepStory | None, right: StepStory | None) -> StepPair:
    told = [dict(_told(story)) if story else {} for story in (left, right)]
    labels = list(dict.fromkeys([*told[0], *told[1]]))
    one = right or left
    return StepPair(
        one.title if one else "",
        _badge(left),
        _badge(right),
        [Line(label, told[0].get(label, ""), told[1].get(label, "")) for label in labels],
    )


def _badge(story: StepStory | None) -> Badge | None:
    if story is None:
        return None
    # What a replay replaced had its own end: it is told by its lines.
    return None if story.replaced else badge_for(story.step.state, StepState)


def _told(story: StepStory) -> Iterator[tuple[str, str]]:
    """What a step gave, sent and was refused with; masked."""
    step = story.step
    if step.code:
        yield "Stopped by", step.code
    for name, value in step.output.items():
        if value not in ("", None, False):
            yield name.replace("_", " ").capitalize(), shown_output(name, value)
    for delivery in story.deliveries:
        sent = f"{delivery.system} {delivery.operation}"
        yield sent, " · ".join(filter(None, (str(delivery.get_state_display()), delivery.reference, delivery.code)))
    yield "Tries", f"{len(story.attempts) or step.attempts}"
    yield _TOOK, step_length(story)
