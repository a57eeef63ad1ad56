"""What each business event debits and credits. Pure functions; every result balances.

Amounts are signed: a negative one (a reversal, as payers send it) turns the sides around.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hub.core.money import ZERO
from hub.ledger import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One line to be recorded: exactly one of `debit` and `credit` is positive."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    cost_center: str = ""
    payer: str = ""
    memo: str = ""


def balanced(lines: Iterable[NewLine]) -> bool:
    rows = list(lines)
    return sum((row.debit for row in rows), ZERO) == sum((row.credit for row in rows), ZERO)


def charges(amounts: Mapping[str, Decimal], *, payer: str, self_pay: bool) -> tuple[NewLine, ...]:
    """Charges captured, by cost center: receivable of the payer (or the patient) against gross revenue."""
    receivable = accounts.PATIENT_RECEIVABLE if self_pay else accounts.PAYER_RECEIVABLE
    total = sum(amounts.values(), ZERO)
    revenue = (
        _signed(accounts.GROSS_REVENUE, -amount, cost_center=center) for center, amount in sorted(amounts.items())
    )
    return _kept(_signed(receivable, total, payer=payer), *revenue)


def claim_payment(
    *, paid: Decimal, contractual: Decimal, patient: Decimal, payer: str, cost_center: str = "", next_payer: str = ""
) -> tuple[NewLine, ...]:
    """A payer's decision on one claim: cash, contractual allowance (CO) and patient responsibility (PR) against the
    payer's receivable. What the payer gave other reasons for stays on that receivable.

    What this payer leaves to the patient goes to `next_payer` first, where there is one: the patient owes only what
    the last payer leaves.
    """
    return _kept(
        _signed(accounts.CASH_CLEARING, paid, payer=payer),
        _signed(accounts.CONTRACTUAL_ALLOWANCE, contractual, payer=payer, cost_center=cost_center),
        _signed(accounts.PAYER_RECEIVABLE if next_payer else accounts.PATIENT_RECEIVABLE, patient,
                payer=next_payer or payer),
        _signed(accounts.PAYER_RECEIVABLE, -(paid + contractual + patient), payer=payer),
    )  # fmt: skip


class Settled(StrEnum):
    """What becomes of an amount that a payer neither paid nor explained by contract or patient share."""

    PATIENT_BALANCE = "patient_balance"
    ERP_ADJUSTMENT = "erp_adjustment"
    WRITE_OFF = "write_off"


_SETTLED_TO: Mapping[Settled, str] = {
    Settled.PATIENT_BALANCE: accounts.PATIENT_RECEIVABLE,
    Settled.ERP_ADJUSTMENT: accounts.CONTRACTUAL_ALLOWANCE,
    Settled.WRITE_OFF: accounts.DENIAL_WRITE_OFF,
}


def late_adjustment(
    amounts: Iterable[tuple[Settled, Decimal]], *, payer: str, cost_center: str = ""
) -> tuple[NewLine, ...]:
    """Decided amounts leave the payer's receivable for what they were decided to be: one line each way and kind."""
    sums: dict[Settled, Decimal] = {}
    for outcome, amount in amounts:
        sums[outcome] = sums.get(outcome, ZERO) + amount
    return _kept(
        *(
            _signed(
                _SETTLED_TO[outcome],
                amount,
                payer=payer,
                cost_center="" if outcome is Settled.PATIENT_BALANCE else cost_center,
            )
            for outcome, amount in sorted(sums.items())
        ),
        _signed(accounts.PAYER_RECEIVABLE, -sum(sums.values(), ZERO), payer=payer),
    )


def denial_write_off(amount: Decimal, *, payer: str, cost_center: str = "") -> tuple[NewLine, ...]:
    """A denied amount given up: denial write-off against the payer's receivable."""
    return late_adjustment([(Settled.WRITE_OFF, amount)], payer=payer, cost_center=cost_center)


def patient_payment(amount: Decimal) -> tuple[NewLine, ...]:
    """A patient's payment settled: cash against the patient's receivable."""
    return _kept(_signed(accounts.CASH_CLEARING, amount), _signed(accounts.PATIENT_RECEIVABLE, -amount))


#: PLB reasons (X12 005010X221A1, PLB03-1) and the account that the money beside the claims belongs to.
PROVIDER_ADJUSTMENTS: Mapping[str, str] = {
    "L6": accounts.INTEREST_INCOME,  # interest
    "WO": accounts.PAYER_RECOVERIES,  # overpayment recovery
    "FB": accounts.PAYER_RECOVERIES,  # forwarding balance
    "72": accounts.PAYER_RECOVERIES,  # authorized return
    "CS": accounts.PAYER_RECOVERIES,  # adjustment
}


def provider_adjustment(reason: str, amount: Decimal, *, payer: str, reference: str = "") -> tuple[NewLine, ...]:
    """One PLB pair. X12 has a positive amount lower the payment, so cash goes the other way.

    What one remittance forwards (FB) or takes back later (WO) and another one settles nets to zero on the account of
    recoveries; `reference` (PLB03-2) tells which belong together. Raises KeyError for a reason that has no account yet.
    """
    return _kept(
        _signed(accounts.CASH_CLEARING, -amount, payer=payer),
        _signed(PROVIDER_ADJUSTMENTS[reason], amount, payer=payer, memo=f"{reason} {reference}".strip()[:80]),
    )


def reversed_lines(lines: Iterable[NewLine]) -> tuple[NewLine, ...]:
    """The same lines with their sides turned around."""
    return tuple(
        NewLine(
            account=row.account, debit=row.credit, credit=row.debit,
            cost_center=row.cost_center, payer=row.payer, memo=row.memo,
        )
        for row in lines
    )  # fmt: skip


def _signed(account: str, amount: Decimal, *, cost_center: str = "", payer: str = "", memo: str = "") -> NewLine:
    return NewLine(
        account=account, debit=max(amount, ZERO), credit=max(-amount, ZERO),
        cost_center=cost_center, payer=payer, memo=memo,
    )  # fmt: skip


def _kept(*lines: NewLine) -> tuple[NewLine, ...]:
    """Lines without an amount say nothing and are left out."""
    return tuple(row for row in lines if row.debit or row.credit)
