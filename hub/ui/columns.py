"""Columns: what a list shows, declared once for the page, for the sort links and for the export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from hub.ui import format as look
from hub.ui.badges import ToneChoices, badge_for

Accessor = str | Callable[[Any], Any]


class Kind(StrEnum):
    """How a value is drawn and aligned."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    MONEY = "money"
    BADGE = "badge"
    AGE = "age"
    WHEN = "when"
    PERSON = "person"
    FLAG = "flag"
    HTML = "html"  # the accessor returns safe HTML itself (a chart); never exported unless `export` says how


_RIGHT = {Kind.NUMBER, Kind.MONEY}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a list.

    `value` is a dotted path (`facility.name`) or a function of the row, and defaults to `key`. `sort` is the
    order field (`facility__name`, an annotation); empty means the column does not sort. `link` makes the cell
    the row's main link. `sub` is a second, quieter line.
    """

    key: str
    label: str
    value: Accessor = ""
    kind: Kind = Kind.TEXT
    sort: str = ""
    link: Callable[[Any], str] | None = None
    sub: Accessor | None = None
    choices: type[ToneChoices] | str | None = None
    currency: Accessor | None = None
    export: Accessor | None = None
    css: str = ""
    hide_label: bool = False
    #: Steps back while a pane beside the list takes room; the pane says it.
    spare: bool = False
    #: Shown only to those who chose it.
    extra: bool = False

    @property
    def css_class(self) -> str:
        aligned = "num" if self.kind in _RIGHT else ""
        main = "cell-main" if self.link else ""
        return " ".join(filter(None, (aligned, main, self.css, "cell-spare" if self.spare else "")))

    def read(self, row: Any) -> Any:
        return resolve(self.value or self.key, row)

    def draw(self, row: Any) -> SafeString:
        shown = self._draw_value(row)
        if self.link and (url := self.link(row)):
            shown = format_html('<a href="{}" data-row-link>{}</a>', url, shown)
        if self.sub is not None and (quiet := resolve(self.sub, row)) not in (None, ""):
            shown = format_html('{}<span class="cell-sub">{}</span>', shown, quiet)
        return shown

    def _draw_value(self, row: Any) -> SafeString:
        value = self.read(row)
        if value is None or value == "":
            return look.person("") if self.kind is Kind.PERSON else look.NOTHING
        if self.kind is Kind.MONEY:
            return look.money(value, self._currency(row))
        if self.kind is Kind.BADGE:
            return look.badge(badge_for(value, self.choices))
        return _DRAWINGS[self.kind](value)

    def text(self, row: Any) -> str:
        """The cell as the export writes it: plain, complete, without thousands separators."""
        value = self.read(row) if self.export is None else resolve(self.export, row)
        if value is None:
            return ""
        if self.kind is Kind.BADGE and self.export is None:
            return badge_for(value, self.choices).label
        if isinstance(value, datetime):
            return look.exact_text(value)
        return value.isoformat() if isinstance(value, date) else str(value)

    def _currency(self, row: Any) -> str:
        return "USD" if self.currency is None else str(resolve(self.currency, row))


def resolve(accessor: Accessor, row: Any) -> Any:
    """Follow a dotted path over attributes and keys, or call a function; a None on the way ends it."""
    if callable(accessor):
        return accessor(row)
    return reduce(_step, accessor.split("."), row)


def _step(found: Any, name: str) -> Any:
    if found is None:
        return None
    if isinstance(found, Mapping):
        return found.get(name)
    value = getattr(found, name)
    return value() if callable(value) and not hasattr(value, "_value_") else value


_DRAWINGS: dict[Kind, Callable[[Any], SafeString]] = {
    Kind.TEXT: lambda value: conditional_escape(value),
    Kind.HTML: lambda value: conditional_escape(value),
    Kind.CODE: lambda value: format_html("<code>{}</code>", value),
    Kind.NUMBER: look.number,
    Kind.AGE: look.age,
    Kind.WHEN: look.when,
    Kind.PERSON: lambda value: look.person(str(value)),
    Kind.FLAG: lambda value: format_html(
        '{}<span class="visually-hidden">{}</span>', look.icon("check" if value else "minus"), "Yes" if value else "No"
    ),
}
