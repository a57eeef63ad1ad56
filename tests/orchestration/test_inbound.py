"""From stored message to records: what cannot be understood is held whole, and nothing is half applied."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.intake import Outcome, Receipt, receive
from connectors.models import Message
from connectors.sandbox.settings import SCHEDULING_SECRET
from connectors.scheduling_saas.authenticity import sign
from connectors.selectors import feed, read_body
from exceptions.models import Case, Member
from hub.core import clock
from hub.governance.access import Actor
from hub.masterdata import services as masterdata
from hub.records.models import Appointment, Event
from orchestration import services
from orchestration.models import Run
from tests.orchestration.world import World

FIXTURE = Path("connectors/scheduling_saas/fixtures/booked.v1.json")
KNOWN = {
    "clinic_code": "nl-clinic-01",
    "department_code": "cardiology",
    "provider_code": "u-1001",
    "payer_code": "aetna-ppo",
    "room": "c01-suite-a",
    "visit_type": "office",
}


def webhook(webhook_id: str = "msg_1", **changes: Any) -> Receipt:
    body = json.dumps({**json.loads(FIXTURE.read_text()), **KNOWN, **changes}).encode()
    headers = sign(body, webhook_id, SCHEDULING_SECRET, clock.machine_now())
    return receive(feed("scheduling"), body=body, headers=headers, content_type="application/json")


def test_a_webhook_becomes_an_event_a_record_and_a_run(world: World) -> None:
    receipt = webhook()
    world.settle()
    message = Message.objects.get(pk=receipt.message_id)
    assert message.state == "processed"
    record = Appointment.objects.get()
    assert (record.facility, record.department, record.payer) == ("C01", "CARD", "AETNA")
    assert Event.objects.get().causation_id == message.id
    assert Run.objects.get().state == "succeeded"
    assert message.journey_id == record.journey_id


def test_an_unmapped_code_holds_the_message_and_leaves_nothing_half_applied(world: World) -> None:
    receipt = webhook(department_code="no-such-department")
    world.settle()
    message = Message.objects.get(pk=receipt.message_id)
    assert (message.state, message.code) == ("held", "unmapped-department")
    assert Appointment.objects.count() == Event.objects.count() == Run.objects.count() == 0
    case = Case.objects.get()
    assert case.subject["local_code"] == "no-such-department"
    assert Member.objects.get().ref == message.id


def test_messages_with_the_same_missing_code_are_one_case_and_its_mapping_releases_them(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    from exceptions import releases, settling

    for index in range(5):
        webhook(f"msg_{index}", appointment_id=f"S{index}", account_number=f"A{index}", department_code="new-dept")
    webhook("msg_good", appointment_id="S9", account_number="A9")
    world.settle()
    case = Case.objects.get()
    assert (case.held, Appointment.objects.count()) == (5, 1)

    masterdata.propose_and_approve(
        actor=Actor.command(), domain="department", system="scheduling", facility="C01", local_code="new-dept",
        canonical_code="CARD", effective_from=datetime(2024, 1, 1, tzinfo=UTC).date(),
    )  # fmt: skip
    releases.release_mapped()
    releases.release_due()
    world.settle()
    settling.settle()
    case.refresh_from_db()
    assert Appointment.objects.count() == 6
    assert not Run.objects.exclude(state="succeeded").exists()
    assert (case.state, case.held) == ("resolved", 0)


def test_garbage_is_held_with_a_case_and_kept_byte_for_byte(world: World) -> None:
    body = b'{"event": "appointment_booked", "unterminated'
    headers = sign(body, "msg_bad", SCHEDULING_SECRET, clock.machine_now())
    receipt = receive(feed("scheduling"), body=body, headers=headers, content_type="application/json")
    world.settle()
    message = Message.objects.get(pk=receipt.message_id)
    assert message.state == "held"
    assert read_body(message) == body
    assert Case.objects.count() == 1


def test_a_repetition_is_a_duplicate_of_the_first(world: World) -> None:
    first, again = webhook(), webhook()
    assert (again.outcome, again.message_id) == (Outcome.DUPLICATE, first.message_id)
    world.settle()
    assert Event.objects.count() == 1
    assert sorted(Message.objects.values_list("state", flat=True)) == ["duplicate", "processed"]


def test_other_content_under_a_known_id_is_refused_and_kept(world: World) -> None:
    webhook()
    other = webhook(visit_type="procedure")
    assert other.outcome is Outcome.REJECTED
    assert other.failure is not None
    assert other.failure.code == "control-id-reused"
    assert Case.objects.count() == 1


def test_a_bad_signature_is_refused_and_recorded_and_never_processed(world: World) -> None:
    receipt = receive(feed("scheduling"), body=b"{}", headers={}, content_type="application/json")
    assert receipt.outcome is Outcome.REJECTED
    world.settle()
    assert Message.objects.get().state == "rejected"
    assert Case.objects.get().queue == "security"


def test_one_poisoned_message_does_not_hold_up_its_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration import inbound

    plain = inbound.understand

    def trip(message: Message, *args: Any) -> Any:
        if message.control_id == "msg_poison":
            raise ZeroDivisionError("a defect of ours")
        return plain(message, *args)

    monkeypatch.setattr(inbound, "understand", trip)
    for name in ("msg_a", "msg_poison", "msg_b"):
        webhook(name, appointment_id=name, account_number=name)
    world.settle()
    states = dict(Message.objects.values_list("control_id", "state"))
    assert states == {"msg_a": "processed", "msg_poison": "held", "msg_b": "processed"}
    case = Case.objects.get()
    assert case.failure_class == "defect"
    assert "a defect of ours" not in case.title + case.detail


def test_a_replayed_message_is_processed_and_changes_nothing_a_second_time(world: World) -> None:
    receipt = webhook()
    world.settle()
    before = Event.objects.count(), Run.objects.count(), len(world.erp.books)
    assert services.replay_messages([receipt.message_id]) == 1
    world.settle()
    assert Message.objects.get().state == "processed"
    assert (Event.objects.count(), Run.objects.count(), len(world.erp.books)) == before
