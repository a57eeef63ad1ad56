"""KPIs: all of them, one of them with its parts and its proof, and the rows behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from hub.console.guard import Guarded, within_reach
from hub.console.selectors.kpis import Breakdown, breakdown, breakdowns, kpi_named, rows_behind
from hub.console.tables.home import direction_text
from hub.console.tables.kpis import (
    ROWS,
    SOURCE_COLUMNS,
    exact_text,
    facility_chart,
    facility_columns,
    kpi_cards,
    part_columns,
    rows_url,
    trend_chart,
)
from hub.console.words import count_text
from hub.governance.roles import Permission, Role
from hub.kpis.definitions import BY_KPI, Kpi
from hub.kpis.proofs import Proof
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact, Tab
from hub.ui.lists import ListView
from hub.ui.pages import Crumb, Empty, PageView
from hub.ui.tables import build_table


class KpiPages(Guarded):
    """What they share: the right to see numbers, and the KPI that the address names."""

    needs = Permission.VIEW_KPIS
    nav = "kpis"
    kwargs: dict[str, Any]

    @property
    def kpi(self) -> Kpi:
        found = kpi_named(self.kwargs["kpi"])
        if found is None:
            raise Http404
        return found

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("KPIs", reverse("console:kpis")), Crumb(BY_KPI[self.kpi].name)]


class KpiList(Guarded, PageView):
    needs = Permission.VIEW_KPIS
    title = "KPIs"
    lead = "Every number carries its definition, its freshness and the rows behind it."
    nav = "kpis"
    template_name = "console/kpis/list.html"
    live_seconds = 60

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(kpis=kpi_cards(breakdowns(self.who)), **kwargs)


class KpiPage(KpiPages, PageView):
    template_name = "console/kpis/page.html"

    def get_title(self) -> str:
        return BY_KPI[self.kpi].name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = breakdown(self.who, self.kpi)
        definition, figure = found.definition, found.headline.figure
        return super().get_context_data(
            title_badge=_doubt(found),
            value=exact_text(figure, definition),
            count=count_text(figure.count, "item"),
            direction=direction_text(definition),
            trend=trend_chart(found),
            chart=facility_chart(found),
            by_facility=build_table(facility_columns(definition), found.by_facility),
            by_part=build_table(part_columns(definition), found.by_part),
            sources=build_table(SOURCE_COLUMNS, found.sources),
            facts=_definition_facts(found),
            proofs=[(p.label, rows_url(definition, n)) for n, p in enumerate(rows_behind(self.who, self.kpi))],
            **kwargs,
        )


def _doubt(found: Breakdown) -> Badge:
    if silent := sum(state.is_silent for state in found.sources):
        return Badge(f"{count_text(silent, 'source')} silent", Tone.CAUTION)
    return Badge("Fresh", Tone.POSITIVE)


def _definition_facts(found: Breakdown) -> list[Fact]:
    definition = found.definition
    return [
        Fact("Definition", definition.formula),
        Fact("Version", f"v{definition.version}"),
        Fact("Owner", Role(definition.owner).label),
        Fact("Sources", ", ".join(definition.sources)),
        Fact("Computed", found.as_of, Kind.AGE),
    ]


class KpiRows(KpiPages, ListView):
    """The rows that a number counts, at one facility or at all that the reader may see."""

    template_name = "console/kpis/rows.html"
    empty = Empty("No rows", "Nothing is counted here now.", "circle-check", tone=Tone.POSITIVE)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        found = self._proofs()
        if kwargs["part"] >= len(found) or found[kwargs["part"]].rows.model not in ROWS:
            raise Http404
        return super().get(request, *args, **kwargs)

    def _proofs(self) -> list[Proof]:
        if not hasattr(self, "_found"):
            self._found = rows_behind(self.who, self.kpi, self.facility)
        return self._found

    @property
    def facility(self) -> str:
        """The one that the rows are of; empty for all."""
        return self.request.GET.get("facility", "")

    @property
    def proof(self) -> Proof:
        part: int = self.kwargs["part"]
        return self._proofs()[part]

    def get_queryset(self) -> QuerySet[Any]:
        return self.proof.rows

    @property
    def order(self) -> str:  # type: ignore[override]
        return ROWS[self.proof.rows.model][1]

    def get_columns(self) -> Sequence[Column]:
        return within_reach(ROWS[self.proof.rows.model][0], self.who)

    def get_title(self) -> str:
        return f"{self.proof.label} at {self.facility}" if self.facility else self.proof.label

    def get_lead(self) -> str:
        return BY_KPI[self.kpi].formula

    def get_crumbs(self) -> list[Crumb]:
        page = Crumb(BY_KPI[self.kpi].name, reverse("console:kpi", args=[self.kpi.value]))
        place = [Crumb("Every facility", self._part_url(self.kwargs["part"], ""))] if self.facility else []
        return [Crumb("KPIs", reverse("console:kpis")), page, *place, Crumb(self.facility or "Rows")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A number that counts several kinds of rows has a tab for each."""
        found = self._proofs()
        tabs = [
            Tab(proof.label, self._part_url(part, self.facility), current=part == self.kwargs["part"])
            for part, proof in enumerate(found)
        ]
        return super().get_context_data(tabs=tabs if len(tabs) > 1 else [], **kwargs)

    def _part_url(self, part: int, facility: str) -> str:
        return rows_url(BY_KPI[self.kpi], part, facility)
