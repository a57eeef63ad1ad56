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


#: What each rule compares, and how a break of it is reported.
PLACES = {
    BalanceRule.LINE: (
        "SVC",
        3,
        FaultCode.LINE_BALANCE,
        "The line is out of balance: charge less adjustments is not the payment",
    ),
    BalanceRule.CLAIM: (
        "CLP",
        4,
        FaultCode.CLAIM_BALANCE,
        "The claim is out of balance: charge less adjustments is not the payment",
    ),
    BalanceRule.TRANSACTION: (
        "BPR",
        2,
        FaultCode.TRANSACTION_BALANCE,
        "The remittance is out of balance: claims less provider adjustments is not the payment",
    ),
}


def check(rule: BalanceRule, segment: int, stated: Decimal, computed: Decimal) -> BalanceBreak | None:
    """The break of `rule`, or None where it holds."""
    if stated == computed:
        return None
    name, index, _, _ = PLACES[rule]
    return BalanceBreak(rule, segment, f"{name}{index:02}", stated, computed)
