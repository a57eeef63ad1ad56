"""What a sender of HL7 v2 is told, in the mode that it asks for, and what a batch is."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from connectors import seed
from connectors.formats.hl7v2 import Message as Hl7Message
from connectors.formats.hl7v2 import parse_file, parse_message
from connectors.hl7_acks import decided
from connectors.listening import answer, answer_together
from connectors.models import Message
from connectors.sandbox import cast
from connectors.sandbox.voices import ehr as voice
from connectors.selectors import forget_feeds, read_body
from connectors.states import MessageState
from connectors.transports.mllp import Reply
from exceptions.models import Member
from hub.masterdata import crosswalk
from hub.records.models import Event
from orchestration import inbound
from tests.support.mllp import MOMENT, admission

VISIT = cast.visits()[0]


@pytest.fixture(autouse=True)
def feeds(db: None) -> None:
    seed.seed()
    forget_feeds()


@pytest.fixture
def group(db: None) -> None:
    """Every code of the group is mapped, so that its messages are processed."""
    call_command("seed_group", verbosity=0, stdout=StringIO())
    crosswalk.forget()


def asking(control_id: str, accept: str, application: str) -> bytes:
    """A visit of the group's, with MSH-15 and MSH-16."""
    whole = voice.adt(VISIT, "A04", MOMENT, control_id)
    return whole.replace(b"|P|2.5.1", f"|P|2.5.1|||{accept}|{application}".encode())


def verdict(ack: Hl7Message) -> tuple[str, str]:
    return ack.get("MSA-1"), ack.get("MSA-2")


def now(reply: Reply) -> tuple[str, str]:
    return verdict(parse_message(reply.now))


def later(reply: Reply) -> Hl7Message:
    assert reply.later is not None
    return parse_message(decided([reply.later])[reply.later])


def test_original_mode_hears_once_that_the_message_is_stored() -> None:
    reply = answer(asking("1", "", ""), "")

    assert (now(reply), reply.later) == (("AA", "1"), None)


def test_enhanced_mode_hears_that_a_message_is_stored_and_later_that_it_is_processed(group: None) -> None:
    reply = answer(asking("1", "AL", "AL"), "")
    assert now(reply) == ("CA", "1")
    assert decided([reply.later]) == {}, "nothing is decided before the workers have looked"

    inbound.process()

    told = later(reply)
    assert verdict(told) == ("AA", "1")
    assert (told.get("MSH-15"), told.get("MSH-16")) == ("NE", "NE"), "nobody has to answer an answer"


def test_whoever_asks_again_hears_the_same_and_nothing_happens_twice(group: None) -> None:
    first = answer(asking("1", "AL", "AL"), "")
    inbound.process()
    again = answer(asking("1", "AL", "AL"), "")
    inbound.process()

    assert now(first) == now(again) == ("CA", "1")
    assert verdict(later(first)) == verdict(later(again)) == ("AA", "1")
    assert Event.objects.filter(type="encounter.registered").count() == 1
    assert Message.objects.filter(state=MessageState.DUPLICATE).count() == 1


def test_what_is_held_for_a_person_is_told_as_an_error_without_its_values() -> None:
    crosswalk.forget()  # no code is mapped
    reply = answer(asking("1", "NE", "AL"), "")
    inbound.process()

    assert reply.now == b""
    told = later(reply)
    assert verdict(told) == ("AE", "1")
    assert Message.objects.get().code in told.get("ERR-8")
    assert VISIT.patient.last.upper() not in told.encode().decode()


@pytest.mark.parametrize(
    ("accept", "application", "code"),
    [("", "", "AR"), ("AL", "AL", "CR"), ("ER", "NE", "CR"), ("NE", "AL", "AR"), ("SU", "ER", "AR")],
)
def test_a_refusal_is_told_once_by_whichever_answer_was_asked_for(accept: str, application: str, code: str) -> None:
    reply = answer(asking("1", accept, application).replace(b"ADT^A04^ADT_A01", b"MDM^T02^MDM_T02"), "")

    assert (now(reply), reply.later) == ((code, "1"), None)


@pytest.mark.parametrize(("accept", "code"), [("SU", "CA"), ("AL", "CA"), ("XX", "CA"), ("ER", ""), ("NE", "")])
def test_a_message_that_is_stored_is_told_where_that_was_asked_for(accept: str, code: str) -> None:
    reply = answer(asking("1", accept, "NE"), "")

    assert (parse_message(reply.now).get("MSA-1") if reply.now else "") == code
    assert reply.later is None
    assert Message.objects.get().state == MessageState.RECEIVED


@pytest.mark.parametrize(("application", "code"), [("SU", "AA"), ("ER", "")])
def test_a_message_that_is_processed_is_told_where_that_was_asked_for(group: None, application: str, code: str) -> None:
    reply = answer(asking("1", "NE", application), "")
    inbound.process()

    assert reply.later is not None
    told = decided([reply.later])[reply.later]
    assert (parse_message(told).get("MSA-1") if told else "") == code


def test_a_number_used_again_for_other_content_is_an_error_of_its_mode() -> None:
    answer(asking("1", "AL", "NE"), "")

    assert now(answer(asking("1", "AL", "NE") + b"NTE|1||more\r", "")) == ("CE", "1")


def test_an_acknowledgement_is_kept_and_never_acknowledged() -> None:
    reply = answer(b"MSH|^~\\&|EHR|NLM|HUB|NRH|20261121||ACK|9|P|2.5.1\rMSA|AA|1\r", "")

    assert (reply.now, reply.later) == (b"", None)
    assert Message.objects.get().state == MessageState.REJECTED


def test_frames_answered_together_each_have_their_own_answer_in_their_order() -> None:
    frames = [
        admission("1"),
        admission("2").replace(b"ADT^A01^ADT_A01", b"MDM^T02^MDM_T02"),
        admission("1"),
        admission("3"),
        admission("1", filler="other"),
        b"noise",
    ]

    told = [now(reply) for reply in answer_together(frames)]

    assert told == [("AA", "1"), ("AR", "2"), ("AA", "1"), ("AA", "3"), ("AE", "1"), ("AR", "")]
    states = list(Message.objects.order_by("id").values_list("control_id", "state"))
    assert sorted(states) == [
        ("", "rejected"), ("1", "duplicate"), ("1", "received"), ("1", "rejected"), ("2", "rejected"), ("3", "received")
    ]  # fmt: skip


def test_messages_stored_together_are_taken_up_in_their_order() -> None:
    answer_together([admission(str(number)) for number in (5, 3, 9, 1)])

    assert list(Message.objects.order_by("id").values_list("control_id", flat=True)) == ["5", "3", "9", "1"]


def test_a_batch_is_taken_message_by_message_and_answered_by_a_batch() -> None:
    inside = [admission("1"), admission("2").replace(b"ADT^A01^ADT_A01", b"MDM^T02^MDM_T02"), admission("3")]
    batch = b"FHS|^~\\&|EHR|NLM|HUB|NRH\rBHS|^~\\&|EHR|NLM|HUB|NRH|||||B7\r" + b"".join(inside) + b"BTS|3\rFTS|1\r"

    told = parse_file(answer(batch, "").now)

    assert told.all_faults == ()
    assert [verdict(ack) for ack in told.messages] == [("AA", "1"), ("AR", "2"), ("AA", "3")]
    head = next(segment for segment in told.envelope if segment.id == "BHS")
    assert (head.get("3"), head.get("5"), head.get("12")) == ("HUB", "EHR", "B7")
    stored = {row.control_id: read_body(row) for row in Message.objects.all()}
    assert stored == dict(zip("123", inside, strict=True))


def test_a_batch_with_fewer_messages_than_it_states_is_taken_and_said_to_be_incomplete() -> None:
    told = parse_file(answer(b"BHS|^~\\&|EHR|NLM|HUB|NRH\r" + admission("1") + b"BTS|2\r", "").now)

    assert [verdict(ack) for ack in told.messages] == [("AA", "1")]
    assert next(segment for segment in told.envelope if segment.id == "BTS").get("2")
    assert Message.objects.get(control_id="1").state == MessageState.RECEIVED
    kept = Message.objects.get(code="batch-incomplete")
    assert Member.objects.get(ref=kept.id).case.failure_class == "data"


@pytest.mark.parametrize(("sender", "feed"), [("EHR", "ehr"), ("RIS", "lis"), ("ANOTHER", "ehr")])
def test_orders_are_taken_by_the_feed_of_whoever_speaks_of_them(sender: str, feed: str) -> None:
    """Both feeds accept orders: the EHR places them, radiology says what became of them."""
    order = admission("1").replace(b"ADT^A01^ADT_A01", b"ORM^O01^ORM_O01").replace(b"|EHR|", f"|{sender}|".encode(), 1)

    assert now(answer(order, "")) == ("AA", "1")

    assert Message.objects.get().feed_code == feed
