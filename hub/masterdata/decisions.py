"""Decision tables at work: rows are tried in order and the first that fits decides; where none does, a person does.

Pure: no models, no queries. The snapshot holds the approved tables; the test bench makes one of a draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

#: The table that W6 asks.
LATE_ADJUSTMENT = "late-adjustment"


class Outcome(StrEnum):
    """What a row can say about an amount that stands on a payer's receivable."""

    PATIENT_BALANCE = "patient_balance"
    ERP_ADJUSTMENT = "erp_adjustment"
    WRITE_OFF = "write_off"
    KEEP = "keep"
    REVIEW = "review"


OUTCOME_NAMES: dict[str, str] = {
    Outcome.PATIENT_BALANCE: "Patient balance",
    Outcome.ERP_ADJUSTMENT: "Adjustment in the ERP",
    Outcome.WRITE_OFF: "Write-off",
    Outcome.KEEP: "Stays with the payer",
    Outcome.REVIEW: "Review",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a row looks at. `amount` is signed as the payer sent it; rows compare its absolute value.

    `age` counts days since the claim was sent; None where nobody knows, which fits no row that asks for an age.
    """

    payer: str
    facility: str
    group_code: str
    carc: str
    amount: Decimal
    age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowInfo:
    """One row: an empty condition fits everything; bounds are inclusive."""

    position: int
    outcome: str
    payer: str = ""
    facility: str = ""
    group_code: str = ""
    carc: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    age_from: int | None = None
    age_to: int | None = None
    reason: str = ""

    def fits(self, facts: Facts) -> bool:
        return (
            self.payer in ("", facts.payer)
            and self.facility in ("", facts.facility)
            and self.group_code in ("", facts.group_code)
            and self.carc in ("", facts.carc)
            and _within(abs(facts.amount), self.amount_from, self.amount_to)
            and self._age_fits(facts.age)
        )

    def _age_fits(self, age: int | None) -> bool:
        if self.age_from is None and self.age_to is None:
            return True
        return age is not None and _within(Decimal(age), _decimal(self.age_from), _decimal(self.age_to))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """One version of a table, its rows in order, and the days it is in force."""

    code: str
    version: int
    rows: tuple[RowInfo, ...]
    start: date = date.min
    end: date = date.max

    def decide(self, facts: Facts) -> RowInfo | None:
        """The first row that fits, or None: then a person decides."""
        return next((row for row in self.rows if row.fits(facts)), None)


def in_force(tables: Sequence[TableInfo], on: date) -> TableInfo | None:
    """The newest of the approved versions whose days hold `on`."""
    holding = [table for table in tables if table.start <= on < table.end]
    return max(holding, key=lambda table: table.version, default=None)


def _within(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)
