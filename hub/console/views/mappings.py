"""Mappings: the list, coverage by facility and system, one mapping with its history."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from hub.console.bulk_mappings import MAPPING_ACTIONS
from hub.console.filters.mappings import MappingFilter
from hub.console.guard import Guarded
from hub.console.mapping_deeds import deeds, list_deeds
from hub.console.selectors import mappings as reads
from hub.console.tables.mappings import (
    MAPPING_COLUMNS,
    MISSING_COLUMNS,
    RELATED_COLUMNS,
    coverage_columns,
    domain_name,
    history_items,
    mapping_facts,
)
from hub.core.clock import now
from hub.governance.roles import Permission
from hub.masterdata import selectors
from hub.masterdata.mapping_csv import csv_lines, export_mappings
from hub.masterdata.models import Domain, Mapping
from hub.masterdata.states import MappingState
from hub.ui.badges import Badge, badge_for
from hub.ui.details import DetailView, Fact, Panel, Tab
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty, PageView
from hub.ui.tables import build_table


class MappingList(Guarded, ListView):
    needs = Permission.VIEW_MAPPINGS
    title = "Mappings"
    lead = "What each system's local codes mean, by facility and for which days."
    nav = "mappings"
    order = "local_code"
    filterset_class = MappingFilter
    columns = MAPPING_COLUMNS
    bulk_actions = MAPPING_ACTIONS
    empty = Empty("No mappings yet", "Propose the first one, or import a file.", "waypoints")

    def get_queryset(self) -> QuerySet[Mapping]:
        return selectors.mappings(self.who)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        if request.GET.get("export") != "csv":
            return super().get(request, *args, **kwargs)
        rows = export_mappings(self.filtered().order_by("domain", "system", "facility", "local_code", "pk"))
        response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="mappings-{now():%Y-%m-%d}.csv"'
        return response

    def get_presets(self) -> list[Preset]:
        return [Preset("All"), Preset("To decide", "state=proposed"), Preset("In effect", "state=approved")]

    def get_actions(self) -> list[Action]:
        return list_deeds(self.who)


class MappingCoverage(Guarded, PageView):
    needs = Permission.VIEW_MAPPINGS
    title = "Coverage"
    lead = "Of the codes in use, how many each system has a word for. What is missing and holds work stands on top."
    nav = "mappings"
    template_name = "console/mappings/coverage.html"

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Mappings", reverse("console:mappings")), Crumb("Coverage")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        table = reads.coverage_table(self.who, self.request.GET.get("domain", ""))
        return super().get_context_data(
            missing=build_table(MISSING_COLUMNS, reads.missing_codes(self.who)),
            coverage=build_table(coverage_columns(table.systems), table.rows),
            tabs=[Tab(str(Domain(name).label), f"?domain={name}", name == table.domain) for name in table.domains],
            **kwargs,
        )


class MappingPage(Guarded, DetailView):
    needs = Permission.VIEW_MAPPINGS
    nav = "mappings"
    object: Mapping

    def get_queryset(self) -> QuerySet[Mapping]:
        return selectors.mappings(self.who)

    def get_title(self) -> str:
        return f"{self.object.local_code} means {self.object.canonical_code}"

    def get_lead(self) -> str:
        return reads.canonical_name(self.object)

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, MappingState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Mappings", reverse("console:mappings")), Crumb(self.object.local_code)]

    def get_meta(self) -> list[Fact]:
        return [Fact("a", domain_name(self.object).lower()), Fact("of", self.object.system)]

    def get_facts(self) -> list[Fact]:
        return mapping_facts(self.object)

    def get_actions(self) -> list[Action]:
        return deeds(self.who, self.object)

    def get_panels(self) -> list[Panel]:
        impact = reads.impact(self.who, self.object)
        waiting = {"impact": impact, "table": build_table(MISSING_COLUMNS, impact.cases)}
        story = {"entries": history_items(selectors.history(self.object))}
        panels = [
            Panel(
                "What waits for it", "console/mappings/_impact.html", waiting, icon="inbox", flush=True, tone="accent"
            )
        ]
        return [
            *(panels if impact.cases else []),
            Panel("History", "ui/_timeline.html", story, icon="history"),
            *self._related(),
        ]

    def _related(self) -> list[Panel]:
        found = (
            ("The same code", reads.same_code(self.who, self.object), "layers"),
            (f"What else means {self.object.canonical_code}", reads.same_meaning(self.who, self.object), "link-2"),
        )
        tables = [(title, build_table(RELATED_COLUMNS, rows), icon) for title, rows, icon in found]
        return [
            Panel(title, "ui/_data_table.html", {"table": table, "table_label": title}, icon=icon, flush=True)
            for title, table, icon in tables
            if table.rows
        ]
