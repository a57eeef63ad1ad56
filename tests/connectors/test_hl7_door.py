"""The HL7 door: `manage.py mllp` in a process of its own, and what it acknowledges."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from connectors import seed
from connectors.formats.hl7v2 import Message as Hl7Message
from connectors.formats.hl7v2 import parse_message
from connectors.models import Feed, Message
from connectors.selectors import forget_feeds, read_body
from connectors.states import MessageState
from connectors.transports.mllp import Acknowledged, MllpClient, MllpLimits, client_context
from exceptions.models import Member
from hub.core.errors import Ambiguous, Failure
from hub.masterdata import crosswalk
from orchestration import inbound
from tests.connectors.hub_processes import DatabaseDoor, mllp
from tests.support.certificates import make
from tests.support.mllp import admission, connected, frame, read_to_end

TIMEOUT = timedelta(seconds=20)


@pytest.fixture
def feeds(transactional_db: None) -> None:
    seed.seed()
    forget_feeds()
    crosswalk.forget()


@pytest.fixture
def listener(feeds: None, hub_environment: dict[str, str]) -> Iterator[int]:
    """The port that the hub listens on."""
    with mllp(hub_environment) as server:
        yield server.port


@pytest.fixture
def ehr(listener: int) -> Iterator[MllpClient]:
    with MllpClient("127.0.0.1", listener, timeout=TIMEOUT) as client:
        yield client


def send(sender: MllpClient, message: bytes) -> Hl7Message:
    return parse_message(sender.send(message))


def verdict(ack: Hl7Message) -> tuple[str, str]:
    """(MSA-1, MSA-2): the acknowledgement code and the control id that it answers."""
    return ack.get("MSA-1"), ack.get("MSA-2")


def test_what_is_accepted_is_committed_before_its_acknowledgement_leaves(ehr: MllpClient) -> None:
    for number in range(10):
        assert verdict(send(ehr, admission(str(number)))) == ("AA", str(number))

        stored = Message.objects.get(control_id=str(number))
        assert (stored.state, stored.feed_code) == ("received", "ehr")
        assert read_body(stored) == admission(str(number))
        assert b"|ACC1" not in bytes(stored.body)


def test_a_repetition_is_accepted_again_and_no_second_message_made(ehr: MllpClient) -> None:
    send(ehr, admission("1"))

    assert verdict(send(ehr, admission("1"))) == ("AA", "1")

    first = Message.objects.get(state=MessageState.RECEIVED)
    assert Message.objects.get(state=MessageState.DUPLICATE).duplicate_of == first.id


def test_each_type_goes_to_the_feed_that_takes_it(ehr: MllpClient) -> None:
    booking = admission("1").replace(b"ADT^A01^ADT_A01", b"SIU^S12^SIU_S12")

    assert verdict(send(ehr, booking)) == ("AA", "1")

    assert Message.objects.get().feed_code == "siu"


def test_a_control_id_used_again_for_other_content_is_an_error_and_kept(ehr: MllpClient) -> None:
    send(ehr, admission("1"))

    ack = send(ehr, admission("1", filler="other"))

    assert verdict(ack) == ("AE", "1")
    assert (ack.get("ERR-2.1"), ack.get("ERR-2.3"), ack.get("ERR-3.1")) == ("MSH", "10", "205")
    kept = Message.objects.get(state=MessageState.REJECTED)
    assert read_body(kept) == admission("1", filler="other")
    assert Member.objects.filter(ref=kept.id).exists()


@pytest.mark.parametrize(
    ("message", "place", "error"),
    [
        (b"GET / HTTP/1.1 \x00\xff\xfe", "", "100"),
        (admission("1").replace(b"ADT^A01^ADT_A01", b"MDM^T02^MDM_T02"), "9", "200"),
        (admission(""), "10", "101"),
    ],
    ids=["no header", "a type that no feed takes", "no control id"],
)
def test_what_will_never_be_taken_is_rejected_with_the_place_and_kept(
    ehr: MllpClient, message: bytes, place: str, error: str
) -> None:
    ack = send(ehr, message)

    assert ack.get("MSA-1") == "AR"
    assert (ack.get("ERR-2.3"), ack.get("ERR-3.1"), ack.get("ERR-4")) == (place, error, "E")
    kept = Message.objects.get()
    assert kept.state == "rejected"
    assert read_body(kept) == message
    assert Member.objects.get(ref=kept.id).case.failure_class == "data"
    assert verdict(send(ehr, admission("2"))) == ("AA", "2")


def test_a_message_too_large_for_its_feed_is_rejected_and_its_beginning_kept(listener: int) -> None:
    Feed.objects.filter(code="ehr").update(max_bytes=1_000_000)
    with MllpClient("127.0.0.1", listener, timeout=TIMEOUT) as ehr:
        large = admission("1", filler="x" * 2_000_000)

        ack = send(ehr, large)

    assert verdict(ack) == ("AR", "1")
    assert "1000000 bytes" in ack.get("ERR-8")
    kept = Message.objects.get()
    assert (kept.state, kept.code, kept.size) == ("rejected", "message-too-large", len(large))
    assert large.startswith(read_body(kept))


def test_a_frame_too_large_to_be_read_is_rejected_its_beginning_kept_and_the_connection_ended(listener: int) -> None:
    most = MllpLimits().max_frame_bytes
    with connected(listener) as peer:
        peer.sendall(frame(admission("1", filler="x" * most)))
        answer = read_to_end(peer)

    assert b"MSA|AR|1" in answer
    kept = Message.objects.get()
    assert (kept.state, kept.feed_code, kept.size) == ("rejected", "ehr", most + 1)
    assert admission("1").startswith(read_body(kept)[:60])


def test_where_storing_fails_nothing_is_acknowledged_and_the_repetition_is_taken(
    feeds: None, hub_environment: dict[str, str], tmp_path: Path
) -> None:
    door = DatabaseDoor(tmp_path)
    with (
        mllp(hub_environment | {"DATABASE_URL": door.address(hub_environment)}) as server,
        MllpClient("127.0.0.1", server.port, timeout=TIMEOUT) as ehr,
    ):
        assert verdict(send(ehr, admission("1"))) == ("AA", "1")
        door.shut()
        for _ in range(3):
            with pytest.raises(Ambiguous, match="connection-cut"):
                ehr.send(admission("2"))
        assert Message.objects.count() == 1

        door.open()
        assert verdict(send(ehr, admission("2"))) == ("AA", "2")

    assert Message.objects.filter(state=MessageState.RECEIVED).count() == 2


# --- enhanced mode, many at once, TLS ---


def test_enhanced_mode_hears_that_a_message_is_stored_and_later_that_it_is_held(ehr: MllpClient) -> None:
    asking = admission("1").replace(b"|P|2.5.1", b"|P|2.5.1|||AL|AL")
    heard: list[Acknowledged] = []
    sender = threading.Thread(target=lambda: heard.append(ehr.exchange(asking)))
    sender.start()
    process(Message.objects.filter(control_id="1"))
    sender.join(60)

    [told] = heard
    assert verdict(parse_message(told.commit)) == ("CA", "1")
    assert verdict(parse_message(told.application)) == ("AE", "1"), "it names no visit"


def process(waiting: QuerySet[Message]) -> None:
    """Let the workers' work be done once the message is there."""
    deadline = time.monotonic() + 60
    while not waiting.exists():
        assert time.monotonic() < deadline, "the message did not arrive"
        time.sleep(0.02)
    inbound.process()


def test_many_connections_at_once_hear_of_what_is_theirs_and_what_all_send_is_stored_once(
    listener: int,
) -> None:
    def send_ten(first: int) -> list[tuple[str, str]]:
        with MllpClient("127.0.0.1", listener, timeout=TIMEOUT) as client:
            return [verdict(send(client, admission(str(first + number)))) for number in range(10)]

    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(send_ten, range(100, 900, 100)))

    expected = {str(first + number) for first in range(100, 900, 100) for number in range(10)}
    assert [code for answers in heard for code, _ in answers] == ["AA"] * 80
    assert {control_id for answers in heard for _, control_id in answers} == expected
    assert set(Message.objects.values_list("control_id", flat=True)) == expected

    def send_it(_: int) -> tuple[str, str]:
        with MllpClient("127.0.0.1", listener, timeout=TIMEOUT) as client:
            return verdict(send(client, admission("1")))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send_it, range(16))) == [("AA", "1")] * 16
    assert Message.objects.filter(control_id="1", state=MessageState.RECEIVED).count() == 1
    assert Message.objects.filter(control_id="1", state=MessageState.DUPLICATE).count() == 15


def test_over_tls_only_senders_with_a_certificate_are_heard(
    feeds: None, hub_environment: dict[str, str], tmp_path: Path
) -> None:
    made = make(tmp_path)
    files = {"CERT": made.server.certificate, "KEY": made.server.key, "CLIENT_CA": made.ca}
    environment = hub_environment | {f"MLLP_TLS_{name}": str(path) for name, path in files.items()}
    tls = client_context(ca=made.ca, certificate=made.sender.certificate, key=made.sender.key)
    with mllp(environment) as server:
        with MllpClient("127.0.0.1", server.port, timeout=TIMEOUT, tls=tls, server_name="localhost") as client:
            assert verdict(send(client, admission("1"))) == ("AA", "1")
        with MllpClient("127.0.0.1", server.port, timeout=TIMEOUT) as stranger, pytest.raises(Failure):
            stranger.send(admission("2"))

    assert [row.control_id for row in Message.objects.all()] == ["1"]


@pytest.mark.parametrize(
    "given", [{"MLLP_TLS_CERT": "absent.pem"}, {"MLLP_TLS_CERT": "a.pem", "MLLP_TLS_KEY": "a.pem"}]
)
def test_a_listener_whose_certificate_cannot_be_used_does_not_start(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(CommandError, match="TLS"):
        call_command("mllp")
