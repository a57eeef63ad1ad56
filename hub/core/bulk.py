"""Writing many rows with one statement.

Django's `bulk_update` builds a CASE per field and row, and `bulk_create` prepares every value in several calls: for a
batch of a hundred rows that costs more than the writing itself. Here the values travel as one array per column, in a
statement that PostgreSQL has prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import connection
from django.db.models import Field, Model

from hub.core.prepared import hot_cursor

if TYPE_CHECKING:
    AnyField = Field[Any, Any]


def insert_rows(rows: Sequence[Model], *, keep_first: bool = False) -> int:
    """Insert `rows`, all of one model; returns how many were. Like `bulk_create`, it sends no signals.

    `keep_first` leaves out rows whose unique values are taken. Ids that the database gives are not read back.
    """
    if not rows:
        return 0
    columns, statement = _insertion(type(rows[0]), keep_first)
    with hot_cursor() as cursor:
        inserted = cursor.run(statement, _arrays(columns, rows)).rowcount
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return inserted


def upsert_rows(rows: Sequence[Model], *, unique: tuple[str, ...], fields: tuple[str, ...]) -> None:
    """Insert `rows`, all of one model; one whose `unique` columns are taken gives the standing row its `fields`.

    No two of the rows may be alike in `unique`. A standing row that says the same already is not written.
    """
    if not rows:
        return
    columns, statement = _upsertion(type(rows[0]), unique, fields)
    with hot_cursor() as cursor:
        cursor.run(statement, _arrays(columns, rows))


def update_rows(rows: Sequence[Model], fields: tuple[str, ...]) -> int:
    """Write `fields` of `rows`, all of one model with a single-column primary key; returns the rows changed."""
    if not rows:
        return 0
    columns, statement = _update(type(rows[0]), fields)
    with hot_cursor() as cursor:
        return cursor.run(statement, _arrays(columns, rows)).rowcount


Column = tuple[str, Callable[[Any], str]]


def _arrays(columns: Sequence[Column], rows: Sequence[Model]) -> list[str]:
    """One array a column, in PostgreSQL's own notation, where every value may be quoted."""
    arrays = []
    for name, text in columns:
        values = [getattr(row, name) for row in rows]
        arrays.append("{" + ",".join("NULL" if value is None else _quoted(text(value)) for value in values) + "}")
    return arrays


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _insertion(model: type[Model], keep_first: bool) -> tuple[list[Column], str]:
    return _insert(model, " ON CONFLICT DO NOTHING" if keep_first else "")


@cache
def _upsertion(model: type[Model], unique: tuple[str, ...], names: tuple[str, ...]) -> tuple[list[Column], str]:
    taken = ", ".join(_name(model._meta.get_field(name)) for name in unique)  # type: ignore[arg-type]
    fields = [_name(model._meta.get_field(name)) for name in names]  # type: ignore[arg-type]
    standing, fresh = (", ".join(f"{row}.{field}" for field in fields) for row in ("standing", "excluded"))
    assigned = ", ".join(f"{field} = excluded.{field}" for field in fields)
    conflict = f" ON CONFLICT ({taken}) DO UPDATE SET {assigned} WHERE ({standing}) IS DISTINCT FROM ({fresh})"
    return _insert(model, conflict)


def _insert(model: type[Model], conflict: str) -> tuple[list[Column], str]:
    fields = [field for field in model._meta.concrete_fields if not field.db_returning]
    names = ", ".join(_name(field) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    chosen = ", ".join(_cast(field) for field in fields)
    return (
        [_column(field) for field in fields],
        f"INSERT INTO {table} AS standing ({names}) SELECT {chosen}"  # noqa: S608 - names of our own models
        f" FROM unnest({_parameters(fields)}) AS fresh ({names}){conflict}",
    )


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> tuple[list[Column], str]:
    key = model._meta.pk
    fields: list[AnyField] = [key, *(model._meta.get_field(name) for name in names)]  # type: ignore[list-item]
    assigned = ", ".join(f"{_name(field)} = {_cast(field)}" for field in fields[1:])
    table = connection.ops.quote_name(model._meta.db_table)
    return (
        [_column(field) for field in fields],
        f"UPDATE {table} AS standing SET {assigned}"  # noqa: S608 - names of our own models
        f" FROM unnest({_parameters(fields)}) AS fresh ({', '.join(map(_name, fields))})"
        f" WHERE standing.{_name(key)} = fresh.{_name(key)}",
    )


def _column(field: AnyField) -> Column:
    """The attribute of a row, and how its values are written."""
    return field.attname, {"jsonb": _json, "bytea": _hex}.get(_db_type(field), str)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _hex(value: bytes | memoryview) -> str:
    return "\\x" + value.hex()


def _name(field: AnyField) -> str:
    return connection.ops.quote_name(str(field.column))


def _parameters(fields: Sequence[AnyField]) -> str:
    return ", ".join(f"%s::{_carried(field)}[]" for field in fields)


def _carried(field: AnyField) -> str:
    """Documents travel as text: as jsonb each would be parsed with the array and again where it is set."""
    kind = _db_type(field)
    return "text" if kind == "jsonb" else kind


def _cast(field: AnyField) -> str:
    return f"fresh.{_name(field)}{'::jsonb' if _db_type(field) == 'jsonb' else ''}"


def _db_type(field: AnyField) -> str:
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return str(kind)
