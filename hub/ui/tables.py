"""Tables: columns and rows turned into what `ui/_table.html` draws. Also for tables that are no list page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from hub.ui.columns import Column

_CELL = '<td class="{}">{}</td>'


@dataclass(frozen=True, slots=True)
class Heading:
    label: str
    css: str
    hide_label: bool
    #: What to put into `sort` to order by this column; empty where it does not sort.
    sort: str
    #: "ascending", "descending" or empty, as aria-sort wants it.
    direction: str


@dataclass(frozen=True, slots=True)
class TableRow:
    key: str
    #: The cells, drawn here and not in the template, where looping over them took half the time of a page.
    html: SafeString
    tone: str
    #: Where its summary is fetched from for the pane beside the list; empty for none.
    preview: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    headings: list[Heading]
    rows: list[TableRow]


def build_table(
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    order: str = "",
    tone: Callable[[Any], str] = lambda row: "",
    preview: Callable[[Any], str] = lambda row: "",
) -> Table:
    """Draw `rows`. `order` is the field in force, with `-` for descending; without it no heading sorts."""
    headings = [_heading(column, order) for column in columns]
    drawn = [
        TableRow(
            key=str(getattr(row, "pk", index)),
            html=format_html_join("", _CELL, ((column.css_class, column.draw(row)) for column in columns)),
            tone=tone(row),
            preview=preview(row),
        )
        for index, row in enumerate(rows)
    ]
    return Table(headings, drawn)


def _heading(column: Column, order: str) -> Heading:
    if not column.sort or not order:
        return Heading(column.label, column.css_class, column.hide_label, "", "")
    if column.sort != order.removeprefix("-"):
        return Heading(column.label, column.css_class, column.hide_label, column.key, "")
    if order.startswith("-"):
        return Heading(column.label, column.css_class, column.hide_label, column.key, "descending")
    return Heading(column.label, column.css_class, column.hide_label, f"-{column.key}", "ascending")
