"""What the visit will cost the patient, as far as it is known before.

The rules, in this order, over what the visit is expected to bring (the allowed amount, not the charge):

1. A patient without a payer bears all of it.
2. What is left of the deductible comes first, as far as the amount goes.
3. Of the rest the copay, a fixed sum for one visit, as far as the rest goes.
4. Of what then is left the coinsurance, a fraction, to the cent.
5. The payer bears what remains.

So no share is ever below zero and both make up the amount. What the payer did not say counts as nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hub.core.errors import MappingMissing
from hub.core.events.estimate import EstimateCreated
from hub.core.money import ZERO, cents
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Coverage
from orchestration.work import Work
from orchestration.workflow import Done, Outcome, Skip
from orchestration.workflows.readiness_visit import Visit, over, visit_of


@dataclass(frozen=True, slots=True)
class Shares:
    patient: Decimal
    payer: Decimal
    basis: str


def shares(
    amount: Decimal, *, deductible: Decimal | None, copay: Decimal | None, coinsurance: Decimal | None
) -> Shares:
    """How `amount` (not below zero) is divided; `coinsurance` is a fraction of 1."""
    left, parts = amount, []
    for name, asked in (("deductible", deductible), ("copay", copay)):
        part = min(max(asked or ZERO, ZERO), left)
        if part:
            parts.append(name)
        left -= part
    fraction = min(max(coinsurance or ZERO, ZERO), Decimal(1))
    part = cents(left * fraction)
    if part:
        parts.append(f"coinsurance {fraction:.0%}")
    left -= part
    known = any(value is not None for value in (deductible, copay, coinsurance))
    basis = ", ".join(parts) or ("nothing for the patient" if known else "the payer named no share of the patient")
    return Shares(amount - left, left, basis)


def expected_amount(visit: Visit) -> Decimal:
    """By the fee table of the day; where it has no row, what such a visit brings as a rule."""
    crosswalk, appointment = snapshot(), visit.appointment
    try:
        line = crosswalk.service_line_of(appointment.department)
        return crosswalk.expected_amount(line, appointment.visit_type, visit.payer.code, visit.on)
    except MappingMissing:
        return crosswalk.typical_amount(appointment.visit_type, visit.payer.code, visit.on)


def estimate(work: Work) -> Outcome:
    """Divide what is expected between payer and patient, and say so."""
    visit = visit_of(work)
    if end := over(work, visit):
        return end
    amount = expected_amount(visit)
    if not amount:
        return Skip("nothing is known of what such a visit brings")
    divided = _divide(work, visit, amount)
    event = EstimateCreated(
        occurred_at=work.now,
        entity_key=visit.appointment.key,
        facility=visit.facility.code,
        account_number=visit.appointment.account_number,
        appointment_id=visit.appointment.key,
        payer=visit.payer.code,
        amount=amount,
        patient_share=divided.patient,
        payer_share=divided.payer,
        basis=divided.basis,
    )
    return Done({"amount": f"{amount:.2f}", "patient_share": f"{divided.patient:.2f}"}, events=(event,))


def _divide(work: Work, visit: Visit, amount: Decimal) -> Shares:
    if visit.is_self_pay:
        return Shares(amount, ZERO, "the patient pays")
    trace = work.output("eligibility").get("trace", "")
    coverage = Coverage.objects.filter(key=trace).first() if trace else None
    if coverage is None:
        return Shares(ZERO, amount, "the payer named no share of the patient")
    return shares(
        amount,
        deductible=coverage.deductible_remaining,
        copay=coverage.copay,
        coinsurance=coverage.coinsurance,
    )
