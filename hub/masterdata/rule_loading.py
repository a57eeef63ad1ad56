"""Denial reasons and decision tables as the snapshot keeps them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from hub.masterdata.decisions import RowInfo, TableInfo
from hub.masterdata.models import DecisionRow, DecisionTable, DenialReason
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.snapshot import DenialReasonInfo
from hub.masterdata.states import MappingState

_ROW = tuple(name for name in RowInfo.__dataclass_fields__)


def denial_reasons() -> Mapping[str, DenialReasonInfo]:
    rows = DenialReason.objects.values_list("carc", "family", "root_cause", "advice")
    return {row[0]: DenialReasonInfo(*row) for row in rows}


def decision_tables() -> Mapping[str, tuple[TableInfo, ...]]:
    """The approved versions of every table, by its code."""
    approved = DecisionTable.objects.filter(state=MappingState.APPROVED).prefetch_related("rows")
    found: defaultdict[str, list[TableInfo]] = defaultdict(list)
    for table in approved.order_by("code", "version"):
        found[table.code].append(table_info(table))
    return {code: tuple(tables) for code, tables in found.items()}


def table_info(table: DecisionTable) -> TableInfo:
    """One version as it decides, whatever its state: a draft is tried this way before it goes live."""
    return TableInfo(
        code=table.code,
        version=table.version,
        rows=tuple(row_info(row) for row in sorted(table.rows.all(), key=lambda row: row.position)),
        start=start_of(table.effective) or date.min,
        end=end_of(table.effective) or date.max,
    )


def row_info(row: DecisionRow) -> RowInfo:
    return RowInfo(**{name: getattr(row, name) for name in _ROW})
