"""A table of mappings as an Excel workbook, read with care and written so that it reads back as it was.

What people upload is not trusted: no macros, nothing encrypted, no archive that unpacks to far more than it is, no
sheet that claims a million rows. Cells are read as their values; nothing in a workbook is run.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import xlsxwriter
from django.core.exceptions import ValidationError
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

SHEET = "Mappings"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A table of 20,000 rows unpacks to some 10 MB; what unpacks to more is no such table. House default.
_MOST_UNPACKED_BYTES = 50 * 1024 * 1024
_MOST_MEMBERS = 500
_MOST_COLUMNS = 50
_PIECE_BYTES = 1024 * 1024
_ZIP = b"PK\x03\x04"
#: What Excel keeps old workbooks (.xls) and encrypted ones in.
_COMPOUND = b"\xd0\xcf\x11\xe0"


def is_workbook(content: bytes) -> bool:
    return content.startswith((_ZIP, _COMPOUND))


def read_records(content: bytes, *, most: int) -> list[list[str]]:
    """The rows of the sheet "Mappings", or of the first one, as texts: at most `most`, and one more where there are.

    Raises ValidationError for what is no plain workbook.
    """
    if content.startswith(_COMPOUND):
        raise ValidationError('The file is an old or a protected workbook: save it as "Excel Workbook (.xlsx)".')
    _require_harmless(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, OSError, ParseError, zipfile.BadZipFile) as error:
        raise _unreadable() from error
    try:
        sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
        rows = sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS)
        return [_without_rest([_text(value) for value in row]) for row in islice(rows, most + 1)]
    except (IndexError, KeyError, ValueError, ParseError) as error:
        raise _unreadable() from error
    finally:
        book.close()


def _require_harmless(content: bytes) -> None:
    """Unpack it once in small pieces: what an archive says of itself is not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if any(member.filename.lower().endswith("vbaproject.bin") for member in members):
                raise ValidationError('The workbook holds macros: save it as "Excel Workbook (.xlsx)" without them.')
            if len(members) > _MOST_MEMBERS or _unpacked_bytes(archive, members) > _MOST_UNPACKED_BYTES:
                raise ValidationError("The workbook unpacks to far more than a table of mappings: split it.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _unreadable() from error


def _unpacked_bytes(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> int:
    """How much it really unpacks to, counted until it is too much."""
    total = 0
    for member in members:
        with archive.open(member) as file:
            while piece := file.read(_PIECE_BYTES):
                total += len(piece)
                if total > _MOST_UNPACKED_BYTES:
                    return total
    return total


def _unreadable() -> ValidationError:
    return ValidationError('The file is no workbook that can be read: save it as "Excel Workbook (.xlsx)" again.')


def _text(value: Any) -> str:
    """A cell as people see it: a code that Excel took for a number is that number without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _without_rest(cells: list[str]) -> list[str]:
    """Without the empty cells at the end: a sheet is as wide as its widest row."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def write(
    file: IO[bytes], rows: Iterable[Sequence[str]], *, days: frozenset[int], help_rows: Sequence[str] = ()
) -> None:
    """`rows`, the header first, onto one sheet, row by row. Cells are texts, so that codes keep their zeros; those of
    the columns `days` are dates. `help_rows` go onto a second sheet."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, _MOST_COLUMNS - 1, 18, text)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if number and place in days and cell:
                    sheet.write_datetime(number, place, _day(cell), day)
                elif cell:
                    sheet.write_string(number, place, cell, bold if number == 0 else text)
        if help_rows:
            _write_help(book, help_rows)


def _write_help(book: Any, lines: Iterable[str]) -> None:
    sheet = book.add_worksheet("How to")
    sheet.set_column(0, 0, 110)
    for number, line in enumerate(lines):
        sheet.write_string(number, 0, line)


def _day(text: str) -> date:
    return date.fromisoformat(text)
