"""Mappings as a file, out and in: one row a mapping, `effective_until` being the first day it no longer holds.

CSV or an Excel workbook (`workbook`), told apart by how they begin. CSV is written for spreadsheets: UTF-8 with a byte
order mark, and a leading apostrophe before what a spreadsheet would run as a formula. It is read as people's tools
write it: with or without the mark, commas, semicolons or tabs, any line ends, columns in any order, dates as
2026-11-21 or 11/21/2026.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import IO

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from hub.masterdata import workbook
from hub.masterdata.models import Domain, Mapping
from hub.masterdata.ranges import end_of, start_of

COLUMNS = (
    "domain",
    "system",
    "facility",
    "local_code",
    "canonical_code",
    "effective_from",
    "effective_until",
    "state",
    "note",
    "match",
)
_REQUIRED = frozenset({"domain", "system", "local_code", "canonical_code"})
LARGEST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
#: The columns that hold days.
DAYS = frozenset({COLUMNS.index("effective_from"), COLUMNS.index("effective_until")})
#: What a template holds below its header, and what it says beside it.
EXAMPLE = ["department", "scheduling", "C07", "PT-REHAB", "PHYS", "2026-01-01", "", "approved", "an example", "exact"]
HOW_TO = (
    "One row a mapping. Replace the example row by your own; the order of the columns does not matter.",
    f"domain: {', '.join(Domain.values)}.",
    "system: the code of the system that sends the local code. facility: its code; empty means every facility.",
    "local_code: as the system sends it. canonical_code: what it means; it must be in use.",
    "effective_from: the first day; empty means from the beginning. effective_until: the first day on which it no"
    " longer holds; empty means for good. Days as 2026-11-21.",
    "state: approved or proposed; empty means approved. In a domain of two people it becomes a proposal.",
    "match: exact, prefix (the local code ends with *, such as PT-*) or default (the local code is *); empty: exact.",
    "Nothing changes before you have seen what each row would do, and one wrong row stops the whole file.",
)
_CHUNK_ROWS = 1000
# The marks that make a spreadsheet run a cell, and the apostrophe that stops it, which must survive itself.
_FORMULA_MARKS = ("=", "+", "-", "@", "'")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read. `number` is its place in the file, the header being row 1."""

    number: int
    cells: dict[str, str]
    start: date | None = None
    end: date | None = None
    faults: tuple[str, ...] = field(default=())


def export_mappings(mappings: QuerySet[Mapping]) -> Iterator[list[str]]:
    """The header, then a row for each mapping."""
    yield list(COLUMNS)
    for mapping in mappings.iterator(chunk_size=_CHUNK_ROWS):
        yield [
            mapping.domain,
            mapping.system,
            mapping.facility,
            mapping.local_code,
            mapping.canonical_code,
            _day(start_of(mapping.effective)),
            _day(end_of(mapping.effective)),
            mapping.state,
            mapping.note,
            mapping.match,
        ]


def csv_lines(rows: Iterable[list[str]]) -> Iterator[str]:
    """`rows` as a CSV file, line by line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA_MARKS) else cell for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def write_workbook(file: IO[bytes], rows: Iterable[list[str]]) -> None:
    """`rows`, the header first, as a workbook that imports again."""
    workbook.write(file, rows, days=DAYS, help_rows=HOW_TO)


def template() -> Iterator[list[str]]:
    """The header and one example."""
    yield list(COLUMNS)
    yield EXAMPLE


def read_rows(content: bytes) -> list[Row]:
    """The rows of a file, each with its own faults. Raises ValidationError for what is no such file at all."""
    if len(content) > LARGEST_BYTES:
        raise ValidationError(f"The file is larger than {LARGEST_BYTES // 1024 // 1024} MB; split it.")
    is_book = workbook.is_workbook(content)
    # Empty rows between the full ones count for the number of a row, so some more are read than may be full.
    records = workbook.read_records(content, most=2 * MOST_ROWS) if is_book else _records(_decode(content))
    header = [name.strip().lower() for name in records[0]] if records else []
    _check_header(header)
    rows = [
        _row(number, header, cells)
        for number, cells in enumerate(records[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        raise ValidationError("The file holds no rows below its header.")
    if len(rows) > MOST_ROWS:
        raise ValidationError(f"The file holds {len(rows):,} rows; {MOST_ROWS:,} are the most. Split it.")
    return rows


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError('The file is not UTF-8: save it as "CSV UTF-8" and try again.') from error


def _records(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [[cell.strip().removeprefix("'") for cell in record] for record in reader]
    except csv.Error as error:
        raise ValidationError(f"The file is not CSV: {error}.") from error


def _check_header(header: list[str]) -> None:
    if unknown := [name for name in header if name not in COLUMNS]:
        raise ValidationError(
            f"Unknown columns: {', '.join(name or '(empty)' for name in unknown)}. Known are {', '.join(COLUMNS)}."
        )
    if missing := sorted(_REQUIRED - set(header)):
        raise ValidationError(f"The header, row 1, lacks {', '.join(missing)}.")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise ValidationError(f"The header names {', '.join(twice)} twice.")


def _row(number: int, header: list[str], cells: list[str]) -> Row:
    found = dict.fromkeys(COLUMNS, "") | {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    faults = []
    if any(cell.strip() for cell in cells[len(header) :]):
        faults.append(f"The row has more cells than the header has columns ({len(header)}).")
    days: dict[str, date | None] = {}
    for name in ("effective_from", "effective_until"):
        try:
            days[name] = _read_day(found[name])
        except ValueError:
            days[name] = None
            faults.append(f"{name} is no date such as 2026-11-21.")
    return Row(number, found, days["effective_from"], days["effective_until"], tuple(faults))


def _read_day(text: str) -> date | None:
    if not text:
        return None
    if match := _US_DATE.fullmatch(text):
        month, day, year = map(int, match.groups())
        return date(year, month, day)
    return date.fromisoformat(text)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
