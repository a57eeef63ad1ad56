"""835, the remittance advice: its typed form. `remittance_parser` reads it, `remittance_writer` writes it.

A file is a stream of `RemittanceStart`, then `ClaimPayment`s one at a time, then `ProviderAdjustment`s, then
`RemittanceEnd` with the totals; once per ST. Amounts are exact decimals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from connectors.formats.x12.balance import BalanceBreak
from connectors.formats.x12.parts import (
    Address,
    Contact,
    Name,
    Procedure,
    QualifiedAmount,
    QualifiedDate,
    QualifiedQuantity,
    Reference,
)
from connectors.formats.x12.transaction import TransactionHeader
from connectors.formats.x12.values import ZERO

#: CAS01. CR stands in 4010 only; it is read as the rest.
GROUP_CODES = frozenset({"CO", "PR", "OA", "PI", "CR"})
REVERSAL = "22"
DENIED = "4"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One triplet of a CAS: `group` (CO PR OA PI CR), `reason` (CARC), the amount taken off, and units if any."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """The payer (loop 1000A) or the payee (1000B)."""

    name: str
    id_qualifier: str = ""
    id: str = ""
    address: Address | None = None
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceStart:
    """The head of one 835: the payment, its trace, and between whom. `amount` is BPR02, `trace_number` TRN02."""

    amount: Decimal
    trace_number: str
    payer: Party
    payee: Party
    handling_code: str = "I"
    credit_debit: str = "C"
    method: str = "ACH"
    payment_format: str = ""
    sender_account: tuple[str, str, str, str] = ("", "", "", "")  # BPR06-09
    originator: str = ""  # BPR10
    receiver_account: tuple[str, str, str, str] = ("", "", "", "")  # BPR12-15
    payment_date: date | None = None
    payer_identifier: str = ""  # TRN03
    production_date: date | None = None  # DTM*405
    receiver_identifier: str = ""  # REF*EV
    header: TransactionHeader | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ServicePayment:
    """One service line (loop 2110)."""

    procedure: Procedure
    charge: Decimal
    paid: Decimal
    revenue_code: str = ""
    units: Decimal | None = None
    original_procedure: Procedure | None = None
    original_units: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    references: tuple[Reference, ...] = ()
    amounts: tuple[QualifiedAmount, ...] = ()
    quantities: tuple[QualifiedQuantity, ...] = ()
    remarks: tuple[str, ...] = ()
    breaks: tuple[BalanceBreak, ...] = field(default=(), compare=False)
    segment: int = field(default=0, compare=False)

    @property
    def control_number(self) -> str:
        """REF*6R: the line's own number in the claim as it was sent."""
        return _reference(self.references, "6R")


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """One claim (loop 2100) with its lines. `breaks` holds what does not add up in it, lines included."""

    account_number: str
    status: str
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal | None = None
    filing_indicator: str = ""
    payer_claim_number: str = ""
    facility_code: str = ""
    frequency_code: str = ""
    drg: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[ServicePayment, ...] = ()
    names: tuple[Name, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    amounts: tuple[QualifiedAmount, ...] = ()
    quantities: tuple[QualifiedQuantity, ...] = ()
    remarks: tuple[str, ...] = ()
    group_number: str = ""  # LX01 of the 2000 loop it stands in; "" where there is none
    readable: bool = field(default=True, compare=False)  # False: an amount could not be read and counts as zero
    breaks: tuple[BalanceBreak, ...] = field(default=(), compare=False)
    segment: int = field(default=0, compare=False)

    @property
    def is_reversal(self) -> bool:
        """CLP02 is 22: takes an earlier payment back."""
        return self.status == REVERSAL

    @property
    def is_denied(self) -> bool:
        return self.status == DENIED

    def name(self, role: str) -> Name | None:
        """The first name in `role`: QC patient, IL insured, 74 corrected insured, 82 rendering, TT next payer."""
        return next((name for name in self.names if name.role == role), None)

    def reference(self, qualifier: str) -> str:
        return _reference(self.references, qualifier)

    def all_adjustments(self) -> tuple[Adjustment, ...]:
        """Those of the claim and of its lines."""
        return self.adjustments + tuple(found for line in self.lines for found in line.adjustments)

    def adjusted(self, group: str = "") -> Decimal:
        """What was taken off in `group`, or in all of them."""
        return sum((each.amount for each in self.all_adjustments() if group in ("", each.group)), ZERO)


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One pair of a PLB: money that belongs to no claim. A positive amount lowers the payment."""

    provider: str
    fiscal_period_end: date | None
    reason: str
    reference: str
    amount: Decimal
    segment: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceEnd:
    """The totals of one 835. `balance_breaks` counts those of all levels, `breaks` holds that of the transaction."""

    header: TransactionHeader
    claims: int
    charge_total: Decimal
    paid_total: Decimal
    adjustment_total: Decimal
    provider_adjustment_total: Decimal
    payment_amount: Decimal
    breaks: tuple[BalanceBreak, ...]
    balance_breaks: int
    errors: int  # faults of that severity, balance breaks included
    complete: bool  # False: cut short, its SE never came

    @property
    def balanced(self) -> bool:
        return not self.balance_breaks

    @property
    def postable(self) -> bool:
        """Whether nothing speaks against posting it: whole, readable and balanced."""
        return self.complete and not self.errors


RemittanceItem: TypeAlias = RemittanceStart | ClaimPayment | ProviderAdjustment | RemittanceEnd


def _reference(references: tuple[Reference, ...], qualifier: str) -> str:
    return next((each.value for each in references if each.qualifier == qualifier), "")
