"""Exports: exactly the rows and columns that a list shows under its filters, streamed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.text import slugify

from hub.core.clock import now
from hub.ui.columns import Column, Kind

_CHUNK_ROWS = 1000
# A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_KINDS = {Kind.NUMBER, Kind.MONEY, Kind.AGE, Kind.WHEN}


class _Echo:
    """What csv.writer writes into, handing each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_response(columns: Sequence[Column], rows: QuerySet[Any], *, name: str) -> StreamingHttpResponse:
    """A download named after the list and the business day."""
    response = StreamingHttpResponse(csv_lines(columns, rows), content_type="text/csv; charset=utf-8")
    filename = f"{slugify(name) or 'export'}-{now():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response


def csv_lines(columns: Sequence[Column], rows: QuerySet[Any]) -> Iterator[str]:
    shown = [column for column in columns if column.kind is not Kind.HTML or column.export is not None]
    writer = csv.writer(_Echo())
    yield writer.writerow([column.label for column in shown])
    for row in rows.iterator(chunk_size=_CHUNK_ROWS):
        yield writer.writerow([_harmless(column, column.text(row)) for column in shown])


def _harmless(column: Column, text: str) -> str:
    if column.kind in _PLAIN_KINDS or not text.startswith(_FORMULA_MARKS):
        return text
    return f"'{text}"
