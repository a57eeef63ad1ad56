"""Why a step came to what it came to: what it does, the mappings and rules it went by, what stopped it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse

from hub.console.selectors.lineage import crosswalk_of
from hub.console.selectors.runs import StepStory, carried_workflow
from hub.core.errors import FailureClass
from hub.masterdata.decisions import OUTCOME_NAMES
from hub.ui.columns import Kind
from hub.ui.details import Fact
from orchestration.models import Run

_FIRST_SENTENCE = re.compile(r".*?[.:](?=\s|$)", re.DOTALL)


def step_reasons(run: Run, story: StepStory) -> list[Fact]:
    """Facts in words. Nothing here is looked up: it stands with the step, the run and the workflow's code."""
    return list(_reasons(run, story))


def _reasons(run: Run, story: StepStory) -> Iterator[Fact]:
    if does := _what_it_does(run, story.step.name):
        yield Fact("What it does", does)
    by = f"workflow {run.workflow} version {run.version}"
    if number := crosswalk_of(run, story.step.name):
        by += f", crosswalk {number}"
    yield Fact("Decided by", by)
    yield from _of_table(story.step.output)
    if story.step.failure_class == FailureClass.MAPPING:
        url = f"{reverse('console:mappings')}?state=proposed"
        yield Fact("Stopped by", f"A code without a mapping: {story.step.code}", Kind.TEXT, url)
    elif story.step.code:
        yield Fact("Stopped by", f"{story.step.failure_class}: {story.step.code}")


def _what_it_does(run: Run, name: str) -> str:
    """The first sentence of the step's own description, of the version that the run began with."""
    workflow = carried_workflow(run)
    if workflow is None or name not in workflow.positions:
        return ""
    words = inspect.getdoc(workflow.steps[workflow.positions[name]].function) or ""
    found = _FIRST_SENTENCE.match(words)
    return " ".join((found[0] if found else words).split())


def _of_table(output: Mapping[str, Any]) -> Iterator[Fact]:
    """The row of a decision table behind each amount; a row of 0 is what a person decided."""
    if not output.get("table"):
        return
    for told in output.get("decisions", ()):
        row = f"row {told['row']}" if told.get("row") else "a person"
        outcome = OUTCOME_NAMES.get(told.get("outcome", ""), told.get("outcome", ""))
        place = f"{output['table']} version {output.get('version')}"
        yield Fact(f"{told.get('group', '')}-{told.get('carc', '')}", f"{outcome}, by {row} of {place}")
