"""W3: a visit ends, its charges come, its claim goes out and is accepted; or a case says what is missing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from connectors.formats.x12 import ProfessionalClaim
from exceptions import settling
from exceptions.models import Case
from hub.core import clock
from hub.core.events.claim import ClaimAcknowledged, ClaimRejected
from hub.ledger.models import Entry, Line
from hub.records.models import Charge, Claim
from orchestration.models import Run
from orchestration.sweeps import sweep
from orchestration.work import Work
from orchestration.workflows import claim_sending
from tests.orchestration.world import NINE, World, appointment, charge, completed, encounter, happen

LATER = NINE + timedelta(days=2)


def visit(world: World, **changes: str) -> None:
    happen(appointment())
    happen(encounter(), completed(occurred_at=NINE + timedelta(hours=1), **changes), system="ehr")
    happen(charge(line=1, amount="180.00"), charge(line=2, amount="45.50"), system="ehr")
    world.settle()


def run() -> Run:
    return Run.objects.get(workflow="W3")


def answer(kind: type, source: str, number: str = "A1", errors: tuple[str, ...] = ()) -> None:
    happen(
        kind(occurred_at=clock.now(), entity_key=number, facility="C01", claim_number=number, source=source,
             account_number=number, errors=errors),
        system="clearinghouse",
    )  # fmt: skip


def test_a_completed_visit_becomes_a_receivable_and_a_claim_that_is_accepted(world: World) -> None:
    with clock.travel(LATER - clock.machine_now()):
        visit(world)
        claim = Claim.objects.get()
        assert (claim.key, claim.status, claim.amount) == ("A1", "submitted", Decimal("225.50"))
        assert Charge.objects.filter(claim=claim).count() == 2
        sent = msgspec.convert(world.clearinghouse.of("claim.submit")[0]["claim"], ProfessionalClaim)
        assert (sent.account_number, sent.charge, len(sent.lines)) == ("A1", Decimal("225.50"), 2)

        answer(ClaimAcknowledged, "999")
        world.settle()
        assert run().state == "waiting"
        answer(ClaimAcknowledged, "277CA")
        world.settle()

    assert run().state == "succeeded"
    assert Claim.objects.get().status == "accepted"
    entry = Entry.objects.get(kind="charge")
    assert entry.state == "posted"
    assert sorted(Line.objects.values_list("account", "debit", "credit")) == [
        ("1100", Decimal("225.50"), Decimal("0.00")),
        ("4010", Decimal("0.00"), Decimal("225.50")),
    ]
    assert Case.objects.count() == 0


def test_an_answer_that_overtakes_the_note_of_sending_is_not_written_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = claim_sending._claims

    def read_before_the_answer(work: Work) -> list[Claim]:
        claims = read(work)
        if work.step.name == "sent":
            Claim.objects.filter(status="built").update(status="accepted")
        return claims

    monkeypatch.setattr(claim_sending, "_claims", read_before_the_answer)
    with clock.travel(LATER - clock.machine_now()):
        visit(world)

    claim = Claim.objects.get()
    assert (claim.status, claim.submitted_at is not None) == ("accepted", True)
    assert run().state == "succeeded"


def test_the_claim_waits_for_the_bill_hold(world: World) -> None:
    with clock.travel(NINE + timedelta(hours=3) - clock.machine_now()):
        visit(world)
        assert run().state == "waiting"
        assert Claim.objects.count() == 0


def test_a_self_pay_visit_is_billed_to_the_patient_and_makes_no_claim(world: World) -> None:
    with clock.travel(LATER - clock.machine_now()):
        happen(encounter(payer="SELFPAY"), completed(payer="SELFPAY"), charge(), system="ehr")
        world.settle()
    assert run().state == "succeeded"
    assert Claim.objects.count() == 0
    assert Line.objects.get(debit__gt=0).account == "1110"


def test_a_visit_without_a_charge_is_a_case_with_its_expected_dollars_until_the_charge_comes(world: World) -> None:
    with clock.travel(NINE + timedelta(hours=2) - clock.machine_now()):
        happen(appointment())
        happen(encounter(), completed(), system="ehr")
        world.settle()
        assert run().state == "waiting"
        assert Case.objects.count() == 0

    with clock.travel(NINE + timedelta(days=3, hours=2) - clock.machine_now()):
        sweep()
        world.settle()
        case = Case.objects.get()
        assert (run().state, case.code, case.queue) == ("parked", "completed-without-charge", "billing")
        assert case.amount == Decimal("234.00")

        happen(charge(), system="ehr")
        world.settle()
        assert Claim.objects.get().status == "submitted"
        settling.settle()
        case.refresh_from_db()
        assert (case.state, case.held) == ("resolved", 0)


def test_a_rejected_claim_is_a_case(world: World) -> None:
    with clock.travel(LATER - clock.machine_now()):
        visit(world)
        answer(ClaimRejected, "277CA", errors=("A7:562:85", "A3:21"))
        world.settle()
    case = Case.objects.get()
    assert (case.code, case.amount, run().state) == ("claim-rejected", Decimal("225.50"), "parked")
    assert case.detail == (
        "The clearinghouse rejected the claim (277CA): information is invalid (A7:562:85);"
        " returned as unprocessable (A3:21)."
    )


def test_a_claim_without_a_member_id_is_not_sent_but_a_case_that_names_what_is_missing(world: World) -> None:
    with clock.travel(LATER - clock.machine_now()):
        happen(encounter(member_id=""), completed(member_id=""), charge(), system="ehr")
        world.settle()
    case = Case.objects.get()
    assert case.code == "claim-incomplete"
    assert "member id" in case.detail
    assert "TESTER" not in case.title + case.detail
    assert world.clearinghouse.books == []
