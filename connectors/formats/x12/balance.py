"""The three balance rules of an 835 (X12 TR3 005010X221A1, section 1.10.2), computed exactly.

line         SVC02 - sum of the line's CAS               = SVC03
claim        CLP03 - sum of the claim's and lines' CAS   = CLP04
transaction  sum of CLP04 - sum of PLB                   = BPR02
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from connectors.formats.x12.faults import FaultCode


class BalanceRule(StrEnum):
    LINE = "line"
    CLAIM = "claim"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class BalanceBreak:
    """A rule that does not hold: `stated` stands in the file, `computed` follows from the rest of it."""

    rule: BalanceRule
    segment: int
    element: str
    stated: Decimal
    computed: Decimal

    @property
    def difference(self) -> Decimal:
        return self.stated - self.computed


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stated amount of a rule stands, and how a break of it is reported."""

    segment_id: str
    index: int
    loop: str
    code: FaultCode
    message: str


PLACES = {
    BalanceRule.LINE: Place(
        "SVC",
        3,
        "2110",
        FaultCode.LINE_BALANCE,
        "The line is out of balance: its charge less its adjustments is not its payment",
    ),
    BalanceRule.CLAIM: Place(
        "CLP",
        4,
        "2100",
        FaultCode.CLAIM_BALANCE,
        "The claim is out of balance: its charge less all adjustments is not its payment",
    ),
    BalanceRule.TRANSACTION: Place(
        "BPR",
        2,
        "",
        FaultCode.TRANSACTION_BALANCE,
        "The remittance is out of balance: its claims less provider adjustments are not its payment",
    ),
}


def broken(rule: BalanceRule, segment: int, stated: Decimal, computed: Decimal) -> BalanceBreak:
    """The break of `rule` in the segment that states the amount."""
    place = PLACES[rule]
    return BalanceBreak(rule, segment, f"{place.segment_id}{place.index:02}", stated, computed)
