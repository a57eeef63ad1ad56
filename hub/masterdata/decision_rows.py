"""Rows of a decision table: what they may say, how they read, and how two versions differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError

from hub.masterdata.decisions import OUTCOME_NAMES, RowInfo
from hub.masterdata.models import Facility, Payer

#: CAS01; a row may also name none.
GROUPS = ("CO", "OA", "PI", "CR", "PR")
_BOUNDS = (("amount_from", "amount_to", "amount"), ("age_from", "age_to", "age"))


def cleaned(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as they are stored. Raises ValidationError naming each row that cannot be, and why."""
    payers = set(Payer.objects.values_list("code", flat=True))
    facilities = set(Facility.objects.values_list("code", flat=True))
    faults: list[str] = []
    for number, row in enumerate(rows, 1):
        faults += [f"Row {number}: {fault}" for fault in _faults(row, payers, facilities)]
    if faults:
        raise ValidationError(faults)
    return [
        {**row, "carc": row.get("carc", "").strip().upper(), "reason": row.get("reason", "").strip()} for row in rows
    ]


def _faults(row: Mapping[str, Any], payers: set[str], facilities: set[str]) -> list[str]:
    faults = []
    if row.get("outcome") not in OUTCOME_NAMES:
        faults.append("it has no outcome.")
    if row.get("payer") and row["payer"] not in payers:
        faults.append(f"there is no payer {row['payer']!r}.")
    if row.get("facility") and row["facility"] not in facilities:
        faults.append(f"there is no facility {row['facility']!r}.")
    if row.get("group_code") and row["group_code"] not in GROUPS:
        faults.append(f"{row['group_code']!r} is no adjustment group.")
    for low, high, name in _BOUNDS:
        first, last = row.get(low), row.get(high)
        if first is not None and last is not None and last < first:
            faults.append(f"its {name} ends before it begins.")
        if (first is not None and first < 0) or (last is not None and last < 0):
            faults.append(f"its {name} is below zero; the sign does not matter to a row.")
    return faults


def conditions(row: RowInfo) -> str:
    """When a row fits, in words."""
    parts = [
        row.payer,
        f"at {row.facility}" if row.facility else "",
        f"{row.group_code} {row.carc}".strip(),
        _between(row.amount_from, row.amount_to, "${:,.2f}", "amount"),
        _between(row.age_from, row.age_to, "{} days", "age"),
    ]
    return ", ".join(part for part in parts if part) or "anything"


def outcome_name(outcome: str) -> str:
    return OUTCOME_NAMES.get(outcome, outcome)


def _between(low: Any, high: Any, shape: str, name: str) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f"{name} up to {shape.format(high)}"
    return f"{name} from {shape.format(low)}" if high is None else (
        f"{name} {shape.format(low)} to {shape.format(high)}"
    )  # fmt: skip


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row of two versions laid side by side; its position is that in the version it stands in."""

    change: Change
    row: RowInfo


def differences(old: Sequence[RowInfo], new: Sequence[RowInfo]) -> list[RowChange]:
    """How `new` differs from `old`, row by row, in order; a changed row is one removed and one added."""
    before, after = [_said(row) for row in old], [_said(row) for row in new]
    found: list[RowChange] = []
    for kind, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [RowChange(Change.SAME, row) for row in new[start:end]]
            continue
        found += [RowChange(Change.REMOVED, row) for row in old[first:last]]
        found += [RowChange(Change.ADDED, row) for row in new[start:end]]
    return found


def _said(row: RowInfo) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in RowInfo.__dataclass_fields__ if name != "position")
