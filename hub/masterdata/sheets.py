"""Rows of a file as people's tools write it: CSV with any delimiter and line ends, or an Excel workbook."""

from __future__ import annotations

import csv
import io

from django.core.exceptions import ValidationError

from hub.masterdata import workbook

LARGEST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000


def read_sheet(content: bytes) -> list[list[str]]:
    """The cells of the file (the first sheet of a workbook) as trimmed text, the header first.

    Raises ValidationError for what is neither, is empty or is too large.
    """
    if len(content) > LARGEST_BYTES:
        raise ValidationError(f"The file is larger than {LARGEST_BYTES // 1024 // 1024} MB; split it.")
    is_book = workbook.is_workbook(content)
    rows = workbook.read_records(content, most=MOST_ROWS) if is_book else _csv(content)
    if len(rows) > MOST_ROWS:
        raise ValidationError(f"The file holds {len(rows):,} rows; {MOST_ROWS:,} are the most. Split it.")
    if not any(any(row) for row in rows):
        raise ValidationError("The file is empty.")
    return rows


def _csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError('The file is not UTF-8: save it as "CSV UTF-8" and try again.') from error
    first = text.partition("\n")[0]
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)))
    except csv.Error as error:
        raise ValidationError(f"The file is not CSV: {error}.") from error
    # The apostrophe keeps a spreadsheet from running a cell; it is not part of the value.
    return [[cell.strip().removeprefix("'") for cell in row] for row in records]
