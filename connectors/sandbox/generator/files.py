"""From payments to 835 files: who pays whom, under which trace, and how money moves where none does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from connectors.formats.x12 import (
    Address,
    ClaimPayment,
    Contact,
    OutgoingInterchange,
    Party,
    ProviderAdjustment,
    Remittance,
    RemittanceStart,
    payment_amount,
    write_835,
)
from connectors.sandbox import group
from connectors.sandbox.group import Payer

_SENDER, _RECEIVER = "CLRVW", "NORTHLAKE"


@dataclass(frozen=True, slots=True)
class Generated:
    """A file and what is right about it, for whoever wants to compare."""

    name: str
    content: bytes


def office() -> group.Facility:
    """Who is paid."""
    [found] = [one for one in group.FACILITIES if one.kind == "office"]
    return found


def payer(code: str) -> Payer:
    [found] = [one for one in group.PAYERS if one.code == code]
    return found


def insurers() -> tuple[Payer, ...]:
    """The payers that send remittances, which patients do not."""
    return tuple(one for one in group.PAYERS if one.payer_id)


def withheld(reason: str, reference: str, amount: Decimal, day: date) -> ProviderAdjustment:
    """One PLB pair of the fiscal year of `day`. A positive amount lowers the payment."""
    return ProviderAdjustment(office().npi, date(day.year, 12, 31), reason, reference, amount)


def file_of(
    name: str,
    by: Payer,
    claims: Sequence[ClaimPayment],
    *,
    number: int,
    day: date,
    provider_adjustments: Sequence[ProviderAdjustment] = (),
) -> Generated:
    """A balanced file; `number` makes its control and trace numbers. Raises ValueError where money would flow back."""
    amount = payment_amount(claims, provider_adjustments)
    start = start_of(by, amount, number=number, day=day)
    content = write_835([Remittance(start, claims, provider_adjustments)], interchange=interchange(number, day))
    return Generated(f"{name}.835", content)


def start_of(by: Payer, amount: Decimal, *, number: int, day: date) -> RemittanceStart:
    """The head: money by ACH, or (BPR H, NON) none, where there is nothing to pay."""
    if amount < 0:
        raise ValueError("a payer asks for nothing in an 835: it carries the balance forward (PLB FB)")
    originator = f"1{by.payer_id:0>9}"
    paying = amount > 0
    facility = office()
    return RemittanceStart(
        amount=amount,
        handling_code="I" if paying else "H",
        method="ACH" if paying else "NON",
        payment_format="CCP" if paying else "",
        originator=originator if paying else "",
        trace_number=f"GEN{by.payer_id}{number:06}",
        payer=Party(
            by.name,
            "XV",
            by.payer_id,
            Address("1 Payer Plaza", "Chicago", "IL", "60606"),
            contacts=(Contact("BL", "Remittance desk", "8005550100"),),
        ),
        payee=Party(
            facility.name,
            "XX",
            facility.npi,
            Address(facility.address, facility.city, facility.region, facility.postal_code),
        ),
        payment_date=day,
        payer_identifier=originator,
        production_date=day,
    )


def interchange(number: int, day: date) -> OutgoingInterchange:
    return OutgoingInterchange(
        sender=_SENDER,
        receiver=_RECEIVER,
        control_number=number,
        group_control_number=number,
        created=datetime.combine(day, time(6, 0)),
    )


def paid_sum(claims: Iterable[ClaimPayment]) -> Decimal:
    return sum((claim.paid for claim in claims), Decimal(0))
