"""The work queue: cases in the reader's scope, the most urgent dollars first; and one of them in the pane beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from exceptions import selectors
from exceptions.models import Case
from exceptions.states import CaseState
from hub.console.bulk_cases import CASE_ACTIONS
from hub.console.bulk_replays import REPLAY_CASES
from hub.console.case_deeds import deeds
from hub.console.filters.queue import CaseFilter
from hub.console.guard import Guarded
from hub.console.links import case_url
from hub.console.selectors.people import by_name
from hub.console.selectors.queue import COUNTED, last_lines, standing
from hub.console.tables.case import story_items
from hub.console.tables.queue import CASE_COLUMNS, export_columns, preview_facts
from hub.console.views.deeds import strip
from hub.console.words import queue_name
from hub.governance.roles import Permission
from hub.ui.badges import Badge, Tone, badge_for
from hub.ui.columns import Column
from hub.ui.details import Fact
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Empty
from hub.ui.previews import Preview
from hub.ui.timeline import TimelineItem


class CaseQueue(Guarded, ListView):
    needs = Permission.VIEW_CASES
    template_name = "console/queue/list.html"
    title = "Work queue"
    lead = "One case a cause. The most dollars with the least time left stand first."
    nav = "cases"
    order = "-priority"
    live_seconds = 15
    row_name = "case"
    has_preview = True
    filterset_class = CaseFilter
    columns = CASE_COLUMNS
    bulk_actions = (*CASE_ACTIONS, REPLAY_CASES)
    empty = Empty(
        "All clear", "Nothing waits for a person. New cases appear here by themselves.", "circle-check",
        tone=Tone.POSITIVE,
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Case]:
        return selectors.cases(self.who)

    def get_columns(self) -> Sequence[Column]:
        return export_columns() if self.request.GET.get("export") else self.columns

    def preview_url(self, row: Case) -> str:
        return reverse("console:case-preview", args=[row.number])

    def get_presets(self) -> list[Preset]:
        now = standing(self.who)
        run_out = f"{COUNTED:,}+" if now.run_out > COUNTED else f"{now.run_out:,}"
        return [
            Preset("Open", count=f"{now.open:,}"),
            Preset("Mine", "owner=me", f"{now.mine:,}"),
            Preset("My team", "team=mine"),
            Preset("Nobody's", "owner=nobody", f"{now.nobodys:,}"),
            Preset("Clock run out", "due=over", run_out),
            Preset("Snoozed", "aside=snoozed", f"{now.snoozed:,}"),
            Preset("Resolved", "state=resolved"),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**strip(self.who), **kwargs)


class CasePreview(Guarded, Preview):
    needs = Permission.VIEW_CASES
    lookup_field = "number"
    object: Case

    def get_queryset(self) -> QuerySet[Case]:
        return selectors.cases(self.who)

    def get_title(self) -> str:
        return self.object.title

    def get_url(self) -> str:
        return case_url(self.object)

    def get_line(self) -> str:
        return f"Case {self.object.number} · {queue_name(self.object.queue)}"

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, CaseState)

    def get_text(self) -> str:
        said = [text for text in (self.object.detail, self.object.hint) if text.rstrip(".") != self.object.title]
        return " ".join(filter(None, said))

    def get_facts(self) -> list[Fact]:
        return preview_facts(self.object)

    def get_entries(self) -> list[TimelineItem]:
        return story_items(by_name(last_lines(self.object)))

    def get_actions(self) -> list[Action]:
        return deeds(self.who, self.object)
