"""Coverage: how much of what systems send has a meaning, what is missing by what it holds, and what nobody uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from exceptions.models import Case
from hub.console.bulk_unmapped import UNMAPPED_ACTIONS
from hub.console.filters.coverage import NeverSeenFilter, UnmappedFilter, UnusedFilter
from hub.console.guard import Guarded
from hub.console.selectors import coverage as reads
from hub.console.selectors.places import system_choices
from hub.console.tables.coverage import (
    CELL_COLUMNS,
    NEVER_SEEN_COLUMNS,
    UNUSED_COLUMNS,
    cell_table_rows,
    code_columns,
    label_of,
    matrix_columns,
    overview_stats,
    unmapped_columns,
)
from hub.console.words import place_name
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata import coverage
from hub.masterdata.code_models import LocalCode
from hub.masterdata.models import Mapping
from hub.ui import export
from hub.ui.columns import Column
from hub.ui.details import Tab
from hub.ui.lists import ListView
from hub.ui.pages import Crumb, Empty, PageView
from hub.ui.tables import build_table

#: How far back the counts are read; the first is the default.
SPANS = (90, 7, 30)
#: Codes of one cell on its page; the most pressing come first.
_MOST_CODES = 300
_Row = TypeVar("_Row")


class _Rows(Generic[_Row]):
    """Rows in memory, as an export reads a queryset."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows

    def iterator(self, chunk_size: int = 0) -> Iterator[_Row]:
        return iter(self._rows)


class Covering(Guarded):
    """What the coverage pages share."""

    needs = Permission.VIEW_MAPPINGS
    nav = "mappings"
    here: str

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Mappings", reverse("console:mappings")), Crumb("Coverage")]

    @property
    def days(self) -> int:
        asked = self.request.GET.get("days", "")
        return int(asked) if asked.isascii() and asked.isdecimal() and int(asked[:4]) in SPANS else SPANS[0]

    @property
    def may_propose(self) -> bool:
        return access.may(self.request.user, Permission.PROPOSE_MAPPINGS)

    def places(self) -> list[Tab]:
        """The pages of coverage."""
        found = [("Facility by system", "mapping-coverage")]
        if access.may(self.request.user, Permission.VIEW_CASES):
            found.append(("Unmapped, by what it holds", "coverage-unmapped"))
        found += [("Expected, never seen", "coverage-never-seen"), ("Mapped, not used", "coverage-unused")]
        return [Tab(label, reverse(f"console:{name}"), name == self.here) for label, name in found]

    def downloads(self, columns: Sequence[Column], rows: Sequence[Any], name: str) -> HttpResponseBase | None:
        respond = export.RESPONSES.get(self.request.GET.get("export", ""))
        return respond(columns, cast(Any, _Rows(rows)), name=name) if respond is not None else None

    def link(self, **changes: Any) -> str:
        kept = {
            name: value for name, value in self.request.GET.items() if name in ("domain", "days", "facility", "system")
        }
        return "?" + urlencode({name: value for name, value in {**kept, **changes}.items() if value != ""})


class CoverageMatrix(Covering, PageView):
    title = "Coverage"
    lead = "Of the codes that systems sent, how many mean something, weighted by how often they came."
    template_name = "console/mappings/coverage.html"
    here = "mapping-coverage"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        self.found = reads.overview(self.who, domain=request.GET.get("domain", ""), days=self.days)
        download = self.downloads(CELL_COLUMNS, cell_table_rows(self.found), "Coverage")
        return download or super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, days = self.found, self.days
        domains = [("Every domain", ""), *((label_of(name), name) for name in found.domains)]
        return super().get_context_data(
            places=self.places(),
            stats=overview_stats(found, days),
            table=build_table(matrix_columns(found, days), found.rows),
            tabs=[Tab(label, self.link(domain=name), name == found.domain) for label, name in domains],
            spans=[Tab(f"{span} days", self.link(days=span), span == days) for span in sorted(SPANS)],
            exports=[(kind, self.link(export=kind)) for kind in ("csv", "xlsx")],
            empty=Empty("No codes yet", "What systems send is counted from their first message on.", "table-2"),
            **kwargs,
        )


class CoverageCell(Covering, PageView):
    """The codes of one facility, system and domain."""

    template_name = "console/mappings/coverage_cell.html"
    here = "mapping-coverage"

    @property
    def chosen(self) -> dict[str, str]:
        asked = {name: self.request.GET.get(name, "")[:40] for name in ("facility", "system", "domain")}
        return {name: value if value.isprintable() else "" for name, value in asked.items()}

    def get_title(self) -> str:
        system = dict(system_choices()).get(self.chosen["system"], "a system")
        return f"{label_of(self.chosen['domain']) or 'Every domain'} of {system}, {place_name(self.chosen['facility'])}"

    def get_crumbs(self) -> list[Crumb]:
        back = reverse("console:mapping-coverage")
        return [Crumb("Mappings", reverse("console:mappings")), Crumb("Coverage", back), Crumb("Codes")]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        most = 20_000 if "export" in request.GET else _MOST_CODES
        self.rows = reads.cell_rows(self.who, **self.chosen, days=self.days, most=most)
        columns = code_columns(may_propose=False)
        return self.downloads(columns, self.rows, "Codes") or super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            table=build_table(code_columns(may_propose=self.may_propose), self.rows),
            most=_MOST_CODES if len(self.rows) == _MOST_CODES else 0,
            days=self.days,
            spans=[Tab(f"{span} days", self.link(days=span), span == self.days) for span in sorted(SPANS)],
            exports=[(kind, self.link(export=kind)) for kind in ("csv", "xlsx")],
            empty=Empty("No such codes", "Nothing of this kind came in these days, and none is expected.", "table-2"),
            **kwargs,
        )


class _CoverageList(Covering, ListView):
    template_name = "console/mappings/coverage_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(places=self.places(), **kwargs)


class Unmapped(_CoverageList):
    needs = Permission.VIEW_CASES
    title = "Unmapped codes"
    lead = "Codes that hold work, the most dollars first, with what they probably mean and why."
    order = "-amount"
    filterset_class = UnmappedFilter
    bulk_actions = UNMAPPED_ACTIONS
    here = "coverage-unmapped"
    empty = Empty("No work waits for a code", "Everything that came has a meaning.", "circle-check")

    def permitted(self, request: HttpRequest) -> bool:
        return super().permitted(request) and access.may(request.user, Permission.VIEW_MAPPINGS)

    def get_queryset(self) -> QuerySet[Case]:
        return reads.unmapped(self.who)

    def get_columns(self) -> Sequence[Column]:
        return unmapped_columns({}, may_propose=self.may_propose)

    def get_page_columns(self) -> Sequence[Column]:
        return unmapped_columns(reads.suggestions_of(self.page.rows), may_propose=self.may_propose)


class NeverSeen(_CoverageList):
    title = "Expected, never seen"
    lead = "Codes on the lists that systems' owners gave which no message brought."
    order = "local_code"
    filterset_class = NeverSeenFilter
    columns = NEVER_SEEN_COLUMNS
    here = "coverage-never-seen"
    empty = Empty("Every listed code came", "Or no list was given yet.", "circle-check")

    def get_queryset(self) -> QuerySet[LocalCode]:
        return coverage.never_seen(self.who)


class Unused(_CoverageList):
    title = "Mapped, not used"
    lead = "Mappings in effect whose code did not come for 90 days: perhaps retired at the other end, perhaps mistyped."
    order = "local_code"
    filterset_class = UnusedFilter
    columns = UNUSED_COLUMNS
    here = "coverage-unused"
    empty = Empty("Every mapping is used", icon="circle-check")

    #: Days without the code. House default.
    silence = 90

    def get_queryset(self) -> QuerySet[Mapping]:
        return coverage.unused_mappings(self.who, days=self.silence)
