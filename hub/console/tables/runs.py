"""The columns of lists of runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse

from hub.console.selectors.runs import step_title, workflow_title
from hub.console.words import place_name
from hub.core.clock import now
from hub.core.identifiers import masked_key
from hub.ui.columns import Column, Kind
from hub.ui.format import duration_text
from orchestration.models import Run
from orchestration.states import RUN_FINAL, RunState


def run_url(run: Run) -> str:
    return reverse("console:run", args=[run.pk])


def run_name(run: Run) -> str:
    """`Schedule to plan`; the end of its id tells it from others, since the beginning is the time."""
    return workflow_title(run.workflow)


def run_length(run: Run) -> str:
    """How long it took, or has been under way."""
    end: datetime = run.finished_at or now()
    length = max(end - run.created_at, timedelta(0))
    return duration_text(length) if run.state in RUN_FINAL else f"{duration_text(length)} so far"


def standing(run: Run) -> str:
    return "" if run.state in RUN_FINAL else step_title(run, run.step)


RUN_COLUMNS = (
    Column(
        key="workflow", label="Workflow", value=run_name, link=run_url, export="workflow", css="nowrap",
        sub=lambda run: f"{run.workflow} v{run.version} · {str(run.pk)[-8:]}",
    ),
    Column(
        key="about", label="About", value=lambda run: masked_key(run.entity_key), kind=Kind.CODE, css="cell-mid",
        sub="event_type",
    ),
    Column(key="facility", label="Facility", value=lambda run: place_name(run.facility)),
    Column(key="state", label="State", kind=Kind.BADGE, choices=RunState),
    Column(key="step", label="Stands at", value=standing),
    Column(key="amount", label="At stake", kind=Kind.MONEY),
    Column(key="length", label="Took", value=run_length, css="nowrap"),
    Column(key="created", label="Started", value="created_at", kind=Kind.WHEN),
)  # fmt: skip
