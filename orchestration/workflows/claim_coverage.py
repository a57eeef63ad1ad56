"""Coordination of benefits: what the payer before this one decided, as its remittance said, on claim and lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.db.models import Q

from connectors.formats.x12 import Adjustment, LineAdjudication, OtherCoverage, Procedure
from hub.core.errors import BusinessRefusal
from hub.core.money import ZERO
from hub.records.models import Charge, Claim, ClaimForm, ClaimPayment
from orchestration.workflows.claim_heads import Bill, line_units, payer, subscriber
from orchestration.workflows.claim_revenue import is_room, revenue_code

_MOST_REMARKS = 5


def decision_of(claim: Claim) -> ClaimPayment | None:
    """The newest decision on a claim, whether it is posted already or not."""
    found = ClaimPayment.objects.filter(Q(claim=claim) | Q(claim_number=claim.key), kind="adjudicated")
    return found.select_related("remittance").order_by("-id").first()


def decided_before(bill: Bill, primary: Claim) -> tuple[Bill, Sequence[tuple[LineAdjudication, ...]]]:
    """The bill with the other payer's decision (loop 2320), and that decision on each of its lines (loop 2430)."""
    payment = decision_of(primary)
    if payment is None:
        raise BusinessRefusal(
            "claim-incomplete",
            "The claim cannot be made yet: what the payer before this one decided is missing.",
            cause=(str(bill.claim.journey_id), bill.claim.key),
            hint="Retry once the remittance of the claim before this one has come.",
            subject={"missing": "the decision of the payer before", "claim": bill.claim.key},
        )
    whose = payer(bill.crosswalk, primary.payer)
    lines = _on_lines(bill, payment, whose.identifier)
    coverage = OtherCoverage(
        subscriber=replace(
            subscriber(bill, primary.payer, primary.sequence_code, str(bill.person.get("member_id", ""))),
            birth_date=None,
            gender="U",
        ),
        payer=whose,
        paid=payment.paid,
        adjustments=tuple(_adjustment(row) for row in payment.adjustments if not lines or row["level"] == "claim"),
        remarks=tuple(payment.remark_codes[:_MOST_REMARKS]),
        paid_date=None if lines else payment.remittance.paid_on,
        claim_number=payment.payer_claim_control_number or primary.payer_claim_control_number,
    )
    return replace(bill, decided=coverage), lines or [() for _ in bill.charges]


def _on_lines(bill: Bill, payment: ClaimPayment, whose: str) -> list[tuple[LineAdjudication, ...]]:
    """What was decided on each line; empty where the remittance tells none, or its lines are not those of the claim."""
    by_line: dict[int, list[Adjustment]] = defaultdict(list)
    for row in payment.adjustments:
        if row["level"] == "line":
            by_line[int(row["line"])].append(_adjustment(row))
    if not by_line or max(by_line) > len(bill.charges):
        return []
    found = [_line(bill, charge, by_line[number], payment, whose) for number, charge in enumerate(bill.charges, 1)]
    on_claim = sum((Decimal(row["amount"]) for row in payment.adjustments if row["level"] == "claim"), ZERO)
    if sum((line.paid for line in found), ZERO) - on_claim != payment.paid:
        return []
    return [(line,) for line in found]


def _line(
    bill: Bill, charge: Charge, adjustments: Sequence[Adjustment], payment: ClaimPayment, whose: str
) -> LineAdjudication:
    institutional = bill.claim.form == ClaimForm.INSTITUTIONAL
    room = is_room(charge.procedure_code)
    return LineAdjudication(
        payer_identifier=whose,
        paid=charge.amount - sum((one.amount for one in adjustments), ZERO),
        units=line_units(charge),
        procedure=None if room else Procedure("HC", charge.procedure_code, tuple(charge.modifiers)),
        revenue_code=revenue_code(charge, bill.encounter.encounter_class) if institutional else "",
        adjustments=tuple(adjustments),
        paid_date=payment.remittance.paid_on,
    )


def _adjustment(row: dict[str, str]) -> Adjustment:
    return Adjustment(row["group"], row["reason"], Decimal(row["amount"]))
