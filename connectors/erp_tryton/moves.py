"""The hub's entries and plans as Tryton's account moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.base import DeliveryRequest
from connectors.erp import JOURNAL_POST, PLAN_POST, JournalLine, unknown_operation
from connectors.erp_tryton.wire import date_json, decimal_json, decimal_of
from hub.core.errors import Defect
from hub.core.money import ZERO, amount_from_text

JOURNALS = {JOURNAL_POST: "HUB", PLAN_POST: "PLAN"}
# A plan is a statistical move between two memo accounts, so that Tryton's rule of balance holds for it too.
_PLAN_OFFSET = "9009"


@dataclass(frozen=True, slots=True)
class Move:
    """An account move that is not in Tryton yet; `key` becomes its description."""

    key: str
    journal: str
    date: date
    lines: tuple[JournalLine, ...]

    @classmethod
    def of(cls, request: DeliveryRequest) -> Move:
        """Raises Defect for a payload that is none: it was built by us."""
        try:
            lines = _LINES[request.operation](request.payload)
            day = date.fromisoformat(request.payload["date"])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            if request.operation not in _LINES:
                raise unknown_operation(request.operation) from error
            raise Defect(
                "payload-malformed", f"A payload of {request.operation} is malformed.", cause=(request.operation,)
            ) from error
        return cls(request.posting_key, JOURNALS[request.operation], day, lines)


@dataclass(frozen=True, slots=True)
class Ids:
    """Tryton's ids of everything that a batch of moves mentions."""

    accounts: Mapping[str, int]
    cost_centers: Mapping[str, int]
    journals: Mapping[str, int]
    periods: Mapping[date, int]


def move_json(move: Move, ids: Ids) -> dict[str, Any]:
    """The values for `account.move.create`. Dates and periods are stated: over the wire Tryton derives none."""
    return {
        "journal": ids.journals[move.journal],
        "period": ids.periods[move.date],
        "date": date_json(move.date),
        "description": move.key,
        "lines": [["create", [_line_json(line, move.date, ids) for line in move.lines]]],
    }


def line_of(record: Mapping[str, Any]) -> JournalLine:
    """A posted line as the hub speaks of it, from the fields of `LINE_FIELDS`."""
    analytic = record.get("analytic_lines.") or []
    return JournalLine(
        account=record["account."]["code"],
        cost_center=analytic[0]["account."]["code"] if analytic else None,
        debit=decimal_of(record["debit"]),
        credit=decimal_of(record["credit"]),
        memo=record.get("description") or "",
    )


LINE_FIELDS = (
    "lines.debit",
    "lines.credit",
    "lines.description",
    "lines.account.code",
    "lines.analytic_lines.account.code",
)


def _line_json(line: JournalLine, day: date, ids: Ids) -> dict[str, Any]:
    amounts = {"debit": decimal_json(line.debit), "credit": decimal_json(line.credit)}
    values: dict[str, Any] = {"account": ids.accounts[line.account], **amounts}
    if line.memo:
        values["description"] = line.memo
    if line.cost_center is not None:
        center = {"account": ids.cost_centers[line.cost_center], "date": date_json(day), **amounts}
        values["analytic_lines"] = [["create", [center]]]
    return values


def _journal_lines(payload: Mapping[str, Any]) -> tuple[JournalLine, ...]:
    return tuple(JournalLine.from_json(line) for line in payload["lines"])


def _plan_lines(payload: Mapping[str, Any]) -> tuple[JournalLine, ...]:
    """Revenue stands on the credit side: an expectation raised is a credit, one taken back a debit."""
    amount = amount_from_text(payload["amount"])
    credit, debit = max(amount, ZERO), max(-amount, ZERO)
    plan = JournalLine(payload["account"], payload["cost_center"], debit, credit, payload.get("description", ""))
    return plan, JournalLine(_PLAN_OFFSET, None, debit=credit, credit=debit)


_LINES = {JOURNAL_POST: _journal_lines, PLAN_POST: _plan_lines}
