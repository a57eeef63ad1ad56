"""W2: a booked visit is covered, authorized, estimated and told to billing before it begins; or a case says why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.models import Lane, System
from exceptions import inquiries, settling
from exceptions.models import Case
from hub.core import clock
from hub.core.events.appointment import AppointmentCancelled, AppointmentCheckedIn, AppointmentRescheduled
from hub.core.events.authorization import AuthorizationApproved, AuthorizationDenied, AuthorizationPended
from hub.core.events.coverage import EligibilityChecked
from hub.core.events.encounter import EncounterUpdated
from hub.masterdata import crosswalk
from hub.masterdata.models import Payer, PayerRule
from hub.records.models import Authorization, Coverage, Estimate
from orchestration import starting
from orchestration.models import Run
from orchestration.services import retry_runs
from orchestration.sweeps import sweep
from orchestration.workflows import WORKFLOWS
from orchestration.workflows.readiness_estimate import shares
from tests.exceptions.world import person
from tests.orchestration.world import NINE, REFUSE, FakeSystem, World, appointment, encounter, happen

#: The visit: Monday, nine o'clock in Chicago is three in the afternoon of UTC.
VISIT = NINE + timedelta(days=14, hours=6)
KEY = "scheduling:1"
PERSON: dict[str, Any] = {
    "patient_last_name": "TESTER", "patient_first_name": "PAT", "patient_birth_date": date(1970, 1, 31),
    "patient_sex": "F", "member_id": "W123456789",
}  # fmt: skip


@pytest.fixture
def hub(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The group with two payers that answer in real time; Aetna wants imaging authorized."""
    monkeypatch.setattr(starting, "WORKFLOWS", WORKFLOWS)
    for code in ("AETNA", "UHC"):
        name = f"payer-{code.lower()}"
        system, _ = System.objects.get_or_create(
            code=name, defaults={"number": "S9", "name": code.title(), "connector": "payers"}
        )
        Lane.objects.get_or_create(system=system)
        Payer.objects.filter(code=code).update(real_time_system=name)
        world.payers[name] = FakeSystem()
    PayerRule.objects.all().delete()
    PayerRule.objects.create(
        code="AETNA-IMAGING", payer="AETNA", transaction="278", kind="authorization-required",
        parameters={"visit_types": ["imaging"], "codes": ["73721"]}, message="Imaging is authorized first.",
        effective=(date(2024, 1, 1), None),
    )  # fmt: skip
    crosswalk.forget()
    return world


@contextmanager
def at(days: float) -> Iterator[None]:
    with clock.travel(NINE + timedelta(days=days) - clock.machine_now()):
        yield


def book(world: World, **changes: Any) -> None:
    happen(appointment(**{**PERSON, "starts_at": VISIT, "sequence": 1, "occurred_at": clock.now(), **changes}))
    world.settle()


def change(world: World, kind: Any, sequence: int, **changes: Any) -> None:
    book(world, kind=kind, sequence=sequence, **changes)


def look(world: World) -> None:
    """What the sweep does when waiting time is over."""
    sweep()
    world.settle()


def run() -> Run:
    return Run.objects.filter(workflow="W2").latest("id")


def where() -> tuple[str, str]:
    return run().state, run().step


def asked(world: World, operation: str, payer: str = "payer-aetna") -> list[dict[str, Any]]:
    return world.payers[payer].of(operation)


def covered(world: World, *, payer: str = "AETNA", status: str = "active", **changes: Any) -> None:
    """The payer's answer to the newest question about coverage."""
    system = f"payer-{payer.lower()}"
    trace = asked(world, "eligibility.inquire", system)[-1]["trace"]
    happen(
        EligibilityChecked(
            occurred_at=clock.now(), entity_key=trace, facility="C01", account_number="A1", appointment_id=KEY,
            payer=payer, status=status, trace_number=trace, **changes,
        ),
        system=system,
    )  # fmt: skip
    world.settle()


def decided(world: World, kind: Any, **changes: Any) -> None:
    """The payer's answer to the newest request for authorization."""
    trace = asked(world, "authorization.request")[-1]["trace"]
    happen(
        kind(
            occurred_at=clock.now(), entity_key=trace, facility="C01", account_number="A1", appointment_id=KEY,
            payer="AETNA", trace_number=trace, **changes,
        ),
        system="payer-aetna",
    )  # fmt: skip
    world.settle()


def case() -> Case:
    """The one case that patient access has; a payer that is down is an engineer's."""
    settling.settle()
    return Case.objects.get(queue="access")


def test_a_booked_visit_becomes_ready_and_billing_is_told(hub: World) -> None:
    with at(0):
        book(hub, visit_type="imaging", department="IMAG")
        [question] = asked(hub, "eligibility.inquire")
        assert (question["member"]["member_id"], question["for_date"]) == ("W123456789", "2026-11-23")
        assert where() == ("waiting", "eligibility")

        covered(hub, copay=Decimal("40.00"), coinsurance=Decimal("0.2000"), deductible_remaining=Decimal("100.00"))
        [wanted] = asked(hub, "authorization.request")
        assert (wanted["procedure_codes"], wanted["expedited"]) == (["73721"], False)
        assert Authorization.objects.get().status == "requested"

        decided(hub, AuthorizationApproved, certification_number="AUTH7")
        assert where() == ("waiting", "watch")

    [told] = hub.billing.of("billing.update_readiness")
    estimate = Estimate.objects.get()
    assert estimate.amount == Decimal("483.60")  # 620.00 at Aetna's 78 percent
    assert estimate.patient_share == Decimal("208.72")  # 100.00, 40.00 and a fifth of the remaining 343.60
    assert (told["authorization_number"], told["coverage"], told["patient_share"]) == ("AUTH7", "active", "208.72")
    assert Case.objects.count() == 0

    with at(15):
        look(hub)
        assert where() == ("succeeded", "watch")


def test_a_visit_that_needs_no_authorization_asks_for_none(hub: World) -> None:
    with at(0):
        book(hub)
        covered(hub)
        assert where() == ("waiting", "watch")
    assert asked(hub, "authorization.request") == []
    assert Authorization.objects.count() == 0


def test_a_self_pay_patient_is_ready_at_once_and_bears_all_of_it(hub: World) -> None:
    with at(0):
        book(hub, payer="SELFPAY", member_id="")
    assert where() == ("waiting", "watch")
    estimate = Estimate.objects.get()
    assert estimate.patient_share == estimate.amount > 0
    assert hub.billing.of("billing.update_readiness")[0]["coverage"] == "self-pay"


def test_a_payer_that_is_down_until_the_cut_off_is_a_case_that_ends_when_it_answers(hub: World) -> None:
    hub.payers["payer-aetna"].down = True
    with at(0):
        book(hub)
        assert where() == ("waiting", "eligibility")
    with at(13):
        look(hub)
        assert where() == ("waiting", "eligibility")
    with at(13.3):  # the facility's window is one day
        look(hub)
        opened = case()
        assert (opened.code, opened.queue, where()[0]) == ("eligibility-not-answered", "access", "parked")
        assert (opened.amount, opened.due_at) == (Decimal("234.00"), VISIT)
        assert "less than a day" in opened.detail

        hub.payers["payer-aetna"].down = False
        Lane.objects.update(breaker="closed", probe_at=None, hold_until=None)
        hub.settle()
        covered(hub)
        assert where() == ("waiting", "watch")
        assert case().state == "resolved"
    assert len(asked(hub, "eligibility.inquire")) == 1


def test_a_question_that_the_payer_refuses_is_a_case_and_a_retry_asks_again(hub: World) -> None:
    hub.payers["payer-aetna"].weather = [REFUSE]
    with at(0):
        book(hub)
        assert (case().code, asked(hub, "eligibility.inquire")) == ("eligibility-not-answered", [])
        retry_runs([run().pk])
        hub.settle()
        covered(hub)
    assert where() == ("waiting", "watch")
    assert case().state == "resolved"


def test_coverage_that_is_not_active_is_a_case_until_other_coverage_is_registered(hub: World) -> None:
    with at(0):
        book(hub)
        covered(hub, status="inactive")
        assert (case().code, case().queue, where()[0]) == ("coverage-inactive", "access", "parked")
        assert "W123456789" not in case().title + case().detail

        covered(hub, status="inactive")  # said again, it is not asked for again
        assert (where()[0], len(asked(hub, "eligibility.inquire"))) == ("parked", 1)

        happen(encounter(EncounterUpdated, occurred_at=clock.now(), payer="UHC", member_id="U1"), system="ehr")
        hub.settle()
        assert asked(hub, "eligibility.inquire", "payer-uhc")[0]["member"]["member_id"] == "U1"
        covered(hub, payer="UHC")
    assert where() == ("waiting", "watch")
    assert case().state == "resolved"
    assert sorted(Coverage.objects.values_list("payer", "status")) == [("AETNA", "inactive"), ("UHC", "active")]


def test_a_rejected_question_says_why_in_words_and_is_asked_again_once_it_is_mended(hub: World) -> None:
    with at(0):
        book(hub)
        covered(hub, status="rejected", rejection="73")
        assert (case().code, case().subject["reason"]) == (
            "eligibility-rejected",
            "the name is not that of the member",
        )
        happen(encounter(EncounterUpdated, occurred_at=clock.now(), patient_first_name="PATRICIA"), system="ehr")
        hub.settle()
        assert len({one["trace"] for one in asked(hub, "eligibility.inquire")}) == 2
        covered(hub)
    assert where() == ("waiting", "watch")


def test_a_payer_that_cannot_answer_now_is_asked_again_later(hub: World) -> None:
    with at(0):
        book(hub)
        covered(hub, status="rejected", rejection="42")
        look(hub)
        assert (where()[0], len(asked(hub, "eligibility.inquire"))) == ("waiting", 1)
    with at(0.1):
        look(hub)
        assert len(asked(hub, "eligibility.inquire")) == 2
        covered(hub)
    assert where() == ("waiting", "watch")
    assert Case.objects.count() == 0


def test_a_booking_without_a_member_id_waits_for_the_registration_until_the_cut_off(hub: World) -> None:
    with at(0):
        book(hub, member_id="")
        assert (where(), asked(hub, "eligibility.inquire")) == (("waiting", "eligibility"), [])
    with at(13.5):
        look(hub)
        assert (case().code, case().subject["missing"]) == ("eligibility-not-asked", "member id")
        happen(encounter(EncounterUpdated, occurred_at=clock.now()), system="ehr")
        hub.settle()
        covered(hub)
    assert where() == ("waiting", "watch")


IMAGING = {"visit_type": "imaging", "department": "IMAG"}


def inquiry_rule(code: str, kind: str, **parameters: Any) -> None:
    PayerRule.objects.create(
        code=code, payer="AETNA", transaction="270", kind=kind, parameters=parameters, message="As Aetna has it.",
        effective=(date(2024, 1, 1), None),
    )  # fmt: skip
    crosswalk.forget()


def test_a_member_id_that_is_not_of_the_payers_form_is_not_asked_with(hub: World) -> None:
    inquiry_rule("AETNA-ID", "member-id-pattern", pattern="^W[0-9]{9}$")
    with at(0):
        book(hub, member_id="123")
    assert asked(hub, "eligibility.inquire") == []
    with at(0.5):
        book(hub, member_id="W123456789", sequence=2, kind=AppointmentRescheduled)
    assert asked(hub, "eligibility.inquire")[0]["member"]["member_id"] == "W123456789"


def test_coverage_is_asked_for_by_the_service_types_that_a_rule_names_for_such_visits(hub: World) -> None:
    inquiry_rule("AETNA-OFFICE", "service-types", types=["98", "30"], visit_types=["office"])
    with at(0):
        book(hub)
        book(hub, number="2", account_number="A2", visit_type="imaging")
    assert [list(each["service_types"]) for each in asked(hub, "eligibility.inquire")] == [["98", "30"], ["30"]]


def test_a_pended_request_is_asked_after_in_business_hours_until_it_is_approved(hub: World) -> None:
    with at(0.25):  # Monday, nine in the morning in Chicago
        book(hub, **IMAGING)
        covered(hub)
        decided(hub, AuthorizationPended, action_code="A4")
        assert where() == ("waiting", "authorization")
        look(hub)
        assert len(asked(hub, "authorization.request")) == 1
    with at(0.3):
        look(hub)
        assert len(asked(hub, "authorization.request")) == 2
        assert len({one["trace"] for one in asked(hub, "authorization.request")}) == 1
        decided(hub, AuthorizationApproved, certification_number="AUTH7")
    assert where() == ("waiting", "watch")
    assert hub.billing.of("billing.update_readiness")[0]["authorization_number"] == "AUTH7"
    assert Case.objects.count() == 0


def test_a_decision_that_is_late_is_a_case_with_the_visit_as_its_clock_and_is_asked_after_still(hub: World) -> None:
    with at(0.25):
        book(hub, **IMAGING)
        covered(hub)
        decided(hub, AuthorizationPended, action_code="A4")
    with at(7.3):  # seven calendar days later it is asked after once more
        look(hub)
        assert (len(asked(hub, "authorization.request")), Case.objects.count()) == (2, 0)
    with at(7.315):
        look(hub)
        opened = case()
        assert (opened.code, opened.due_at, opened.queue) == ("authorization-late", VISIT, "access")
        assert "within 7 days" in opened.detail
        assert "That was 6 days before the visit." in opened.detail
    with at(8.25):
        look(hub)
        assert where() == ("parked", "authorization")
        assert len(asked(hub, "authorization.request")) == 3
        decided(hub, AuthorizationPended, action_code="A4")
        assert (where(), len(asked(hub, "authorization.request"))) == (("parked", "authorization"), 3)
        decided(hub, AuthorizationApproved, certification_number="AUTH7")
    assert where() == ("waiting", "watch")
    assert case().state == "resolved"


def test_a_visit_that_is_near_asks_for_an_expedited_decision(hub: World) -> None:
    with at(0.25):
        book(hub, **IMAGING, starts_at=NINE + timedelta(days=5))
        covered(hub)
        assert asked(hub, "authorization.request")[0]["expedited"] is True
        assert Authorization.objects.get().expedited
    with at(3.3):
        look(hub)
        assert Case.objects.count() == 0
    with at(3.315):
        look(hub)
        assert "within 72 hours" in case().detail


def test_a_denied_authorization_is_a_case_until_the_payer_thinks_better_of_it(hub: World) -> None:
    with at(0):
        book(hub, **IMAGING)
        covered(hub)
        decided(hub, AuthorizationDenied, action_code="A3", reason="0V")
        assert (case().code, where()) == ("authorization-denied", ("parked", "authorization"))
        assert (case().held, case().amount) == (1, Decimal("483.60"))

        inquiries.ask_again(case_id=case().pk, actor=person("sam", "specialist"))
        assert case().held == 0
        hub.settle()
        decided(hub, AuthorizationDenied, action_code="A3", reason="0V")
        assert (case().held, case().amount) == (1, Decimal("483.60"))
        decided(hub, AuthorizationApproved, certification_number="AUTH8")
    assert where() == ("waiting", "watch")
    assert case().state == "resolved"


def test_a_visit_that_is_moved_is_checked_for_its_new_day_and_authorized_anew_only_where_it_must_be(hub: World) -> None:
    with at(0):
        book(hub, **IMAGING)
        covered(hub)
        decided(hub, AuthorizationApproved, certification_number="AUTH7", valid_until=date(2026, 11, 24))
        change(hub, AppointmentRescheduled, 2, **IMAGING, starts_at=VISIT + timedelta(days=1))
        assert asked(hub, "eligibility.inquire")[-1]["for_date"] == "2026-11-24"
        covered(hub)
        assert len(asked(hub, "authorization.request")) == 1  # it holds on that day, too
        assert where() == ("waiting", "watch")

        change(hub, AppointmentRescheduled, 3, **IMAGING, starts_at=VISIT + timedelta(days=3))
        covered(hub)
        assert len({one["trace"] for one in asked(hub, "authorization.request")}) == 2
        decided(hub, AuthorizationApproved, certification_number="AUTH9", valid_until=date(2026, 11, 30))
    runs = Run.objects.filter(workflow="W2").order_by("id")
    assert [row.state for row in runs] == ["succeeded", "succeeded", "waiting"]
    numbers = [told["authorization_number"] for told in hub.billing.of("billing.update_readiness")]
    assert numbers == ["AUTH7", "AUTH7", "AUTH9"]


def test_a_change_takes_over_from_a_run_that_a_silent_payer_holds(hub: World) -> None:
    hub.payers["payer-aetna"].down = True
    with at(0):
        book(hub)
        change(hub, AppointmentRescheduled, 2, payer="UHC", member_id="U1")
        covered(hub, payer="UHC")
    first, second = Run.objects.filter(workflow="W2").order_by("id")
    assert (first.state, first.outputs["eligibility"]["reason"]) == ("succeeded", "a later change takes over")
    assert (second.state, second.step) == ("waiting", "watch")


@pytest.mark.parametrize("answer", [None, "inactive"])
def test_a_cancelled_visit_ends_what_waits_and_what_is_a_case(hub: World, answer: str | None) -> None:
    with at(0):
        book(hub)
        if answer:
            covered(hub, status=answer)
        change(hub, AppointmentCancelled, 2)
        assert run().state == "succeeded"
        assert not Case.objects.filter(state="open", held__gt=0).exists() or case().state == "resolved"
    assert hub.billing.of("billing.update_readiness") == []


def test_coverage_that_changes_after_the_visit_was_ready_is_checked_anew(hub: World) -> None:
    with at(0):
        book(hub)
        covered(hub)
        assert where() == ("waiting", "watch")
        happen(encounter(EncounterUpdated, occurred_at=clock.now(), payer="UHC", member_id="U1"), system="ehr")
        hub.settle()
        assert where() == ("waiting", "eligibility")
        covered(hub, payer="UHC")
        assert where() == ("waiting", "watch")
        happen(encounter(EncounterUpdated, occurred_at=clock.now(), payer="UHC", member_id="U1"), system="ehr")
        hub.settle()
    assert run().generation == 2  # the same news again changes nothing
    assert [told["payer"] for told in hub.billing.of("billing.update_readiness")] == ["AETNA", "UHC"]
    assert len(asked(hub, "eligibility.inquire", "payer-uhc")) == 1


def test_coverage_that_changes_while_the_payer_thinks_goes_back_to_the_question(hub: World) -> None:
    with at(0.25):
        book(hub, **IMAGING)
        covered(hub)
        decided(hub, AuthorizationPended, action_code="A4")
        happen(encounter(EncounterUpdated, occurred_at=clock.now(), payer="UHC", member_id="U1"), system="ehr")
        hub.settle()
        assert where() == ("waiting", "eligibility")
        covered(hub, payer="UHC")
    assert where() == ("waiting", "watch")
    assert [told["authorization_number"] for told in hub.billing.of("billing.update_readiness")] == [""]


def test_a_retry_of_coverage_that_is_not_active_asks_the_payer_again(hub: World) -> None:
    with at(0):
        book(hub)
        covered(hub, status="inactive")
    with at(1):
        retry_runs([run().pk])
        hub.settle()
        assert len(asked(hub, "eligibility.inquire")) == 2
        covered(hub)
    assert where() == ("waiting", "watch")


def test_a_patient_who_has_come_is_watched_no_longer(hub: World) -> None:
    with at(0):
        book(hub)
        covered(hub)
        change(hub, AppointmentCheckedIn, 2)
    assert where() == ("succeeded", "watch")


def test_a_visit_of_the_past_is_left_alone(hub: World) -> None:
    with at(20):
        book(hub)
    assert run().state == "succeeded"
    assert hub.payers["payer-aetna"].books == []


MONEY = st.integers(min_value=0, max_value=10_000_000).map(lambda number: Decimal(number).scaleb(-2))
FRACTION = st.integers(min_value=0, max_value=10_000).map(lambda number: Decimal(number).scaleb(-4))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    amount=MONEY,
    deductible=st.none() | MONEY,
    copay=st.none() | MONEY,
    coinsurance=st.none() | FRACTION,
)
def test_no_share_is_below_zero_and_both_make_up_the_amount(
    amount: Decimal, deductible: Decimal | None, copay: Decimal | None, coinsurance: Decimal | None
) -> None:
    divided = shares(amount, deductible=deductible, copay=copay, coinsurance=coinsurance)
    assert min(divided.patient, divided.payer) >= 0
    assert divided.patient + divided.payer == amount
    assert divided.patient >= min(amount, deductible or Decimal(0))
