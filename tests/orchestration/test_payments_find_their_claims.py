"""W4: whose payment it is, which payments belong together, and who pays after whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from connectors.formats.x12 import ProviderAdjustment
from exceptions.models import Case
from hub.core.events import from_json
from hub.core.events.claim import AdjudicationEvent
from hub.core.sealing import open_json
from hub.ledger.models import Entry, Line
from hub.records import models as records
from hub.records.states import ClaimStatus
from orchestration.models import Run
from orchestration.workflows.payment_matching import candidates
from tests.orchestration.remittances import arrive, back, balances, file, payment
from tests.orchestration.world import NINE, World

SERVED = NINE.date()


def test_a_mangled_claim_number_is_found_by_patient_day_and_amount(claims: World) -> None:
    rename("A2", "CLM-2026-000217")
    for number in ("A1", "A3", "A4"):
        records.Charge.objects.filter(claim__key=number).update(service_date=date(2026, 11, 8))
    arrive(claims, file(payment("CLM2026000217", "200.00", their_number="X9", served_on=SERVED)))
    matched = records.ClaimPayment.objects.get()
    assert (matched.claim and matched.claim.key, matched.matched_by) == ("CLM-2026-000217", "score")
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}
    assert Case.objects.count() == 0


def test_a_payment_by_the_payers_own_number_says_so(claims: World) -> None:
    records.Claim.objects.filter(key="A3").update(payer_claim_control_number="PAYER-3")
    arrive(claims, file(payment("GARBLED", "200.00", their_number="PAYER-3")))
    matched = records.ClaimPayment.objects.get()
    assert (matched.claim and matched.claim.key, matched.matched_by) == ("A3", "control number")


def test_claims_that_agree_alike_are_offered_to_a_person_and_none_is_taken(claims: World) -> None:
    arrive(claims, file(payment("LOST", "200.00", their_number="X9", served_on=SERVED)))
    case = Case.objects.get()
    assert case.code == "unmatched-claim-payment"
    offered = dict(item.split("=") for item in case.subject["candidates"].split(","))
    assert set(offered) == {str(pk) for pk in records.Claim.objects.values_list("pk", flat=True)}
    assert set(offered.values()) == {"100"}
    assert balances() == {}


def test_what_agrees_is_what_scores(claims: World) -> None:
    arrive(claims, file(payment("LOST", "200.00", their_number="X9", last_name="OTHER")))
    event = started_by(Run.objects.get(workflow="W4"))
    assert {one.score for one in candidates(event)} == {30 + 25}
    assert {one.agrees for one in candidates(event)} == {("amount", "member")}
    assert {one.score for one in candidates(replace(event, service_date=SERVED))} == {30 + 25 + 25}
    assert candidates(replace(event, charge=Decimal("199.00"))) == ()
    assert candidates(replace(event, payer="UHC")) == ()


def test_a_reversal_pairs_with_its_payment_and_the_correction_with_the_reversal_across_files(claims: World) -> None:
    arrive(claims, file(payment("A1", "150.00", ("CO", "45", "50.00"))))
    arrive(claims, file(back("A1", "150.00", ("CO", "45", "50.00")), payment("A2", "200.00"), trace="T2"))
    arrive(claims, file(payment("A1", "120.00", ("CO", "45", "50.00"), ("PR", "2", "30.00")), trace="T3"))
    paid, reversal, correction = records.ClaimPayment.objects.filter(claim_number="A1").order_by("id")
    assert (reversal.pairs, correction.pairs) == (paid, reversal)
    assert balances() == {
        "1010": Decimal("320.00"), "4020": Decimal("50.00"), "1110": Decimal("30.00"), "1100": Decimal("-400.00"),
    }  # fmt: skip
    claim = records.Claim.objects.get(key="A1")
    assert (claim.status, claim.paid, claim.contractual, claim.patient_responsibility) == (
        ClaimStatus.PAID, Decimal("120.00"), Decimal("50.00"), Decimal("30.00"),
    )  # fmt: skip


def test_a_reversal_that_comes_before_its_payment_leaves_nothing_once_both_are_there(claims: World) -> None:
    taken_back = back("A1", "150.00", ("CO", "45", "50.00"))
    arrive(claims, file(payment("A2", "200.00"), taken_back, trace="T1"))
    arrive(claims, file(payment("A1", "150.00", ("CO", "45", "50.00")), trace="T2"))
    reversal, paid = records.ClaimPayment.objects.filter(claim_number="A1").order_by("id")
    assert reversal.pairs == paid
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}
    assert records.Claim.objects.get(key="A1").status == ClaimStatus.REVERSED


def test_taking_back_a_denial_moves_no_money(claims: World) -> None:
    arrive(claims, file(payment("A1", "0.00", ("CO", "197", "200.00"), status="4")))
    arrive(claims, file(back("A1", "0.00", ("CO", "197", "200.00")), payment("A1", "200.00"), trace="T2"))
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}
    assert records.Claim.objects.get(key="A1").status == ClaimStatus.PAID


def test_what_the_first_payer_leaves_goes_to_the_second_before_the_patient(claims: World) -> None:
    records.Encounter.objects.filter(account_number="A1").update(secondary_payer="BCBS")
    first = records.Claim.objects.get(key="A1")
    arrive(claims, file(payment("A1", "120.00", ("CO", "45", "50.00"), ("PR", "2", "30.00"))))
    assert receivables() == {"AETNA": Decimal("-200.00"), "BCBS": Decimal("30.00")}
    first.refresh_from_db()
    assert first.patient_responsibility == 0
    to_second = records.Claim.objects.get(follows=first)
    second = payment(to_second.key, "20.00", ("OA", "23", "170.00"), ("PR", "2", "10.00"), their_number="S1")
    arrive(claims, file(second, trace="T2"))
    assert receivables() == {"AETNA": Decimal("-200.00"), "BCBS": Decimal("0.00")}
    assert balances()["1110"] == Decimal("10.00")
    (decided,) = Run.objects.get(workflow="W6").outputs["decide"]["decisions"]
    assert (decided["carc"], decided["outcome"]) == ("23", "keep")


def test_a_zero_remittance_forwards_its_balance_to_the_next_one(claims: World) -> None:
    arrive(claims, file(payment("A1", "200.00")))
    forward = (ProviderAdjustment("1234567893", date(2026, 12, 31), "FB", "T2", Decimal("-200.00")),)
    arrive(claims, file(back("A1", "200.00"), trace="T2", beside=forward))
    assert records.Remittance.objects.get(trace_number="T2").amount == 0
    assert not records.Deposit.objects.filter(trace_number="T2").exists()
    assert balances()["5040"] == Decimal("-200.00")
    settled = (ProviderAdjustment("1234567893", date(2026, 12, 31), "FB", "T2", Decimal("200.00")),)
    arrive(claims, file(payment("A2", "200.00"), payment("A3", "200.00"), trace="T3", beside=settled))
    assert balances() == {"1010": Decimal("400.00"), "1100": Decimal("-400.00")}
    memos = set(Entry.objects.filter(kind="provider_adjustment").values_list("lines__memo", flat=True))
    assert "FB T2" in memos


# --- what the tests share ---


def rename(number: str, to: str) -> None:
    records.Claim.objects.filter(key=number).update(key=to)


def started_by(run: Run) -> AdjudicationEvent:
    row = records.Event.objects.get(pk=run.event_id)
    event = from_json(row.type, {**row.data, **open_json(row.sealed)})
    assert isinstance(event, AdjudicationEvent)
    return event


def receivables() -> dict[str, Decimal]:
    rows = Line.objects.filter(account="1100").exclude(entry__kind="charge").values("payer")
    return {row["payer"]: row["net"] for row in rows.annotate(net=Sum("debit") - Sum("credit"))}
