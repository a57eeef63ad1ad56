"""Replay of many rows of a list at once: those chosen, or everything that its filters let by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from exceptions.replays import services
from exceptions.replays.states import Source
from hub.console.forms.replays import ReplayForm, ReplayMessagesForm, ReplayRunsForm
from hub.console.guard import actor, holds
from hub.console.replay_sources import chosen_by
from hub.console.tables.replays import replay_url
from hub.governance.roles import Permission
from hub.ui.bulk import BulkAction, BulkOutcome

_CONFIRM = "They are not replayed at once: first comes a preview of what would happen."


def _request(source: Source) -> Callable[[HttpRequest, QuerySet[Any], dict[str, Any]], BulkOutcome]:
    def run(request: HttpRequest, rows: QuerySet[Any], data: dict[str, Any]) -> BulkOutcome:
        everything = request.POST.get("all") == "1"
        made = services.request(
            actor=actor(request),
            source=source,
            filters=chosen_by(request.GET) if everything else None,
            ids=[] if everything else list(rows.order_by("pk").values_list("pk", flat=True)[: services.MOST_IDS]),
            **data,
        )
        return BulkOutcome("Nothing has happened yet: this is the preview.", url=replay_url(made))

    return run


def _action(source: Source, form_class: type[ReplayForm]) -> BulkAction:
    return BulkAction(
        name="replay", label="Replay", icon="rotate-ccw", key="y", run=_request(source), form_class=form_class,
        confirm=_CONFIRM, submit_label="Preview", permitted=holds(Permission.REPLAY),
    )  # fmt: skip


REPLAY_RUNS = _action(Source.RUNS, ReplayRunsForm)
REPLAY_MESSAGES = _action(Source.MESSAGES, ReplayMessagesForm)
REPLAY_CASES = _action(Source.CASES, ReplayForm)
