"""W3S and W3Q: what the first payer leaves goes to the second; a claim that nobody decides is asked after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User

from connectors.clearinghouse.submission import Identity, file_name, write_batch
from connectors.formats.x12 import InstitutionalClaim, ProfessionalClaim
from connectors.models import Lane, System
from connectors.payers.payloads import ClaimStatusInquiry
from connectors.sandbox import group
from connectors.sandbox.claims_kept import KeptClaim, payer_number
from connectors.sandbox.payers import Decision, pay, pay_after
from exceptions import inquiries
from exceptions.models import Case
from hub.core import clock
from hub.core.events.claim import ClaimAcknowledged, ClaimRejected, ClaimStatusReported
from hub.governance.access import Actor, Door
from hub.governance.models import Grant
from hub.governance.roles import Role
from hub.ledger import accounts
from hub.masterdata import crosswalk
from hub.masterdata.models import Payer
from hub.records.models import Claim
from orchestration.models import Run
from orchestration.replaying import begin_again
from orchestration.sweeps import sweep
from tests.connectors.formats.x12.judge import complaints
from tests.orchestration.remittances import arrive, balances, file
from tests.orchestration.world import NINE, FakeSystem, World, charge, completed, encounter, happen

LATER = NINE + timedelta(days=2)
PAYERS = {payer.code: payer for payer in group.PAYERS}


@pytest.fixture
def later(world: World) -> Iterator[World]:
    with clock.travel(LATER - clock.machine_now()):
        yield world


def visit(world: World, **changes: Any) -> None:
    place = {"facility": changes.get("facility", "C01")}
    happen(encounter(**changes), completed(occurred_at=NINE + timedelta(hours=1), **changes), system="ehr")
    happen(charge(**place), charge(line=2, amount="45.50", procedure_code="36415", **place), system="ehr")
    world.settle()


def accepted(number: str = "A1") -> None:
    happen(
        ClaimAcknowledged(
            occurred_at=clock.now(), entity_key=number, facility="C01", claim_number=number, source="277CA",
            payer_claim_control_number=f"P-{number}",
        ),
        system="clearinghouse",
    )  # fmt: skip


def kept(world: World) -> KeptClaim:
    """The claim that went out last, as its payer has it."""
    payload = world.clearinghouse.of("claim.submit")[-1]
    form: Any = InstitutionalClaim if payload["form"] == "institutional" else ProfessionalClaim
    claim = msgspec.convert(payload["claim"], form)
    return KeptClaim("1:0001", payer_number(claim), datetime(2026, 11, 16, tzinfo=UTC), claim)


@pytest.mark.parametrize("facility", ["C01", "NLM"])
def test_what_the_first_payer_leaves_goes_to_the_second_and_nothing_to_the_patient(later: World, facility: str) -> None:
    visit(later, facility=facility, payer="MEDICARE", secondary_payer="BCBS", secondary_member_id="B123")
    accepted()
    arrive(later, file(pay(kept(later), Decision.COINSURANCE, PAYERS["MEDICARE"]), trace="T1"))

    second = kept(later).claim
    primary = Claim.objects.get(key="A1")
    row = Claim.objects.get(key="A1-S")
    assert (row.sequence_code, row.payer, row.follows, row.status) == ("S", "BCBS", primary, "submitted")
    assert (second.subscriber.payer_responsibility, second.subscriber.member_id) == ("S", "B123")
    [coverage] = second.other_coverages
    assert (coverage.paid, coverage.claim_number) == (primary.paid, primary.payer_claim_control_number)
    assert all(line.adjudications for line in second.lines)
    created = datetime(2026, 11, 20, tzinfo=UTC)
    content = write_batch([second], Identity.of({}), name=file_name(["key"], type(second)), created=created)
    assert complaints(content) == []

    accepted("A1-S")
    arrive(later, file(pay_after(kept(later), PAYERS["BCBS"]), trace="T2"))
    assert Claim.objects.get(key="A1-S").paid == primary.amount - primary.paid - primary.contractual
    assert accounts.PATIENT_RECEIVABLE not in balances()


def test_a_claim_to_the_second_payer_that_is_refused_goes_out_again_and_still_follows_the_first(later: World) -> None:
    visit(later, payer="MEDICARE", secondary_payer="BCBS", secondary_member_id="B123")
    accepted()
    arrive(later, file(pay(kept(later), Decision.COPAY, PAYERS["MEDICARE"])))
    happen(
        ClaimRejected(occurred_at=clock.now(), entity_key="A1-S", facility="C01", claim_number="A1-S", source="277CA"),
        system="clearinghouse",
    )
    later.settle()
    run = Run.objects.get(workflow="W3S")
    assert run.state == "parked"
    assert "Make the claim to the next payer" in Case.objects.get(code="claim-rejected").hint
    begin_again([run.id], from_step="claim")
    later.settle()
    again = Claim.objects.get(key="A1-S-R2")
    assert (again.status, again.follows, again.payer) == ("submitted", Claim.objects.get(key="A1"), "BCBS")
    assert kept(later).claim.other_coverages[0].paid is not None


@pytest.mark.parametrize(("decision", "status"), [(Decision.FULL, "1"), (Decision.COINSURANCE, "19")])
def test_nothing_goes_to_a_second_payer_where_the_first_leaves_nothing_or_forwards_the_claim_itself(
    later: World, decision: Decision, status: str
) -> None:
    visit(later, payer="MEDICARE", secondary_payer="BCBS", secondary_member_id="B123")
    accepted()
    arrive(later, file(replace(pay(kept(later), decision, PAYERS["MEDICARE"]), status=status)))
    assert not Run.objects.filter(workflow="W3S").exists()
    assert not Claim.objects.filter(sequence_code="S").exists()


@pytest.fixture
def asked(world: World) -> FakeSystem:
    """Aetna answers in real time."""
    system, _ = System.objects.get_or_create(
        code="payer-aetna", defaults={"number": "S9", "name": "Aetna", "connector": "payers"}
    )
    Lane.objects.get_or_create(system=system)
    Payer.objects.filter(code="AETNA").update(real_time_system="payer-aetna")
    crosswalk.forget()
    world.payers["payer-aetna"] = FakeSystem()
    return world.payers["payer-aetna"]


def test_a_claim_that_is_not_decided_in_three_weeks_is_asked_after_and_then_a_case_until_it_is(
    world: World, asked: FakeSystem
) -> None:
    with clock.travel(LATER - clock.machine_now()):
        visit(world)
        accepted()
        world.settle()
    with clock.travel(LATER + timedelta(days=20) - clock.machine_now()):
        sweep()
        world.settle()
        assert asked.books == []
    with clock.travel(LATER + timedelta(days=21, hours=1) - clock.machine_now()):
        sweep()
        world.settle()
        [question] = [msgspec.convert(one, ClaimStatusInquiry) for one in asked.of("claim_status.inquire")]
        assert (question.claim_number, question.amount) == ("A1", Decimal("225.50"))
        assert question.payer_claim_control_number == "P-A1"
        assert Case.objects.filter(code="claim-not-decided").count() == 0

        happen(
            ClaimStatusReported(
                occurred_at=clock.now(), entity_key="A1", facility="C01", claim_number="A1", source="277",
                status_category="P1", status_code="20",
            ),
            system="payer-aetna",
        )  # fmt: skip
        world.settle()
        case = Case.objects.get(code="claim-not-decided")
        assert case.title == "A claim that AETNA has not decided at C01: it reports P1 20"
        assert (case.queue, case.amount) == ("billing", Decimal("225.50"))
    ask_again(world, asked, case)
    arrive(world, file(pay(kept(world), Decision.FULL, PAYERS["AETNA"])))
    assert Run.objects.get(workflow="W3Q").state == "succeeded"


def ask_again(world: World, asked: FakeSystem, case: Case) -> None:
    """A person has the payer asked once more, a day later: a round of its own, and the same case until it decides."""
    user = User.objects.create_user("sam")
    Grant.objects.create(user=user, role=Role.SPECIALIST)
    with clock.travel(LATER + timedelta(days=22, hours=2) - clock.machine_now()):
        inquiries.ask_again(case_id=case.pk, actor=Actor.of(user, Door.PAGE), version=case.version)
        world.settle()
        assert len(asked.of("claim_status.inquire")) == 2
        assert max(asked.times().values()) == 1
        assert Run.objects.get(workflow="W3Q").state == "waiting"
        happen(
            ClaimStatusReported(
                occurred_at=clock.now(), entity_key="A1", facility="C01", claim_number="A1", source="277",
                status_category="F0", status_code="107",
            ),
            system="payer-aetna",
        )  # fmt: skip
        world.settle()
        assert Case.objects.filter(code="claim-not-decided").count() == 1
        assert Run.objects.get(workflow="W3Q").state == "parked"


def test_a_claim_that_is_decided_in_time_is_not_asked_after(later: World, asked: FakeSystem) -> None:
    visit(later)
    accepted()
    arrive(later, file(pay(kept(later), Decision.FULL, PAYERS["AETNA"])))
    later.settle()
    assert asked.books == []
    assert Run.objects.get(workflow="W3Q").state == "succeeded"
