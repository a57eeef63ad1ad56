"""Mappings as a download: what an import reads, as CSV or as an Excel workbook."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from django.http import FileResponse, StreamingHttpResponse

from hub.masterdata.mapping_csv import csv_lines, write_workbook
from hub.masterdata.workbook import CONTENT_TYPE

FORMATS = frozenset({"csv", "xlsx"})


def download(rows: Iterable[list[str]], *, name: str, kind: str) -> StreamingHttpResponse | FileResponse:
    """`rows`, the header first, as a file of `kind`, one of FORMATS."""
    response: StreamingHttpResponse | FileResponse
    if kind == "csv":
        response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    else:
        file = BytesIO()  # 100,000 mappings are some 4 MB
        write_workbook(file, rows)
        file.seek(0)
        response = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response
