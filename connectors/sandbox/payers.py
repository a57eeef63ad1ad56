"""The payers behind the clearinghouse: what they pay, deny, take back, and the 835 files that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from connectors.formats.x12 import (
    Address,
    Adjustment,
    ClaimLine,
    ClaimPayment,
    Contact,
    InstitutionalClaim,
    InstitutionalLine,
    Name,
    OutgoingInterchange,
    Party,
    Procedure,
    ProviderAdjustment,
    QualifiedDate,
    Reference,
    Remittance,
    RemittanceStart,
    ServicePayment,
    payment_amount,
    write_835,
)
from connectors.sandbox import group
from connectors.sandbox.claims_kept import KeptClaim
from connectors.sandbox.clearinghouse import IDENTIFIER
from hub.core.money import ZERO, cents

# CLP06 of an 835 knows no CI and no BL; 12 is a preferred provider organization.
_FILING_INDICATORS = {"MB": "MB", "MC": "MC", "CI": "12", "BL": "12"}
_DEDUCTIBLE, _COINSURANCE, _COPAY, _OVER_CONTRACT = "1", "2", "3", "45"
_PRIMARY, _SECONDARY, _DENIED, _REVERSAL = "1", "2", "4", "22"
# OA 23: what the payer before has decided already.
_PRIOR_PAYER = "23"


class Decision(StrEnum):
    """What a payer makes of a claim; all but FULL and DENIED pay the contract's share less the patient's."""

    FULL = "full"
    COINSURANCE = "coinsurance"
    DEDUCTIBLE = "deductible"
    COPAY = "copay"
    DENIED = "denied"


def pay(kept: KeptClaim, decision: Decision, payer: group.Payer, reason: str = "197") -> ClaimPayment:
    """The claim decided; `reason` is the CARC of a denial. Every line and the claim balance."""
    services: Sequence[ClaimLine | InstitutionalLine] = kept.claim.lines
    lines = tuple(_line(line, decision, payer, reason, first=place == 0) for place, line in enumerate(services))
    return _decided(kept, _DENIED if decision is Decision.DENIED else _PRIMARY, payer, lines)


def pay_after(kept: KeptClaim, payer: group.Payer) -> ClaimPayment:
    """A claim that comes second: the payer takes over whatever the one before left to the patient."""
    lines = []
    for line in kept.claim.lines:
        left = sum((one.amount for each in line.adjudications for one in each.adjustments if one.group == "PR"), ZERO)
        prior = (Adjustment("OA", _PRIOR_PAYER, line.charge - left),) if line.charge != left else ()
        lines.append(_service(line, prior))
    return _decided(kept, _SECONDARY, payer, tuple(lines))


def _decided(kept: KeptClaim, status: str, payer: group.Payer, lines: tuple[ServicePayment, ...]) -> ClaimPayment:
    claim = kept.claim
    adjustments = [item for line in lines for item in line.adjustments]
    return ClaimPayment(
        account_number=claim.account_number,
        status=status,
        charge=claim.charge,
        paid=sum((line.paid for line in lines), ZERO),
        patient_responsibility=sum((item.amount for item in adjustments if item.group == "PR"), ZERO),
        filing_indicator=_FILING_INDICATORS[payer.filing_code],
        payer_claim_number=kept.payer_number,
        facility_code=claim.facility_code if isinstance(claim, InstitutionalClaim) else claim.place_of_service,
        frequency_code=claim.frequency_code,
        lines=lines,
        names=(Name("QC", claim.subscriber.last, claim.subscriber.first),),
    )


def take_back(paid: ClaimPayment) -> ClaimPayment:
    """The reversal of a payment: every amount turned around (CLP02 22)."""
    return replace(
        paid,
        status=_REVERSAL,
        charge=-paid.charge,
        paid=-paid.paid,
        patient_responsibility=None,
        lines=tuple(
            replace(
                line,
                charge=-line.charge,
                paid=-line.paid,
                adjustments=tuple(replace(item, amount=-item.amount) for item in line.adjustments),
            )
            for line in paid.lines
        ),
    )


def remittance_file(
    payer: group.Payer,
    claims: Sequence[ClaimPayment],
    *,
    number: int,
    receiver: str,
    created: datetime,
    provider_adjustments: Sequence[ProviderAdjustment] = (),
) -> bytes:
    """One 835 that pays `claims`; `number` is the payer's own count, and makes trace and control numbers."""
    start = RemittanceStart(
        amount=payment_amount(claims, provider_adjustments),
        trace_number=trace_number(payer, number, created.date()),
        payer=Party(
            payer.name,
            "XV",
            payer.payer_id,
            Address("1 Payer Plaza", "Chicago", "IL", "60606"),
            contacts=(Contact("BL", "Remittance desk", "8005550100"),),
        ),
        payee=_payee(),
        payment_format="CCP",
        originator=_originator(payer),
        payment_date=created.date(),
        payer_identifier=_originator(payer),
        production_date=created.date(),
    )
    control = int(payer.payer_id) * 100 + number
    interchange = OutgoingInterchange(
        sender=IDENTIFIER,
        receiver=receiver,
        control_number=control,
        group_control_number=control,
        created=created,
    )
    return write_835([Remittance(start, claims, provider_adjustments)], interchange=interchange)


def trace_number(payer: group.Payer, number: int, day: date) -> str:
    return f"EFT{payer.payer_id}{day:%m%d}{number:02}"


def recovered(reference: str, amount: Decimal, day: date) -> ProviderAdjustment:
    """PLB WO: an earlier overpayment kept back."""
    return ProviderAdjustment(_billing_office().npi, date(day.year, 12, 31), "WO", reference, amount)


def interest(amount: Decimal, day: date) -> ProviderAdjustment:
    """PLB L6: interest for paying late. Negative, since a positive adjustment lowers the payment."""
    return ProviderAdjustment(_billing_office().npi, date(day.year, 12, 31), "L6", "INTEREST", -amount)


def _line(
    line: ClaimLine | InstitutionalLine, decision: Decision, payer: group.Payer, reason: str, *, first: bool
) -> ServicePayment:
    return _service(
        line, tuple(item for item in _adjustments(line.charge, decision, payer, reason, first) if item.amount)
    )


def _service(line: ClaimLine | InstitutionalLine, adjustments: tuple[Adjustment, ...]) -> ServicePayment:
    """A line without a procedure, room and board, goes by its revenue code (NU)."""
    day = line.service_date
    room = Procedure("NU", line.revenue_code) if isinstance(line, InstitutionalLine) else None
    return ServicePayment(
        line.procedure or room or Procedure("HC", ""),
        line.charge,
        line.charge - sum((item.amount for item in adjustments), ZERO),
        units=line.units,
        adjustments=adjustments,
        dates=(QualifiedDate("472", day),) if day else (),
        references=(Reference("6R", line.control_number),) if line.control_number else (),
    )


def _adjustments(
    charge: Decimal, decision: Decision, payer: group.Payer, reason: str, first: bool
) -> tuple[Adjustment, ...]:
    """What a line is not paid for: the whole of it, nothing, or the discount and the patient's share."""
    if decision is Decision.FULL:
        return ()
    if decision is Decision.DENIED:
        return (Adjustment("CO", reason, charge),)
    allowed = cents(charge * payer.pays / 100)
    discount = Adjustment("CO", _OVER_CONTRACT, charge - allowed)
    if decision is Decision.COINSURANCE:
        return discount, Adjustment("PR", _COINSURANCE, cents(allowed / 5))
    # Deductible and copay fall due once a visit, on its first line.
    if not first:
        return (discount,)
    if decision is Decision.DEDUCTIBLE:
        deductible = min(allowed, Decimal("50.00"))
        rest = cents((allowed - deductible) / 10)
        return discount, Adjustment("PR", _DEDUCTIBLE, deductible), Adjustment("PR", _COINSURANCE, rest)
    return discount, Adjustment("PR", _COPAY, min(allowed, Decimal("25.00")))


def _payee() -> Party:
    office = _billing_office()
    return Party(office.name, "XX", office.npi, Address(office.address, office.city, office.region, office.postal_code))


def _billing_office() -> group.Facility:
    [office] = [one for one in group.FACILITIES if one.kind == "office"]
    return office


def _originator(payer: group.Payer) -> str:
    """TRN03 and BPR10: ten digits, the first of them 1 for an employer number."""
    return f"1{payer.payer_id:0>9}"
