"""What people put right from a case: messages and records, one person or two, the original whole."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied

from connectors.models import Message
from connectors.selectors import read_body
from exceptions import corrections, settling
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case
from exceptions.states import CaseState
from hub.core.amending import amended, value_at
from hub.core.errors import BusinessRefusal, DataFault
from hub.governance.access import Actor, Door
from hub.governance.models import Approval, AuditEntry, Grant
from hub.governance.roles import Role
from hub.records.models import Appointment
from orchestration import inbound
from orchestration.correction_models import Correction
from tests.hub.console.cast import appointment, approved, make_group, person

pytestmark = pytest.mark.django_db

RIGHT = "2026-11-09T10:30:00-06:00"


def who(name: str) -> Actor:
    return Actor.of(person(name), Door.PAGE)


@pytest.fixture
def case() -> Case:
    """A message whose start cannot be read."""
    make_group()
    approved("department", "PT-REHAB", "PHYS", facility="C07")
    appointment(1, start_time="9 Nov, half past ten")
    inbound.process()
    return Case.objects.get()


def message() -> Message:
    return Message.objects.get()


def test_a_corrected_field_lets_the_message_through_and_the_original_stays_whole(case: Case) -> None:
    before = read_body(message())
    made = corrections.correct(
        case_id=case.pk, actor=who("linda"), values={"/start_time": RIGHT}, reason="Read it to me by phone",
        version=case.version,
    )  # fmt: skip
    inbound.process()
    settling.settle()

    assert isinstance(made, Correction)
    assert read_body(message()) == before
    assert (message().state, Appointment.objects.get().starts_at.isoformat()) == (
        "processed",
        "2026-11-09T16:30:00+00:00",
    )
    case.refresh_from_db()
    assert (case.state, case.resolution) == (CaseState.RESOLVED, "fixed")
    assert (made.fields, made.by, made.reason, made.case_number) == (
        ["/start_time"], "linda", "Read it to me by phone", case.number,
    )  # fmt: skip
    entry = AuditEntry.objects.get(action="record.correct")
    assert (entry.actor, entry.object_id, entry.after["fields"]) == ("linda", str(message().pk), ["/start_time"])
    assert RIGHT not in json.dumps([entry.after, entry.before, made.fields])
    assert b"10:30" not in bytes(made.sealed)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"/start_time": "still no time"}, "still not be understood"),
        ({"/event": "appointment_cancelled"}, "not put right here"),
        ({"/start_time": " "}, "what is to stand there"),
    ],
)
def test_what_policy_or_the_contract_does_not_allow_changes_nothing(
    case: Case, values: dict[str, str], why: str
) -> None:
    with pytest.raises(NotAllowedNow, match=why):
        corrections.correct(case_id=case.pk, actor=who("linda"), values=values, reason="tried")
    assert (message().state, Correction.objects.count()) == ("held", 0)


def test_somebody_elsewhere_and_somebody_who_looked_before_the_last_change_are_refused(case: Case) -> None:
    with pytest.raises(PermissionDenied):
        corrections.correct(case_id=case.pk, actor=who("audrey"), values={"/start_time": RIGHT}, reason="why not")
    with pytest.raises(Changed, match="changed meanwhile"):
        corrections.correct(
            case_id=case.pk, actor=who("linda"), values={"/start_time": RIGHT}, reason="late", version=case.version + 1
        )
    assert message().state == "held"


def test_an_account_number_takes_two_people_and_never_the_same_one_twice(case: Case) -> None:
    appointment(2, account_number=123)
    inbound.process()
    wrong = Case.objects.exclude(pk=case.pk).get()
    asked = corrections.correct(
        case_id=wrong.pk, actor=who("linda"), values={"/account_number": "A700002"}, reason="typed wrong"
    )

    assert isinstance(asked, Approval)
    assert (Correction.objects.count(), Message.objects.filter(state="held").count()) == (0, 2)
    with pytest.raises(BusinessRefusal, match="asked for it already"):
        corrections.correct(case_id=wrong.pk, actor=who("stella"), values={"/account_number": "A1"}, reason="too")
    with pytest.raises(BusinessRefusal, match="somebody else decides"):
        corrections.decide(approval_id=asked.pk, actor=who("linda"), approve=True)
    with pytest.raises(PermissionDenied):
        corrections.decide(approval_id=asked.pk, actor=who("frank"), approve=True)
    Grant.objects.create(user=person("stuart"), role=Role.LEAD)
    corrections.decide(approval_id=asked.pk, actor=who("stuart"), approve=True)
    inbound.process()

    made = Correction.objects.get()
    assert (made.by, made.approved_by) == ("linda", "stuart")
    assert Appointment.objects.get().account_number == "A700002"


def test_amending_keeps_everything_else_as_it_came() -> None:
    hl7 = b"MSH|^~\\&|A|B\rPID|1||P1||ROE^JANE||19700231|F\rFT1|1\rFT1|2|||2026\r"
    assert amended(hl7, {"PID-7": "19700228", "FT1(2)-4": "20261109"}) == hl7.replace(b"19700231", b"19700228").replace(
        b"2026\r", b"20261109\r"
    )
    assert value_at(hl7, "PID-5") == "ROE^JANE"
    document = b'{"a": [{"b": 1.10, "c": "x"}], "d": null}'
    assert amended(document, {"/a/0/c": "y", "/e": "new"}) == b'{"a":[{"b":1.10,"c":"y"}],"d":null,"e":"new"}'
    for place in ("PID-99", "ZZZ-1", "FT1(3)-1", "PID-5.1"):
        with pytest.raises(DataFault, match="has no"):
            amended(hl7, {place: "x"})
    with pytest.raises(DataFault, match="one field"):
        amended(hl7, {"PID-7": "a|b"})
