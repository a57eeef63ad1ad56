"""W5: a payment settles at the gateway, billing is updated, the ERP has the receipt; each once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from exceptions.models import Case
from hub.core.events import Event
from hub.core.events.payment import PaymentFailed, PaymentSettled
from hub.ledger.models import Entry, Line
from hub.records.models import Payment
from orchestration.models import Run
from tests.orchestration.world import NINE, REFUSE, World, encounter, happen


def paid(kind: type[Event] = PaymentSettled, **changes: Any) -> Event:
    values: dict[str, Any] = {
        "occurred_at": NINE + timedelta(days=10),
        "entity_key": "gateway:pi_1",
        "facility": "C01",
        "account_number": "A1",
        "payment_id": "pi_1",
        "amount": Decimal("30.00"),
    }
    return kind(**{**values, **changes})


def test_a_settled_payment_updates_billing_and_is_posted_as_a_receipt(world: World) -> None:
    happen(encounter(), system="ehr")
    happen(paid(), system="gateway")
    world.settle()
    assert Run.objects.get(workflow="W5").state == "succeeded"
    assert world.billing.of("billing.post_payment")[0]["amount"] == "30.00"
    assert sorted(Line.objects.values_list("account", "debit", "credit")) == [
        ("1010", Decimal("30.00"), Decimal("0.00")),
        ("1110", Decimal("0.00"), Decimal("30.00")),
    ]
    assert Entry.objects.get().state == "posted"
    payment = Payment.objects.get()
    assert payment.matched
    assert payment.posted_at is not None


def test_the_same_payment_told_twice_is_posted_once(world: World) -> None:
    happen(encounter(), system="ehr")
    happen(paid(), paid(occurred_at=NINE + timedelta(days=11)), system="gateway")
    world.settle()
    assert len(world.erp.books) == len(world.billing.books) == 1


def test_a_payment_for_an_unknown_account_is_a_case_with_its_dollars(world: World) -> None:
    happen(paid(account_number="NOBODY"), system="gateway")
    world.settle()
    case = Case.objects.get()
    assert (case.code, case.queue, case.amount) == ("unmatched-payment", "cash", Decimal("30.00"))
    assert not Payment.objects.get().matched
    assert world.erp.books == world.billing.books == []


def test_a_payment_that_failed_moves_nothing(world: World) -> None:
    happen(encounter(), system="ehr")
    happen(paid(PaymentFailed), system="gateway")
    world.settle()
    assert not Run.objects.filter(workflow="W5").exists()
    assert world.erp.books == world.billing.books == []


def test_an_erp_that_refuses_parks_the_receipt_and_leaves_billing_updated_once(world: World) -> None:
    happen(encounter(), system="ehr")
    world.erp.weather = [REFUSE]
    happen(paid(), system="gateway")
    world.settle()
    run = Run.objects.get(workflow="W5")
    assert (run.state, run.step) == ("parked", "receipt")
    assert len(world.billing.books) == 1
    assert Case.objects.get().amount == Decimal("30.00")
