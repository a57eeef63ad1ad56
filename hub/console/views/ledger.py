"""The ledger: journal entries, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse

from hub.console.filters.ledger import EntryFilter
from hub.console.guard import Guarded
from hub.console.selectors import ledger as selectors
from hub.console.tables.journeys import entry_name
from hub.console.tables.ledger import ENTRY_COLUMNS, entry_facts, export_columns, line_columns
from hub.console.tables.run import exchange_of
from hub.console.words import place_name
from hub.governance import access
from hub.governance.roles import Permission
from hub.ledger.models import Entry
from hub.ledger.states import EntryState
from hub.ui.badges import Badge, badge_for
from hub.ui.columns import Column, Kind
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty
from hub.ui.tables import build_table


class EntryList(Guarded, ListView):
    needs = Permission.VIEW_LEDGER
    title = "Ledger"
    lead = "Balanced, append-only entries, each with its source. A correction is a reversal."
    nav = "ledger"
    order = "-id"
    filterset_class = EntryFilter
    columns = ENTRY_COLUMNS
    empty = Empty("The books are empty", "The first charge or payment makes the first entry.", "book-open")

    def get_queryset(self) -> QuerySet[Entry]:
        return selectors.entries(self.who)

    def get_columns(self) -> Sequence[Column]:
        return export_columns() if self.request.GET.get("export") else self.columns

    def get_presets(self) -> list[Preset]:
        return [Preset("All"), Preset("Not posted yet", "state=recorded"), Preset("Reversals", "kind=reversal")]

    def get_actions(self) -> list[Action]:
        if not access.may(self.who, Permission.VIEW_LEDGER, ""):
            return []
        return [Action("Tie-out", reverse("console:tie-outs"), "scale", dialog=False)]


class EntryPage(Guarded, DetailView):
    needs = Permission.VIEW_LEDGER
    template_name = "console/ledger/entry.html"
    nav = "ledger"
    object: Entry

    def get_queryset(self) -> QuerySet[Entry]:
        return selectors.with_posting_date(selectors.entries(self.who)).select_related("reverses")

    @property
    def source(self) -> selectors.EntrySource:
        if not hasattr(self, "_source"):
            self._source = selectors.source(self.who, self.object)
        return self._source

    def get_title(self) -> str:
        return f"{entry_name(self.object)}: {self.object.description}"

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, EntryState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Ledger", reverse("console:ledger")), Crumb(str(self.object.pk)[-8:])]

    def get_meta(self) -> list[Fact]:
        total = getattr(self.object, "total", None)
        return [
            Fact("Amount", total, Kind.MONEY, currency=self.object.currency),
            Fact("Effective", self.object.effective_date, Kind.WHEN),
            Fact("Facility", place_name(self.object.facility)),
        ]

    def get_facts(self) -> list[Fact]:
        facts = entry_facts(self.object, self.source)
        moved = getattr(self.object, "moved_to", None)
        # Of another period than its own: the ERP has it under this day.
        return [*facts, Fact("Posted under", moved, Kind.WHEN)] if moved else facts

    def get_panels(self) -> list[Panel]:
        lines = self.object.lines.order_by("id")
        totals = lines.aggregate(debit=Sum("debit"), credit=Sum("credit"))
        context: dict[str, Any] = {
            "table": build_table(line_columns(selectors.account_names()), lines),
            "totals": totals,
            "currency": self.object.currency,
        }
        panels = [Panel("Lines", "console/ledger/_lines.html", context, icon="list", flush=True)]
        if self.source.delivery is not None:
            exchange = {"exchange": exchange_of(self.source.delivery)}
            panels.append(Panel("How it was posted", "console/runs/_exchange.html", exchange, icon="send"))
        return panels
