"""W4: a remittance file is checked whole, split per claim, and posted; what does not add up posts nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from connectors.formats.x12 import ProviderAdjustment
from connectors.intake import Outcome
from connectors.models import Message
from exceptions.models import Case
from hub.ledger.models import Entry
from hub.records import models as records
from orchestration import services
from tests.orchestration.remittances import PAID_ON, arrive, balances, file, payment
from tests.orchestration.world import World


def test_each_claim_of_a_remittance_is_posted_as_one_balanced_entry(claims: World) -> None:
    arrive(
        claims,
        file(
            payment("A1", "200.00"),
            payment("A2", "120.00", ("CO", "45", "50.00"), ("PR", "1", "30.00")),
        ),
    )
    assert balances() == {
        "1010": Decimal("320.00"), "4020": Decimal("50.00"), "1110": Decimal("30.00"), "1100": Decimal("-400.00"),
    }  # fmt: skip
    assert not Entry.objects.exclude(state="posted").exists()
    assert set(claims.erp.times().values()) == {1}
    paid = records.Claim.objects.get(key="A2")
    assert (paid.status, paid.paid, paid.contractual, paid.patient_responsibility) == (
        "paid", Decimal("120.00"), Decimal("50.00"), Decimal("30.00"),
    )  # fmt: skip
    assert records.Deposit.objects.get().amount == Decimal("320.00")
    assert records.Remittance.objects.get().status == "recorded"
    assert Case.objects.count() == 0


def test_a_file_out_of_balance_is_quarantined_whole_with_a_case(claims: World) -> None:
    before = Entry.objects.count()
    receipt = arrive(claims, file(payment("A1", "200.00"), payment("A2", "200.00"), amount="399.00"))
    message = Message.objects.get(pk=receipt.message_id)
    assert (message.state, message.code) == ("held", "remittance-out-of-balance")
    case = Case.objects.get()
    assert case.queue == "cash"
    assert "1.00" in case.detail
    assert Entry.objects.count() == before
    assert records.ClaimPayment.objects.count() == 0


def test_a_denial_moves_no_money_and_is_a_case_with_its_appeal_clock(claims: World) -> None:
    arrive(claims, file(payment("A1", "0.00", ("CO", "197", "200.00"), status="4")))
    case = Case.objects.get()
    assert (case.code, case.queue, case.amount) == ("claim-denied", "denials", Decimal("200.00"))
    assert case.due_at is not None
    assert case.due_at.date() > PAID_ON + timedelta(days=30)
    assert records.Claim.objects.get(key="A1").status == "denied"
    assert balances() == {}


def test_a_reversal_and_its_correction_leave_only_the_correction(claims: World) -> None:
    arrive(claims, file(payment("A1", "200.00")))
    arrive(
        claims,
        file(
            payment("A1", "-200.00", status="22", charged="-200.00"),
            payment("A1", "150.00", ("CO", "45", "50.00")),
            trace="T2",
        ),
    )
    assert balances() == {"1010": Decimal("150.00"), "4020": Decimal("50.00"), "1100": Decimal("-200.00")}
    reversal = Entry.objects.get(kind="reversal")
    assert reversal.reverses is not None
    assert reversal.reverses.kind == "claim_payment"
    claim = records.Claim.objects.get(key="A1")
    assert (claim.status, claim.paid) == ("paid", Decimal("150.00"))


def test_interest_and_recoveries_beside_the_claims_are_posted(claims: World) -> None:
    beside = (
        ProviderAdjustment("1234567893", date(2026, 12, 31), "L6", "INT", Decimal("-2.50")),
        ProviderAdjustment("1234567893", date(2026, 12, 31), "WO", "TAKEBACK", Decimal("40.00")),
    )
    arrive(claims, file(payment("A1", "200.00"), beside=beside))
    assert balances() == {
        "1010": Decimal("162.50"), "1100": Decimal("-200.00"), "4030": Decimal("-2.50"), "5040": Decimal("40.00"),
    }  # fmt: skip


def test_a_payment_for_an_unknown_claim_is_kept_and_shown_and_not_posted(claims: World) -> None:
    arrive(claims, file(payment("NOBODY", "75.00", charged="75.00"), payment("A1", "200.00")))
    case = Case.objects.get()
    assert (case.code, case.amount) == ("unmatched-claim-payment", Decimal("75.00"))
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}
    assert records.ClaimPayment.objects.count() == 2


def test_the_same_remittance_in_another_file_has_no_effect(claims: World) -> None:
    content = file(payment("A1", "200.00"))
    first = arrive(claims, content)
    again = arrive(claims, content)
    assert (again.outcome, again.message_id) == (Outcome.DUPLICATE, first.message_id)
    renumbered = content.replace(b"*000000001*0*P", b"*000000002*0*P").replace(b"IEA*1*000000001", b"IEA*1*000000002")
    assert renumbered != content
    other = arrive(claims, renumbered)
    assert Message.objects.get(pk=other.message_id).state == "duplicate"
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}


def test_every_file_is_answered_with_a_999(claims: World) -> None:
    arrive(claims, file(payment("A1", "200.00")))
    (answer,) = claims.clearinghouse.of("acknowledgement.submit")
    assert "AK9*A*1*1*1" in answer["content"]


def test_a_replayed_remittance_records_and_posts_nothing_a_second_time(claims: World) -> None:
    receipt = arrive(claims, file(payment("A1", "200.00"), payment("A2", "200.00")))
    before = records.Event.objects.count(), records.ClaimPayment.objects.count(), len(claims.erp.books)
    services.replay_messages([receipt.message_id])
    claims.settle()
    assert Message.objects.get(pk=receipt.message_id).state == "processed"
    after = records.Event.objects.count(), records.ClaimPayment.objects.count(), len(claims.erp.books)
    assert after == before
