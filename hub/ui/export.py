"""Exports: exactly the rows and columns that a list shows under its filters, as CSV (streamed) or Excel."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
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
    response["Content-Disposition"] = f'attachment; filename="{_file_name(name)}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def csv_lines(columns: Sequence[Column], rows: QuerySet[Any]) -> Iterator[str]:
    shown = _exported(columns)
    writer = csv.writer(_Echo())
    yield writer.writerow([column.label for column in shown])
    for row in rows.iterator(chunk_size=_CHUNK_ROWS):
        yield writer.writerow([_harmless(column, column.text(row)) for column in shown])


def _harmless(column: Column, text: str) -> str:
    if column.kind in _PLAIN_KINDS or not text.startswith(_FORMULA_MARKS):
        return text
    return f"'{text}"


def xlsx_response(columns: Sequence[Column], rows: QuerySet[Any], *, name: str) -> FileResponse:
    """The same as a workbook: amounts and numbers as numbers, moments as dates of the hub's time zone."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it when it was sent
    write_workbook(file, columns, rows)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{_file_name(name)}.xlsx", content_type=_XLSX)
    response["Cache-Control"] = "no-store"
    return response


def write_workbook(file: IO[bytes], columns: Sequence[Column], rows: QuerySet[Any]) -> None:
    """Row by row onto the disk: memory does not grow with the rows. Text stays text, whatever it begins with."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        looks = {kind: book.add_format({"num_format": text}) for kind, text in _NUMBER_FORMATS.items()}
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        shown = _exported(columns)
        for place, column in enumerate(shown):
            sheet.set_column(place, place, 18)
            sheet.write_string(0, place, column.label, bold)
        for number, row in enumerate(rows.iterator(chunk_size=_CHUNK_ROWS), 1):
            for place, column in enumerate(shown):
                value = _cell(column, row)
                sheet.write(number, place, value, looks.get(type(value)))


def _cell(column: Column, row: Any) -> Any:
    """The value as a workbook keeps it; what is no number and no date goes as its text."""
    value = column.read(row) if column.export is None else None
    if isinstance(value, datetime):
        return timezone.make_naive(value)
    if isinstance(value, date | Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return column.text(row)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NUMBER_FORMATS: Mapping[type, str] = {
    datetime: "yyyy-mm-dd hh:mm:ss",
    date: "yyyy-mm-dd",
    Decimal: "#,##0.00",
}


def _exported(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.kind is not Kind.HTML or column.export is not None]


def _file_name(name: str) -> str:
    return f"{slugify(name) or 'export'}-{now():%Y-%m-%d}"


#: What a list answers to `?export=`.
RESPONSES: Mapping[str, Callable[..., StreamingHttpResponse | FileResponse]] = {
    "csv": csv_response,
    "xlsx": xlsx_response,
}
