"""Mappings: the list, one mapping with its impact, use and history, and one of its earlier versions."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from hub.console.bulk_mappings import MAPPING_ACTIONS
from hub.console.filters.mappings import RULES, WAITS, MappingFilter
from hub.console.guard import Guarded
from hub.console.links import mapping_url
from hub.console.mapping_deeds import deeds, list_deeds, propose_url
from hub.console.mapping_files import FORMATS, download
from hub.console.selectors import mappings as reads
from hub.console.selectors.mapping_impact import impact
from hub.console.selectors.mapping_use import use_of
from hub.console.selectors.people import with_names
from hub.console.tables.mappings import (
    MAPPING_COLUMNS,
    MISSING_COLUMNS,
    PLACE_COLUMNS,
    RELATED_COLUMNS,
    RULED_COLUMNS,
    domain_name,
    history_items,
    life_badge,
    mapping_facts,
    version_lines,
)
from hub.core.clock import now
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata import selectors
from hub.masterdata.domains import policy_of
from hub.masterdata.mapping_csv import export_mappings
from hub.masterdata.models import Mapping, Match
from hub.masterdata.states import WAITING, MappingState
from hub.ui.badges import Badge
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty
from hub.ui.payload import side_by_side
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
        return with_names(selectors.mappings(self.who), "proposed_by")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """An export holds what an import reads, whatever columns are shown."""
        if request.GET.get("export") not in FORMATS:
            return super().get(request, *args, **kwargs)
        rows = export_mappings(self.filtered().order_by("domain", "system", "facility", "local_code", "pk"))
        return download(rows, name=f"mappings-{now():%Y-%m-%d}", kind=request.GET["export"])

    def get_presets(self) -> list[Preset]:
        return [
            Preset("All"),
            Preset("To decide", f"state={WAITS}"),
            Preset("In effect", "state=effective"),
            Preset("Rules", f"match={RULES}"),
        ]

    def get_actions(self) -> list[Action]:
        return list_deeds(self.who)


class MappingPage(Guarded, DetailView):
    needs = Permission.VIEW_MAPPINGS
    nav = "mappings"
    object: Mapping

    def get_queryset(self) -> QuerySet[Mapping]:
        return with_names(selectors.mappings(self.who), "proposed_by", "reviewed_by", "decided_by")

    def get_title(self) -> str:
        if self.object.match == Match.DEFAULT:
            return f"Any other code means {self.object.canonical_code}"
        return f"{self.object.local_code} means {self.object.canonical_code}"

    def get_lead(self) -> str:
        return reads.canonical_name(self.object)

    def get_badge(self) -> Badge:
        return life_badge(self.object)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Mappings", reverse("console:mappings")), Crumb(self.object.local_code)]

    def get_meta(self) -> list[Fact]:
        return [Fact("a", domain_name(self.object).lower()), Fact("of", self.object.system)]

    def get_facts(self) -> list[Fact]:
        return mapping_facts(self.object, policy_of(self.object.domain))

    def get_actions(self) -> list[Action]:
        return deeds(self.who, self.object)

    def get_panels(self) -> list[Panel]:
        story = {"entries": history_items(self.object, selectors.history(self.object))}
        return [
            *self._impact(),
            *([self._use()] if self.object.state == MappingState.APPROVED else []),
            Panel("History", "ui/_timeline.html", story, icon="history"),
            *self._related(),
        ]

    def _impact(self) -> list[Panel]:
        """Before the approval, what it would do; afterwards what waits for it still, if anything does."""
        if self.object.state not in (MappingState.APPROVED, *WAITING):
            return []
        found = impact(self.who, self.object)
        waits = self.object.state in WAITING
        if not waits and not found.waits:
            return []
        shown = {"impact": found, "table": build_table(MISSING_COLUMNS, found.cases)}
        title = "What its approval does" if waits else "What waits for it"
        return [Panel(title, "console/mappings/_impact.html", shown, icon="inbox", flush=True, tone="accent")]

    def _use(self) -> Panel:
        found = use_of(self.who, self.object)
        is_rule = self.object.match != Match.EXACT
        rows = build_table(RULED_COLUMNS, found.codes) if is_rule else build_table(PLACE_COLUMNS, found.places)
        shown = {"use": found, "is_rule": is_rule, "table": rows}
        return Panel("Where it is used", "console/mappings/_use.html", shown, icon="map-pin", flush=True)

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


class MappingVersion(Guarded, DetailView):
    """A mapping as it stood once, beside what it is now; it can be proposed again, and nothing is rewritten."""

    needs = Permission.VIEW_MAPPINGS
    nav = "mappings"
    object: Mapping

    def get_queryset(self) -> QuerySet[Mapping]:
        return selectors.mappings(self.who)

    @cached_property
    def version(self) -> Mapping:
        found = selectors.version_of(self.object, self.kwargs["entry"])
        if found is None:
            raise Http404
        return found

    def get_title(self) -> str:
        return f"{self.object.local_code} as it stood"

    def get_badge(self) -> Badge:
        return life_badge(self.version)

    def get_crumbs(self) -> list[Crumb]:
        return [
            Crumb("Mappings", reverse("console:mappings")),
            Crumb(self.object.local_code, mapping_url(self.object)),
            Crumb("Version"),
        ]

    def get_facts(self) -> list[Fact]:
        return mapping_facts(self.version, policy_of(self.object.domain))

    def get_actions(self) -> list[Action]:
        if not access.may(self.who, Permission.PROPOSE_MAPPINGS, self.object.facility):
            return []
        note = f"as version {self.version.version} of mapping {self.object.pk}"
        return [Action("Propose this again", propose_url(self.version, note=note, days=True), "undo-2", primary=True)]

    def get_panels(self) -> list[Panel]:
        rows = side_by_side(version_lines(self.version), version_lines(self.object))
        context = {"rows": rows, "left_label": "As it stood", "right_label": "Now"}
        return [Panel("What has changed since", "ui/_diff.html", context, icon="file-diff", flush=True)]
