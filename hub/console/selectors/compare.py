"""Two runs beside one another, or one before and after its replay: steps by name, with what each gave."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hub.console.selectors import runs as run_selectors
from hub.console.selectors.runs import StepStory
from hub.governance.access import Who
from orchestration.models import Run

#: As many earlier runs of the same are offered.
MOST_OFFERED = 12


@dataclass(frozen=True, slots=True)
class Side:
    """A run with its steps by name. `replaced` says that the steps are those from before its last replay."""

    run: Run
    steps: dict[str, StepStory]
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Pairing:
    """Steps of both sides, in the order of the right one; those of the left alone come last."""

    left: Side
    right: Side

    @property
    def steps(self) -> list[tuple[StepStory | None, StepStory | None]]:
        names = list(dict.fromkeys([*self.right.steps, *self.left.steps]))
        return [(self.left.steps.get(name), self.right.steps.get(name)) for name in names]


def comparable(who: Who, run: Run) -> list[Run]:
    """Runs to compare with, newest first: of the same entity, then others of the same workflow before it."""
    rows = run_selectors.runs(who).filter(workflow=run.workflow).exclude(pk=run.pk).defer("outputs")
    same = list(rows.filter(entity_key=run.entity_key).order_by("-id")[:MOST_OFFERED])
    before = rows.filter(pk__lt=run.pk).order_by("-id")[: MOST_OFFERED - len(same)] if len(same) < MOST_OFFERED else []
    known = {item.pk for item in same}
    return [*same, *(item for item in before if item.pk not in known)]


def find(who: Who, text: str) -> Run | None:
    """A run by its id, in the reader's scope."""
    try:
        return run_selectors.runs(who).filter(pk=UUID(text.strip())).first()
    except ValueError:
        return None


def side(run: Run, *, replaced: bool = False) -> Side:
    """With `replaced`, its steps as they were before the last replay."""
    told = run_selectors.story(run)
    if not replaced:
        return Side(run, {item.step.name: item for item in told.steps})
    # The newest of what was replaced stands, by step; what was not done again is the same on both sides.
    newest = {item.step.name: item for item in sorted(told.earlier, key=lambda item: item.step.generation)}
    kept = {item.step.name: item for item in told.steps if item.step.generation < run.generation}
    return Side(run, kept | newest, replaced=True)
