"""The work queue: cases in the reader's scope, the most urgent dollars first."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from exceptions import selectors
from exceptions.models import Case
from hub.console.bulk_cases import CASE_ACTIONS
from hub.console.filters.queue import CaseFilter
from hub.console.guard import Guarded
from hub.console.tables.queue import CASE_COLUMNS, export_columns
from hub.governance.roles import Permission
from hub.ui.badges import Tone
from hub.ui.columns import Column
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Empty


class CaseQueue(Guarded, ListView):
    needs = Permission.VIEW_CASES
    title = "Work queue"
    lead = "One case a cause. The most dollars with the least time left stand first."
    nav = "cases"
    order = "-priority"
    live_seconds = 15
    filterset_class = CaseFilter
    columns = CASE_COLUMNS
    bulk_actions = CASE_ACTIONS
    empty = Empty(
        "All clear", "Nothing waits for a person. New cases appear here by themselves.", "circle-check",
        tone=Tone.POSITIVE,
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Case]:
        return selectors.cases(self.who)

    def get_columns(self) -> Sequence[Column]:
        return export_columns() if self.request.GET.get("export") else self.columns

    def get_presets(self) -> list[Preset]:
        return [
            Preset("Open"),
            Preset("Mine", "owner=me"),
            Preset("Nobody's", "owner=nobody"),
            Preset("Clock run out", "due=over"),
            Preset("Snoozed", "aside=snoozed"),
            Preset("Resolved", "state=resolved"),
        ]
