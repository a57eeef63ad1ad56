"""Denied claims as the console's tests see them: the rows alone, without the remittances that bring them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hub.core.clock import now
from hub.core.ids import uuid7
from hub.records.models import Claim, ClaimPayment, Denial, Journey, Remittance


def claim_payment(number: str, *, facility: str = "C07", payer: str = "AETNA", **changes: Any) -> ClaimPayment:
    """A decision of the payer about a claim of 200.00, refused unless `changes` say otherwise."""
    journey = Journey.objects.create(account_number=number, facility=facility)
    claim = Claim.objects.create(
        key=number, system="hub", facility=facility, journey=journey, account_number=number, occurred_at=now(),
        status="denied", payer=payer, amount=Decimal("200.00"), submitted_at=now() - timedelta(days=20),
    )  # fmt: skip
    remittance = Remittance.objects.create(
        key=f"R{number}", message_id=uuid7(), status="recorded", facility="CBO", payer=payer, trace_number="EFT-9",
        amount=Decimal("0.00"), paid_on=now().date(),
    )  # fmt: skip
    values: dict[str, Any] = {
        "kind": "denied", "status_code": "4", "charge": Decimal("200.00"), "paid": Decimal("0.00"),
        "adjustments": [{"group": "CO", "reason": "197", "amount": "200.00", "level": "claim", "line": 0}],
    }  # fmt: skip
    return ClaimPayment.objects.create(
        remittance=remittance, position=1, event_id=uuid7(), claim=claim, journey=journey, facility=facility,
        claim_number=number, patient_responsibility=Decimal("0.00"), posted_at=now(), **{**values, **changes},
    )  # fmt: skip


def denial(number: str, amount: str, *, days_left: int = 60, facility: str = "C07", **changes: Any) -> Denial:
    payment = claim_payment(number, facility=facility)
    assert payment.claim is not None
    values: dict[str, Any] = {
        "family": "authorization", "root_cause": "authorization not requested", "carc": "197", "group_code": "CO",
    }  # fmt: skip
    return Denial.objects.create(
        claim_payment=payment, claim=payment.claim, journey=payment.journey, facility=facility, payer="AETNA",
        amount=Decimal(amount), denied_at=now() - timedelta(days=10),
        appeal_due_at=now() + timedelta(days=days_left, minutes=1), **{**values, **changes},
    )  # fmt: skip
