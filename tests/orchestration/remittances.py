"""Remittances as a payer would send them, and claims for them to pay: what tests of W4, W6 and denials share."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from django.db.models import Sum

from connectors.formats.x12 import (
    Adjustment,
    ClaimPayment,
    Contact,
    Name,
    OutgoingInterchange,
    Party,
    ProviderAdjustment,
    QualifiedDate,
    Remittance,
    RemittanceStart,
    payment_amount,
    write_835,
)
from connectors.intake import Receipt, receive_stream
from connectors.sandbox.group import local_code
from connectors.selectors import feed
from hub.core import clock
from hub.core.events.claim import ClaimAcknowledged
from hub.ledger.models import Line
from tests.orchestration.world import NINE, World

PAID_ON = date(2026, 11, 16)
LATER = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def accepted(number: str) -> ClaimAcknowledged:
    return ClaimAcknowledged(
        occurred_at=NINE + timedelta(days=1), entity_key=number, facility="C01", account_number=number,
        claim_number=number, source="277CA",
    )  # fmt: skip


def payment(
    number: str,
    paid: str,
    *adjustments: tuple[str, str, str],
    status: str = "1",
    charged: str = "200.00",
    their_number: str = "",
    last_name: str = "TESTER",
    served_on: date | None = None,
) -> ClaimPayment:
    """One claim's part of a remittance; adjustments are (group, reason, amount)."""
    rows = tuple(Adjustment(group, reason, Decimal(amount)) for group, reason, amount in adjustments)
    patient = sum((row.amount for row in rows if row.group == "PR"), Decimal(0))
    return ClaimPayment(
        account_number=number, status=status, charge=Decimal(charged), paid=Decimal(paid),
        patient_responsibility=patient, filing_indicator="12", payer_claim_number=their_number or f"P{number}",
        adjustments=rows, names=(Name("QC", last_name, "PAT", id_qualifier="MI", id="W123456789"),),
        dates=(QualifiedDate("232", served_on),) if served_on else (),
    )  # fmt: skip


def file(
    *payments: ClaimPayment, trace: str = "T1", amount: str | None = None, beside: tuple[ProviderAdjustment, ...] = ()
) -> bytes:
    start = RemittanceStart(
        amount=Decimal(amount) if amount else payment_amount(payments, beside),
        payment_date=PAID_ON,
        trace_number=trace,
        payer_identifier="1999999999",
        payer=Party("AETNA", id_qualifier="XV", id=local_code("payer", "clearinghouse", "C01", "AETNA"),
                    contacts=(Contact("BL", "EDI", phone="8005550100"),)),
        payee=Party("NORTHLAKE", id_qualifier="XX", id=local_code("facility", "clearinghouse", "", "CBO")),
    )  # fmt: skip
    interchange = OutgoingInterchange(
        sender="PAYER", receiver="NORTHLAKE", control_number=1, group_control_number=1, created=LATER
    )
    return write_835([Remittance(start, payments, beside)], interchange=interchange)


def arrive(world: World, content: bytes) -> Receipt:
    with clock.travel(LATER - clock.machine_now()):
        receipt = receive_stream(feed("clearinghouse"), stream=BytesIO(content), headers={}, name="era.835")
        world.settle()
    return receipt


def back(number: str, paid: str, *adjustments: tuple[str, str, str], their_number: str = "") -> ClaimPayment:
    """The reversal of such a payment: every amount turned around."""
    turned = [(group, reason, str(-Decimal(amount))) for group, reason, amount in adjustments]
    return payment(number, str(-Decimal(paid)), *turned, status="22", charged="-200.00", their_number=their_number)


def balances() -> dict[str, Decimal]:
    """What all that follows a charge moved, net, by account."""
    rows = Line.objects.exclude(entry__kind="charge")
    sums = rows.values("account").annotate(net=Sum("debit") - Sum("credit"))
    return {row["account"]: row["net"] for row in sums if row["net"]}
