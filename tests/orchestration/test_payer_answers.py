"""A payer asked through its lane: the answer becomes a message, the message an event, the event a record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from connectors import outbound
from connectors.lanes import close_clients
from connectors.models import Delivery, Message, System, Transport
from connectors.outbound import NewDelivery
from connectors.payers.client import PayerClient
from connectors.payers.payloads import Inquiry
from connectors.selectors import system_config
from connectors.states import DeliveryState, MessageState
from exceptions.models import Case
from hub.core import clock
from hub.core.events.appointment import AppointmentBooked
from hub.core.events.authorization import AuthorizationRequested
from hub.core.sealing import open_json
from hub.masterdata.models import Payer
from hub.records.journeys import link
from hub.records.models import Appointment, Authorization, Claim, Coverage, Estimate
from hub.records.models import Event as EventRow
from orchestration import inbound, lanes, starting
from orchestration.models import Run
from orchestration.states import RunState
from orchestration.workflows import WORKFLOWS
from tests.connectors.payers.cast import authorization, claim_status, eligibility, request, visit_at
from tests.connectors.processes import free_port, module_command, running
from tests.orchestration.world import NINE, World, appointment, happen

SYSTEM = "payer-aetna"


@pytest.fixture(scope="module")
def payer_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The sandbox's payers, at a port that the seed is told of."""
    home = tmp_path_factory.mktemp("payers")
    port = free_port()
    kept = ("--books", str(home / "payers.sqlite"), "--claims", str(home / "claims.jsonl"))
    before = os.environ.get("PAYER_PORT")
    os.environ["PAYER_PORT"] = str(port)
    with running(module_command("connectors.sandbox.payer_server", port, *kept), port):
        yield port
        close_clients()
    if before is None:
        del os.environ["PAYER_PORT"]
    else:
        os.environ["PAYER_PORT"] = before


@pytest.fixture
def booked(payer_port: int, group: None) -> Appointment:
    """An appointment of a member of Aetna, at clinic C01."""
    visit = visit_at("AETNA")
    happen(
        appointment(
            AppointmentBooked, number=visit.appointment, account_number=visit.account, facility="C01", payer="AETNA"
        )
    )
    return Appointment.objects.get()


def ask(inquiry: Inquiry, key: str = "") -> Delivery:
    """The inquiry through the lane, and the answer through the hub."""
    with transaction.atomic():
        [row] = outbound.enqueue([NewDelivery(system=SYSTEM, request=request(inquiry, key))])
    lanes.drain(SYSTEM)
    inbound.process()
    row.refresh_from_db()
    return row


def test_an_eligibility_answer_becomes_the_coverage_of_its_appointment(booked: Appointment) -> None:
    inquiry = eligibility(visit_at("AETNA"))

    delivery = ask(inquiry)

    message, event, coverage = Message.objects.get(), EventRow.objects.latest("id"), Coverage.objects.get()
    assert delivery.state == DeliveryState.CONFIRMED
    assert (message.feed_code, message.state, message.facility) == (SYSTEM, MessageState.PROCESSED, "C01")
    assert (event.type, event.system, event.causation_id) == ("coverage.eligibility_checked", SYSTEM, message.id)
    assert (coverage.key, coverage.status, coverage.payer) == (inquiry.trace, "active", "AETNA")
    assert (coverage.facility, coverage.account_number) == ("C01", booked.account_number)
    assert (coverage.appointment_key, coverage.journey_id) == (booked.key, booked.journey_id)
    assert (coverage.copay, coverage.coinsurance) == (Decimal("25.00"), Decimal("0.2000"))
    assert open_json(coverage.sealed)["member_id"] == inquiry.member.member_id


def test_the_answer_finds_its_journey_by_our_trace_where_no_account_is_known(booked: Appointment) -> None:
    inquiry = eligibility(visit_at("AETNA"), account_number="")
    link(booked.journey_id, "coverage", inquiry.trace)

    ask(inquiry)

    assert Coverage.objects.get().journey_id == booked.journey_id
    assert Coverage.objects.get().account_number == booked.account_number


def test_an_answer_to_a_question_that_nobody_asked_is_held_with_a_case(booked: Appointment) -> None:
    ask(eligibility(visit_at("AETNA"), trace="SOMEBODY-ELSES", account_number=""))
    for _ in range(inbound.MAX_ATTEMPTS):
        Message.objects.update(retry_at=None)
        inbound.process()

    assert Message.objects.get().state == MessageState.HELD
    assert Case.objects.get().code == "question-not-known"
    assert not Coverage.objects.exists()


def test_an_authorization_is_decided_however_the_payers_clock_stands(booked: Appointment) -> None:
    asked = authorization(visit_at("AETNA"))
    later = NINE + timedelta(days=3650)  # our clock is far ahead of the payer's
    happen(
        AuthorizationRequested(
            occurred_at=later, entity_key=asked.trace, facility="C01", appointment_id=booked.key, payer="AETNA",
            account_number=booked.account_number, procedure_codes=asked.procedure_codes,
        ),
        system="hub",
    )  # fmt: skip

    delivery = ask(asked)

    decided = Authorization.objects.get()
    assert (decided.status, decided.certification_number) == ("approved", delivery.reference)
    assert (decided.requested_at, decided.decided_at, decided.appointment_key) == (later, later, booked.key)
    assert decided.valid_until is not None


def test_a_claim_keeps_its_status_when_a_payer_says_where_it_stands(booked: Appointment) -> None:
    visit = visit_at("AETNA")
    Claim.objects.create(
        key=visit.account, system="hub", facility="C01", journey_id=booked.journey_id, occurred_at=NINE,
        account_number=visit.account, status="accepted", payer="AETNA", amount=Decimal("410.50"),
    )  # fmt: skip

    ask(claim_status(visit))

    event = EventRow.objects.latest("id")
    assert (event.type, event.facility, event.journey_id) == ("claim.status_reported", "C01", booked.journey_id)
    assert event.data["status_category"] == "D0"
    assert Claim.objects.get().status == "accepted"


def test_every_payer_that_can_be_asked_is_a_system_with_a_feed_for_its_answers(group: None) -> None:
    for payer in Payer.objects.exclude(real_time_system=""):
        system = System.objects.get(code=payer.real_time_system)
        [feed] = system.feeds.all()
        assert (system.options["answers"], system.options["payer_id"]) == (feed.code, payer.payer_id)
        assert feed.transport == Transport.ANSWER
    assert Payer.objects.filter(real_time_system="").count() == 1  # who pays alone


def test_a_booked_visit_becomes_ready_by_what_its_payer_says_over_the_wire(
    payer_port: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "WORKFLOWS", WORKFLOWS)
    visit = visit_at("AETNA")
    config = system_config(System.objects.get(code=SYSTEM))
    person = visit.patient
    with closing(PayerClient(config)) as payer:
        world.payers[SYSTEM] = payer
        happen(
            appointment(
                AppointmentBooked, number=visit.appointment, account_number=visit.account, sequence=1,
                occurred_at=clock.now(), starts_at=clock.now() + timedelta(days=10), department=visit.department,
                visit_type=visit.visit_type, patient_last_name=person.last, patient_first_name=person.first,
                patient_birth_date=person.birth_date, patient_sex=person.sex, member_id=person.member_id,
            )
        )  # fmt: skip
        world.settle()

    run = Run.objects.get(workflow="W2")
    coverage, leave = Coverage.objects.get(), Authorization.objects.get()
    assert (run.state, run.step) == (RunState.WAITING, "watch")  # ready; until it begins, changes are watched
    assert (coverage.status, coverage.authorization_required) == ("active", True)
    assert (leave.status, leave.journey_id, leave.facility) == ("approved", coverage.journey_id, "C01")
    assert Estimate.objects.get().patient_share > 0
    assert [row.operation for row in Delivery.objects.filter(system=SYSTEM).order_by("id")] == [
        "eligibility.inquire", "authorization.request",
    ]  # fmt: skip
