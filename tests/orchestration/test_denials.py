"""Denials: written down with family and root cause, worked against their clock, followed to what became of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from exceptions import denials, settling
from exceptions.models import Case
from hub.core import clock
from hub.core.errors import BusinessRefusal
from hub.governance.access import Actor, Door
from hub.governance.limits import DEFAULTS
from hub.governance.models import AuditEntry, Grant
from hub.governance.roles import Role
from hub.records import models as records
from hub.records.states import ClaimStatus, DenialStage
from orchestration import sweeps
from orchestration.models import Run
from tests.orchestration.remittances import LATER, arrive, back, balances, file, payment
from tests.orchestration.world import World

DENIED = payment("A1", "0.00", ("CO", "197", "200.00"), status="4")


@pytest.fixture
def denied(claims: World) -> World:
    """Claim A1 was refused for want of an authorization; nobody had asked for one."""
    arrive(claims, file(DENIED))
    return claims


def specialist(facility: str = "C01", role: Role = Role.SPECIALIST) -> Actor:
    user, _ = User.objects.get_or_create(username=f"{role}-{facility}")
    Grant.objects.get_or_create(user=user, role=role, facility=facility)
    return Actor.of(user, Door.PAGE)


def test_a_denial_is_written_down_with_its_family_and_the_step_it_leads_back_to(denied: World) -> None:
    denial = records.Denial.objects.get()
    assert (denial.family, denial.root_cause, denial.carc, denial.stage) == (
        "authorization", "authorization not requested", "197", DenialStage.OPEN,
    )  # fmt: skip
    assert denial.appeal_due_at - denial.denied_at == timedelta(days=180)
    case = Case.objects.get()
    assert (case.code, case.due_at, case.amount) == ("claim-denied", denial.appeal_due_at, Decimal("200.00"))


def test_what_is_known_of_the_authorization_says_how_it_came_to_the_denial(claims: World) -> None:
    told = {
        "A1": ("denied", "", "authorization denied"),
        "A2": ("pended", "", "authorization not decided in time"),
        "A3": ("approved", "", "authorization number not on the claim"),
        "A4": ("approved", "AUTH1", "authorization does not cover the service"),
    }
    for number, (status, certified, _) in told.items():
        records.Claim.objects.filter(key=number).update(authorization_number=certified)
        claim = records.Claim.objects.get(key=number)
        records.Authorization.objects.create(
            key=f"Q{number}", system="payer-aetna", facility="C01", journey=claim.journey, status=status,
            occurred_at=claim.occurred_at,
        )  # fmt: skip
    refused = [payment(number, "0.00", ("CO", "197", "200.00"), status="4") for number in told]
    arrive(claims, file(*refused))
    found = dict(records.Denial.objects.values_list("claim__key", "root_cause"))
    assert found == {number: cause for number, (_, _, cause) in told.items()}


def test_an_appeal_waits_for_the_payer_and_a_payment_overturns_the_denial(denied: World) -> None:
    appeal("HAND-17")
    rest(denied)
    assert Run.objects.get(workflow="W4D").state == "waiting"
    assert Case.objects.get().state == "resolved"
    assert records.Event.objects.filter(type="claim.appealed", entity_key="A1").count() == 1
    arrive(denied, file(payment("A1", "150.00", ("CO", "45", "50.00")), trace="T2"))
    rest(denied)
    denial = records.Denial.objects.get()
    assert (denial.stage, denial.recovered, denial.appeal_level) == (DenialStage.OVERTURNED, Decimal("150.00"), 1)
    assert Run.objects.get(workflow="W4D").state == "succeeded"
    (entry,) = AuditEntry.objects.filter(action="denial.appeal")
    assert (entry.actor, entry.facility) == ("specialist-C01", "C01")


def test_a_second_denial_upholds_the_first_and_asks_for_the_next_level(denied: World) -> None:
    appeal("HAND-17")
    rest(denied)
    arrive(denied, file(back("A1", "0.00", ("CO", "197", "200.00")), DENIED, trace="T2"))
    rest(denied)
    denial = records.Denial.objects.get()
    assert (denial.stage, denial.appeal_level) == (DenialStage.UPHELD, 1)
    rest(denied)
    case = Case.objects.exclude(state="resolved").get()
    assert (case.code, case.subject["level"]) == ("claim-denied", "1")
    appeal("HAND-18", after=timedelta(hours=1))
    rest(denied)
    denial.refresh_from_db()
    assert (denial.stage, denial.appeal_level, denial.appeal_reference) == (DenialStage.APPEALED, 2, "HAND-18")


def test_a_payer_that_does_not_decide_an_appeal_in_time_is_a_case(denied: World) -> None:
    appeal("HAND-17")
    rest(denied)
    rest(denied, after=timedelta(days=61))
    assert Case.objects.exclude(state="resolved").get().code == "appeal-not-decided"


def test_a_corrected_claim_that_is_paid_overturns_the_denial(denied: World) -> None:
    first = records.Claim.objects.get(key="A1")
    corrected = records.Claim.objects.create(
        key="A1-2", system="hub", facility="C01", journey=first.journey, account_number="A1", status="accepted",
        occurred_at=LATER, payer="AETNA", amount=first.amount, replaces=first, frequency_code="7", submitted_at=LATER,
        cost_center=first.cost_center,
    )  # fmt: skip
    arrive(denied, file(payment("A1-2", "200.00", their_number="P2"), trace="T2"))
    rest(denied)
    denial = records.Denial.objects.get()
    assert (denial.stage, denial.recovered) == (DenialStage.OVERTURNED, Decimal("200.00"))
    corrected.refresh_from_db()
    assert corrected.status == ClaimStatus.PAID


def test_giving_up_beyond_the_limit_asks_for_somebody_who_may(denied: World) -> None:
    denial = records.Denial.objects.get()
    with pytest.raises(BusinessRefusal, match="alone"):
        denials.write_off(denial_id=denial.pk, actor=specialist(), reason="too late")
    denials.write_off(denial_id=denial.pk, actor=specialist(role=Role.LEAD), reason="filed too late")
    rest(denied)
    assert balances() == {"5020": Decimal("200.00"), "1100": Decimal("-200.00")}
    denial.refresh_from_db()
    assert (denial.stage, denial.resolved_at is not None) == (DenialStage.WRITTEN_OFF, True)
    assert (Case.objects.get().state, Case.objects.get().resolution) == ("resolved", "written_off")
    with pytest.raises(BusinessRefusal, match="written off"):
        appeal("LATE")


def test_a_small_amount_may_be_given_up_by_whoever_works_the_case_and_nobody_elsewhere(denied: World) -> None:
    denial = records.Denial.objects.get()
    records.Denial.objects.filter(pk=denial.pk).update(amount=DEFAULTS[Role.SPECIALIST])
    with pytest.raises(PermissionDenied):
        denials.write_off(denial_id=denial.pk, actor=specialist("C02"), reason="small")
    denials.write_off(denial_id=denial.pk, actor=specialist(), reason="small")
    denial.refresh_from_db()
    assert denial.stage == DenialStage.WRITTEN_OFF


def appeal(reference: str, after: timedelta = timedelta(0)) -> records.Denial:
    """On the day on which the remittances of these tests come."""
    denial = records.Denial.objects.get()
    with clock.travel(LATER + after - clock.machine_now()):
        return denials.record_appeal(
            denial_id=denial.pk, actor=specialist(), reference=reference, reason="notes attached"
        )


def rest(world: World, after: timedelta = timedelta(minutes=1)) -> None:
    """Let everything happen that is due so long after the remittances came."""
    with clock.travel(LATER + after - clock.machine_now()):
        world.settle()
        sweeps.sweep()
        world.settle()
    settling.settle()
