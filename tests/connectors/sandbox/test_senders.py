"""How the sandbox's systems send: again until they are answered, and never twice what was answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from connectors.formats.hl7v2 import AckCode, build_ack
from connectors.payment_gateway import authenticity as gateway
from connectors.sandbox import senders, settings
from connectors.sandbox.post import Post
from connectors.sandbox.progress import Progress
from connectors.sandbox.scheduling_books import SchedulingBooks
from connectors.sandbox.senders import Answer, HubAway, MllpSender, Outgoing, WebhookSender
from connectors.scheduling_saas import authenticity as scheduling
from connectors.transports.mllp.framing import Framer, wrap
from hub.core import clock
from hub.core.errors import SecurityRefusal
from tests.connectors.processes import free_port

FRAME = b"MSH|^~\\&|EHR|NLM|HUB|NRH|20261121||ADT^A04|E1|P|2.5.1\rPID|1\r"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_FIRST_DELAY", 0.01)
    monkeypatch.setattr(senders, "_LONGEST_DELAY", 0.02)


class Hub:
    """Answers webhooks with the next of `answers`, the last one from then on; keeps what it was sent."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.taken: list[tuple[str, dict[str, str], bytes]] = []

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> int:
        self.taken.append((path, headers, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def running(hub: Hub, port: int) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(hub.answer(self.path, headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    number = free_port()
    monkeypatch.setenv("PORT", str(number))
    return number


def send(message: Outgoing) -> Answer:
    connection = WebhookSender(message.feed)
    try:
        return connection.send(message)
    finally:
        connection.close()


def test_a_webhook_is_sent_again_while_the_hub_is_busy_or_failing(port: int) -> None:
    hub = Hub(503, 429, 500, 202)
    with running(hub, port):
        answer = send(Outgoing("scheduling", "msg_1", b"{}"))

    assert answer is Answer.ACCEPTED
    assert len(hub.taken) == 4
    assert {(path, headers["webhook-id"]) for path, headers, _ in hub.taken} == {("/in/v1/scheduling", "msg_1")}


@pytest.mark.parametrize(("status", "answer"), [(200, Answer.DUPLICATE), (401, Answer.REFUSED), (422, Answer.REFUSED)])
def test_an_answer_is_taken_as_it_is(port: int, status: int, answer: Answer) -> None:
    hub = Hub(status)
    with running(hub, port):
        assert send(Outgoing("gateway", "evt_1", b"{}")) is answer
    assert len(hub.taken) == 1


def test_a_webhook_waits_for_a_hub_that_is_away(port: int) -> None:
    hub = Hub(202)
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(send(Outgoing("gateway", "evt_1", b"{}"))))
    waiting.start()
    with running(hub, port):
        waiting.join(10)

    assert answers == [Answer.ACCEPTED]


def test_a_hub_that_does_not_come_back_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "PATIENCE", senders.timedelta(seconds=0.1))

    with pytest.raises(HubAway):
        send(Outgoing("gateway", "evt_1", b"{}"))


def test_signatures_hold_unless_they_are_spoiled_on_purpose(port: int) -> None:
    hub = Hub(202)
    with running(hub, port):
        for spoiled in (False, True):
            send(Outgoing("gateway", "evt_1", b'{"a":1}', spoiled=spoiled))
            send(Outgoing("scheduling", "msg_1", b'{"a":1}', spoiled=spoiled))
    now = clock.machine_now()
    genuine, forged = hub.taken[:2], hub.taken[2:]

    for proof, secret, (_, headers, body) in zip(
        (gateway, scheduling), (settings.GATEWAY_SECRET, settings.SCHEDULING_SECRET), genuine, strict=True
    ):
        proof.verify(body, headers, [secret], now)  # type: ignore[attr-defined]
    for proof, secret, (_, headers, body) in zip(
        (gateway, scheduling), (settings.GATEWAY_SECRET, settings.SCHEDULING_SECRET), forged, strict=True
    ):
        with pytest.raises(SecurityRefusal):
            proof.verify(body, headers, [secret], now)  # type: ignore[attr-defined]


class Listener:
    """An MLLP server that keeps silent for the first `silences` messages, and closes the connection."""

    def __init__(self, port: int, silences: int, code: AckCode = AckCode.ACCEPT) -> None:
        self.port, self.silences, self.code = port, silences, code
        self.taken: list[bytes] = []
        self.thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        import socket

        with socket.create_server(("127.0.0.1", self.port)) as server:
            for _ in range(self.silences + 1):
                connection, _ = server.accept()
                with connection:
                    self._take(connection.recv(65536))
                    if len(self.taken) > self.silences:
                        ack = build_ack(self.taken[-1], self.code, control_id="1", at=clock.now())
                        connection.sendall(wrap(ack))
                        connection.recv(1)

    def _take(self, data: bytes) -> None:
        framer = Framer(1 << 20)
        self.taken += list(framer.feed(data))


def exchange(listener: Listener) -> Answer:
    listener.thread.start()
    connection = MllpSender("ehr")
    try:
        return connection.send(Outgoing("ehr", "E1", FRAME))
    finally:
        connection.close()
        listener.thread.join(10)


def test_an_hl7_message_goes_out_again_as_it_was_until_it_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(free_port(), silences=2)
    monkeypatch.setenv("MLLP_PORT", str(listener.port))

    assert exchange(listener) is Answer.ACCEPTED
    assert listener.taken == [FRAME] * 3


@pytest.mark.parametrize("code", [AckCode.ERROR, AckCode.REJECT])
def test_an_hl7_message_that_is_refused_is_not_sent_again(monkeypatch: pytest.MonkeyPatch, code: AckCode) -> None:
    listener = Listener(free_port(), silences=0, code=code)
    monkeypatch.setenv("MLLP_PORT", str(listener.port))

    assert exchange(listener) is Answer.REFUSED
    assert listener.taken == [FRAME]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[SchedulingBooks]:
    opened = SchedulingBooks(tmp_path / "scheduling.sqlite")
    yield opened
    opened.close()


def test_what_was_answered_before_a_stop_is_not_sent_again(port: int, tmp_path: Path, books: SchedulingBooks) -> None:
    messages = [Outgoing("gateway", f"evt_{number}", b"{}") for number in range(3)]
    hub = Hub(202)
    with running(hub, port):
        Post(Progress(tmp_path, date(2026, 11, 21)), books).send(messages[:2])
        again = Progress(tmp_path, date(2026, 11, 22))
        Post(again, books).send(messages)

    assert len(hub.taken) == 3
    assert again.counts() == {"gateway": {"accepted": 3}}
    assert again.today == date(2026, 11, 21)


def test_a_message_that_is_sent_twice_on_purpose_is_sent_twice(
    port: int, tmp_path: Path, books: SchedulingBooks
) -> None:
    message = Outgoing("gateway", "evt_1", b"{}")
    hub = Hub(202, 200)
    progress = Progress(tmp_path, date(2026, 11, 21))
    with running(hub, port):
        Post(progress, books).send([message, message])

    assert progress.counts() == {"gateway": {"accepted": 1, "duplicate": 1}}


def test_a_lost_webhook_never_leaves_and_its_sender_knows_of_it_all_the_same(
    port: int, tmp_path: Path, books: SchedulingBooks
) -> None:
    progress = Progress(tmp_path, date(2026, 11, 21))
    forged = Outgoing("scheduling", "msg_forged", b"{}", spoiled=True)
    messages = [Outgoing("scheduling", "msg_1", b"{}", lost=True), Outgoing("scheduling", "msg_2", b"{ }"), forged]
    hub = Hub(202, 401)
    with running(hub, port):
        Post(progress, books).send(messages)

    assert [headers["webhook-id"] for _, headers, _ in hub.taken] == ["msg_2", "msg_forged"]
    assert progress.counts() == {"scheduling": {"lost": 1, "accepted": 1, "refused": 1}}
    assert [(row.webhook_id, row.payload) for row in books.since(None, 0, 10)] == [("msg_1", "{}"), ("msg_2", "{ }")]


def test_a_line_cut_short_by_a_kill_is_as_if_it_was_never_written(tmp_path: Path) -> None:
    message = Outgoing("gateway", "evt_1", b"{}")
    (tmp_path / "sent.jsonl").write_text('{"feed": "gateway", "key": "evt_1", "ans')

    assert not Progress(tmp_path, date(2026, 11, 21)).was_sent(message, "")


def test_phases_and_facts_are_remembered(tmp_path: Path) -> None:
    progress = Progress(tmp_path, date(2026, 11, 21))
    progress.finish("bookings")
    progress.note("planned", {"claim-denied": 3})
    again = Progress(tmp_path, date(2026, 11, 21))
    again.write_sent()

    assert again.is_done("bookings")
    assert not again.is_done("charges")
    assert '"claim-denied": 3' in (tmp_path / "sent.json").read_text()
