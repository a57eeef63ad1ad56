"""Reference data as CSV, for reading elsewhere: other rows by their codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

_CHUNK_ROWS = 1000


def export_reference(rows: QuerySet[Any]) -> Iterator[list[str]]:
    """The header, then a row for each entity."""
    columns = [field for field in rows.model._meta.concrete_fields if not field.primary_key]
    yield [field.name for field in columns]
    paths = [f"{field.name}__code" if field.is_relation else field.name for field in columns]
    for values in rows.values_list(*paths).iterator(chunk_size=_CHUNK_ROWS):
        yield ["" if value is None else str(value) for value in values]
