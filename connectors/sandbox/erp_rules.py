"""What the sandbox ERP takes and what it refuses, with the stable codes that it answers with."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date

import msgspec

from connectors.sandbox import chart
from connectors.sandbox.books import cents
from connectors.sandbox.wsgi import Problem

_ACCOUNTS = {account.code: account for account in chart.ACCOUNTS}
_LONGEST_REFERENCE = 200


class LineIn(msgspec.Struct):
    account: str
    debit: str
    credit: str
    cost_center: str | None = None
    memo: str = ""


class EntryIn(msgspec.Struct):
    reference: str
    date: date
    currency: str
    description: str
    lines: list[LineIn]


class PlanIn(msgspec.Struct):
    reference: str
    date: date
    currency: str
    account: str
    cost_center: str
    amount: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry that may be posted: lines as (account, cost center, debit, credit, memo), in cents."""

    entry: EntryIn
    lines: tuple[tuple[str, str | None, int, int, str], ...]
    total: int


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    plan: PlanIn
    amount: int


class Rules:
    """The checks before posting; `open_periods` is asked anew each time."""

    def __init__(self, open_periods: Container[str]) -> None:
        self._open_periods = open_periods

    def check_entry(self, entry: EntryIn) -> CheckedEntry:
        """Raises Problem 422 with a stable code for an entry that the ERP does not take."""
        self._check_header(entry.reference, entry.date, entry.currency)
        lines = tuple(self._checked_line(line) for line in entry.lines)
        debit = sum(line[2] for line in lines)
        if len(lines) < 2 or debit != sum(line[3] for line in lines):
            raise Problem(422, "unbalanced")
        return CheckedEntry(entry, lines, debit)

    def check_plan(self, plan: PlanIn) -> CheckedPlan:
        """Raises Problem 422 like `check_entry`; plans go to memo accounts only."""
        self._check_header(plan.reference, plan.date, plan.currency)
        account = _ACCOUNTS.get(plan.account)
        if account is None or account.kind != "memo":
            raise Problem(422, "unknown-account", subject=plan.account)
        self._check_cost_center(plan.cost_center)
        return CheckedPlan(plan, cents(plan.amount, signed=True))

    def _checked_line(self, line: LineIn) -> tuple[str, str | None, int, int, str]:
        if line.account not in _ACCOUNTS:
            raise Problem(422, "unknown-account", subject=line.account)
        if line.cost_center is not None:
            self._check_cost_center(line.cost_center)
        debit, credit = cents(line.debit), cents(line.credit)
        if (debit > 0) == (credit > 0):
            raise Problem(422, "line-not-one-sided")
        return line.account, line.cost_center, debit, credit, line.memo

    def _check_header(self, reference: str, day: date, currency: str) -> None:
        if not 0 < len(reference) <= _LONGEST_REFERENCE:
            raise Problem(422, "malformed", subject="reference")
        if currency != chart.CURRENCY:
            raise Problem(422, "foreign-currency", subject=currency[:3])
        period = f"{day:%Y-%m}"
        if period not in self._open_periods:
            raise Problem(422, "closed-period", subject=period)

    def _check_cost_center(self, code: str) -> None:
        if code not in chart.COST_CENTERS:
            raise Problem(422, "unknown-cost-center", subject=code)
