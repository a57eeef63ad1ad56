"""Updating many rows with one statement.

Django's `bulk_update` builds a CASE per field and row: for a batch of a hundred rows that costs more than the
update itself. Here the new values travel as arrays, one per column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from django.db import connection
from django.db.models import Field, Model


def update_rows(rows: Sequence[Model], fields: tuple[str, ...]) -> int:
    """Write `fields` of `rows`, all of one model with a single-column primary key; returns the rows changed."""
    if not rows:
        return 0
    model = type(rows[0])
    columns = _columns(model, fields)
    arrays = [[_value(field, row) for row in rows] for field in columns]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, fields), arrays)
        return int(cursor.rowcount)


def _columns(model: type[Model], fields: tuple[str, ...]) -> list[Field]:  # type: ignore[type-arg]
    return [model._meta.pk, *(model._meta.get_field(name) for name in fields)]  # type: ignore[list-item]


def _value(field: Field, row: Model) -> object:  # type: ignore[type-arg]
    return field.get_db_prep_save(getattr(row, field.attname), connection)


@cache
def _statement(model: type[Model], fields: tuple[str, ...]) -> str:
    columns = _columns(model, fields)
    quote = connection.ops.quote_name
    names = [quote(str(field.column)) for field in columns]
    # A jsonb array would need each document quoted twice; as text it is cast where it is set.
    types = [_db_type(field) for field in columns]
    carried = ["text" if kind == "jsonb" else kind for kind in types]
    assigned = ", ".join(
        f"{name} = fresh.{name}{'::jsonb' if kind == 'jsonb' else ''}"
        for name, kind in zip(names[1:], types[1:], strict=True)
    )
    arrays = ", ".join(f"%s::{kind}[]" for kind in carried)
    table = quote(model._meta.db_table)
    return (
        f"UPDATE {table} AS standing SET {assigned}"  # noqa: S608 - names of our own models
        f" FROM unnest({arrays}) AS fresh ({', '.join(names)}) WHERE standing.{names[0]} = fresh.{names[0]}"
    )


def _db_type(field: Field) -> str:  # type: ignore[type-arg]
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return str(kind)
