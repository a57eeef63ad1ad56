"""The generic list page: scope, filters, any sort, keyset pages, export and bulk actions from declarations.

A list in ten lines stands in README.md. Everything a reader chose (filters, sort, position) is in the URL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django_filters import FilterSet

from hub.ui import export
from hub.ui.bulk import BulkAction, BulkRequest
from hub.ui.columns import Column
from hub.ui.keyset import Page, paginate
from hub.ui.pages import Empty, PageView, is_htmx
from hub.ui.saved_views import PLAIN, KeepRequest, Kept, kept, shown
from hub.ui.tables import Table, build_table

#: Query parameters of the list itself; all others belong to the filters.
OWN_PARAMETERS = frozenset({"sort", "cursor", "export", "view"})


@dataclass(frozen=True, slots=True)
class Preset:
    """A ready-made view of the list, shown as a tab: `query` is what it puts into the URL (`state=open&mine=on`).

    `count` is how many rows it shows, as text ("1,204", "1,000+"); from a tally or a scan with a limit.
    """

    label: str
    query: str = ""
    count: str = ""
    current: bool = False


class ListView(PageView):
    template_name = "ui/list.html"
    table_template: ClassVar[str] = "ui/_table_part.html"

    columns: ClassVar[Sequence[Column]] = ()
    filterset_class: ClassVar[type[FilterSet] | None] = None
    #: The order without a choice: a field or annotation, `-` for descending.
    order: ClassVar[str] = "-pk"
    page_size: ClassVar[int] = 50
    #: What one row is, for "3 new cases".
    row_name: ClassVar[str] = "row"
    empty: ClassVar[Empty] = Empty("Nothing here yet", icon="inbox")
    bulk_actions: ClassVar[Sequence[BulkAction]] = ()
    exportable: ClassVar[bool] = True
    #: Whether a pane beside the list can show the current row; `preview_url` says from where.
    has_preview: ClassVar[bool] = False

    # --- what a page overrides ------------------------------------------------------------------------------
    def get_queryset(self) -> QuerySet[Any]:
        """The rows this person may see at all. Everything else on the page only narrows it."""
        raise NotImplementedError(f"{type(self).__name__} does not say which rows it lists")

    def get_columns(self) -> Sequence[Column]:
        return self.columns

    def get_page_columns(self) -> Sequence[Column]:
        """The same columns where drawing them needs something read for the rows of this page."""
        return self.get_columns()

    def get_presets(self) -> list[Preset]:
        return []

    def get_bulk_actions(self) -> list[BulkAction]:
        return [action for action in self.bulk_actions if action.permitted(self.request)]

    def row_tone(self, row: Any) -> str:
        """A tone for the whole row; rarely needed, since its badge has one."""
        return ""

    def preview_url(self, row: Any) -> str:
        """The address of a row's summary (a fragment of hub.ui.previews.Preview), for lists with `has_preview`."""
        return ""

    def on_export(self) -> None:
        """Called before an export leaves; the place to audit it or to refuse it."""

    # --- requests -------------------------------------------------------------------------------------------
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        if self.exportable and (respond := export.RESPONSES.get(request.GET.get("export", ""))):
            self.on_export()
            rows = self.ordered(self.filtered())
            return respond(self.shown_columns(), rows, name=self.get_title())
        if not request.GET and not is_htmx(request) and (first := self.kept.first) is not None and first.query:
            return HttpResponseRedirect(f"{request.path}?{first.query}")
        self.page: Page[Any] = paginate(
            self.filtered(), order=self.chosen_order(), size=self.page_size, cursor=request.GET.get("cursor", "")
        )
        context = self.get_context_data(**kwargs)
        if is_htmx(request) and request.headers.get("HX-Target") == "table":
            return self.response_class(request, [self.table_template], context)
        return self.render_to_response(context)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep a view or the columns, or run a bulk action on the chosen rows, or on all that the filters let by."""
        if "keep" in request.POST:
            return KeepRequest(self, request).answer()
        return BulkRequest(self, request).answer()

    # --- the pieces -----------------------------------------------------------------------------------------
    @property
    def filterset(self) -> FilterSet | None:
        if self.filterset_class is None:
            return None
        if not hasattr(self, "_filterset"):
            self._filterset = self.filterset_class(self.request.GET, queryset=self.get_queryset(), request=self.request)
        return self._filterset

    def filtered(self) -> QuerySet[Any]:
        filterset = self.filterset
        return self.get_queryset() if filterset is None else filterset.qs

    def filter_names(self) -> set[str]:
        """The query parameters that its filters read."""
        return set(self.filterset.form.fields) if self.filterset is not None else set()

    @property
    def key(self) -> str:
        """What the list is known by: the name of its address."""
        match = self.request.resolver_match
        return match.view_name if match is not None else type(self).__name__

    @cached_property
    def kept(self) -> Kept:
        return kept(self.request.user, self.key)

    def shown_columns(self) -> list[Column]:
        return shown(self.get_columns(), self.kept.columns)

    def _column_choices(self) -> list[tuple[Column, bool]]:
        """Every column, and whether it is shown."""
        keys = {column.key for column in self.shown_columns()}
        return [(column, column.key in keys) for column in self.get_columns()]

    def all_presets(self) -> list[Preset]:
        """The list's own tabs, then what people kept; none where there is neither.

        The plain list stays reachable where it opens with a view.
        """
        presets = self.get_presets()
        if not presets and not self.kept.views:
            return []
        plain = PLAIN if self.kept.first else ""
        own = [replace(preset, query=preset.query or plain) for preset in presets or [Preset("All")]]
        every = [*own, *(Preset(view.name, view.query or PLAIN) for view in self.kept.views)]
        chosen = self.request.GET.copy()
        chosen.pop("cursor", None)
        return [replace(preset, current=preset.query == chosen.urlencode()) for preset in every]

    def chosen_order(self) -> str:
        """The sort of the URL, if a column declares it; anything else falls back to the list's own order."""
        chosen = self.request.GET.get("sort", "")
        fields = {column.key: column.sort for column in self.get_columns() if column.sort}
        field = fields.get(chosen.removeprefix("-"))
        if field is None:
            return self.order
        return f"-{field}" if chosen.startswith("-") else field

    def ordered(self, queryset: QuerySet[Any]) -> QuerySet[Model]:
        order = self.chosen_order()
        return queryset.order_by(order, "-pk" if order.startswith("-") else "pk")

    def is_filtered(self) -> bool:
        return any(value and name not in OWN_PARAMETERS for name, value in self.request.GET.items())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            table=self.build_table(),
            filterset=self.filterset,
            filtering=self.is_filtered(),
            presets=self.all_presets(),
            kept=self.kept,
            column_choices=self._column_choices(),
            empty=self.empty,
            bulk_actions=self.get_bulk_actions(),
            exportable=self.exportable,
            row_name=self.row_name,
            has_preview=self.has_preview,
            split=self.has_preview and self.request.COOKIES.get("split") == "on",
            page=self.page,
            **kwargs,
        )

    def build_table(self) -> Table:
        columns = shown(self.get_page_columns(), self.kept.columns)
        preview = self.preview_url if self.has_preview else _no_preview
        return build_table(columns, self.page.rows, order=self.chosen_order(), tone=self.row_tone, preview=preview)


def _no_preview(row: Any) -> str:
    return ""
