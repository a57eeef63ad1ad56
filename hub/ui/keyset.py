"""Keyset pagination: a page costs the same at a million rows as at a hundred, and nothing is counted.

The order is one field plus the primary key. A cursor holds the edge row's position, encrypted: it is opaque,
cannot be forged, and puts no value of a row into a URL. A cursor that does not open, or that belongs to another
order, leads to the first page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from hub.core.crypto import Vault
from hub.core.errors import ConfigurationFault

Row = TypeVar("Row", bound=Model)


class Side(StrEnum):
    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    #: Cursors of the neighbours; empty where there is none.
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class _Order:
    """`-opened_at`: by that field, newest first, equal ones by primary key in the same direction."""

    field: str
    descending: bool

    @classmethod
    def read(cls, order: str) -> _Order:
        return cls(order.removeprefix("-"), order.startswith("-"))

    @property
    def by_key_only(self) -> bool:
        return self.field in {"pk", "id"}

    def flipped(self) -> _Order:
        return _Order(self.field, not self.descending)

    def apply(self, queryset: QuerySet[Row]) -> QuerySet[Row]:
        sign = "-" if self.descending else ""
        fields = ("pk",) if self.by_key_only else (self.field, "pk")
        return queryset.order_by(*(f"{sign}{field}" for field in fields))


def paginate(queryset: QuerySet[Row], *, order: str, size: int, cursor: str = "") -> Page[Row]:
    """One page of `queryset` in `order`, at `cursor` (from an earlier page; empty for the first).

    `order` names a field, a related field or an annotation, with `-` for descending. NULLs stand where
    PostgreSQL puts them: last ascending, first descending.
    """
    position = _open(cursor, order)
    wanted = _Order.read(order)
    if position is None:
        rows = list(wanted.apply(queryset)[: size + 1])
        return _page(rows[:size], order, has_previous=False, has_next=len(rows) > size)
    side, value, key = position
    walk = wanted if side is Side.AFTER else wanted.flipped()
    rows = _walk(queryset, walk, value, key, size + 1)
    more, rows = len(rows) > size, rows[:size]
    if side is Side.AFTER:
        return _page(rows, order, has_previous=True, has_next=more)
    if not more:
        # The start is in sight: show a whole first page instead of the few rows left before it.
        return paginate(queryset, order=order, size=size)
    return _page(rows[::-1], order, has_previous=True, has_next=True)


def _page(rows: list[Row], order: str, *, has_previous: bool, has_next: bool) -> Page[Row]:
    return Page(
        rows,
        previous=_seal(rows[0], order, Side.BEFORE) if has_previous and rows else "",
        next=_seal(rows[-1], order, Side.AFTER) if has_next and rows else "",
    )


def _walk(queryset: QuerySet[Row], walk: _Order, value: Any, key: Any, most: int) -> list[Row]:
    """Up to `most` rows that follow the position (value, key) on the way `walk` goes.

    Rows without a value are a stretch of their own, read only where the other one ends: asked for both at once,
    PostgreSQL would read everything before the position and throw it away.
    """
    rows: list[Row] = []
    for beyond in _stretches(queryset, walk, value, key):
        if len(rows) < most:
            rows += walk.apply(queryset).filter(beyond)[: most - len(rows)]
    return rows


def _stretches(queryset: QuerySet[Row], walk: _Order, value: Any, key: Any) -> list[Q]:
    """What lies beyond the position, in the order in which it is passed."""
    beyond_key = Q(**{f"pk__{'lt' if walk.descending else 'gt'}": key})
    if walk.by_key_only:
        return [beyond_key]
    is_null = Q(**{f"{walk.field}__isnull": True})
    if value is None:
        return [is_null & beyond_key, ~is_null] if walk.descending else [is_null & beyond_key]
    # A row comparison, since PostgreSQL answers it from one composite index.
    compare = TupleLessThan if walk.descending else TupleGreaterThan
    beyond = Q(compare(Tuple(F(walk.field), F("pk")), (value, key)))
    return [beyond] if walk.descending or not _nullable(queryset, walk.field) else [beyond, is_null]


def _nullable(queryset: QuerySet[Row], path: str) -> bool:
    """Whether `path` can be NULL. An annotation counts as nullable: nothing says it is not."""
    model: Any = queryset.model
    if path in queryset.query.annotations:
        return True
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return True
        if field.null:
            return True
        model = field.related_model
    return False


# --- cursors ------------------------------------------------------------------------------------------------
_READERS: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "Decimal": Decimal,
    "UUID": UUID,
    "int": int,
    "float": float,
    "bool": lambda text: text == "True",
    "str": str,
}


def _seal(row: Model, order: str, side: Side) -> str:
    value: Any = row
    for name in _Order.read(order).field.split("__"):
        value = getattr(value, name, None)
    position = [order, side.value, _write(value), _write(row.pk)]
    return _vault().seal(json.dumps(position).encode()).decode().rstrip("=")


def _open(cursor: str, order: str) -> tuple[Side, Any, Any] | None:
    if not cursor:
        return None
    try:
        sealed = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        made_for, side, value, key = json.loads(_vault().open(sealed))
    except (ConfigurationFault, UnicodeEncodeError):
        return None
    if made_for != order:
        return None
    return Side(side), _read(value), _read(key)


def _write(value: Any) -> list[str] | None:
    if value is None:
        return None
    kind = next((kind for kind in _READERS if kind == type(value).__name__), "str")
    text = value.isoformat() if isinstance(value, date) else str(value)
    return [kind, text]


def _read(written: list[str] | None) -> Any:
    return None if written is None else _READERS[written[0]](written[1])


def _vault() -> Vault:
    return Vault(settings.HUB_PAYLOAD_KEYS)
