"""The webhook door as it stands in production: a web server in a process of its own, and things around it failing."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from django.db import connection

from connectors import seed
from connectors.models import DedupeKey, Feed, Message
from connectors.sandbox import settings as sandbox
from connectors.scheduling_saas.authenticity import sign
from connectors.selectors import forget_feeds, read_body
from connectors.states import MessageState
from hub.core import clock
from orchestration import inbound, sweeps
from tests.connectors.hub_processes import DatabaseDoor, sockets, web
from tests.connectors.processes import Server

DOOR = "/in/v1/scheduling"
BODY = json.dumps({"event": "appointment_booked", "appointment_id": "S1"}).encode()


@pytest.fixture
def serve(hub_environment: dict[str, str]) -> Callable[..., object]:
    """Starts granian on the test's database: `with serve(REDIS_URL=...) as server`."""
    seed.seed()
    forget_feeds()
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushdb()

    @contextmanager
    def serve(**changes: str) -> Iterator[Server]:
        with web(hub_environment | changes) as server:
            yield server

    return serve


def headers(number: int = 1, body: bytes = BODY) -> dict[str, str]:
    signature = sign(body, f"msg_{number}", sandbox.SCHEDULING_SECRET, clock.machine_now())
    return {"Content-Type": "application/json", **signature}


def post(server: Server, number: int = 1) -> httpx.Response:
    return httpx.post(server.url + DOOR, content=BODY, headers=headers(number), timeout=20)


def raw(server: Server, body: bytes, *lines: str, hang_up: bool = False) -> httpx.Response:
    """One request as it goes over the wire, `lines` being its framing."""
    fields = [f"{name}: {value}" for name, value in headers().items()]
    head = "\r\n".join([f"POST {DOOR} HTTP/1.1", "Host: hub", "Connection: close", *fields, *lines])
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as peer:
        peer.sendall(head.encode() + b"\r\n\r\n" + body)
        if hang_up:
            peer.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    top, _, content = answer.partition(b"\r\n\r\n")
    return httpx.Response(int(top.split()[1]), content=content)


def chunked(body: bytes, size: int = 20) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_what_is_acknowledged_is_committed_and_seen_by_everyone(serve: Callable[..., object]) -> None:
    database = connection.settings_dict
    with (
        serve() as server,
        psycopg.connect(host=str(sockets()), dbname=database["NAME"], user=database["USER"]) as someone_else,
    ):
        for number in range(20):
            message_id = post(server, number).json()["message_id"]
            found = someone_else.execute("SELECT state FROM connectors_message WHERE id = %s", [message_id])
            assert found.fetchall() == [("received",)]
            someone_else.rollback()


def test_of_identical_webhooks_at_once_exactly_one_is_accepted(serve: Callable[..., object]) -> None:
    with serve() as server, ThreadPoolExecutor(8) as pool:
        for number in range(5):
            answers = list(pool.map(lambda _, number=number: post(server, number), range(8)))

            assert sorted(answer.status_code for answer in answers) == [200] * 7 + [202]
            assert len({answer.json()["message_id"] for answer in answers}) == 1
    assert Message.objects.filter(state=MessageState.RECEIVED).count() == 5
    assert Message.objects.filter(state=MessageState.DUPLICATE).count() == 35


def test_a_body_may_come_in_chunks_and_none_comes_half(serve: Callable[..., object]) -> None:
    Feed.objects.filter(code="scheduling").update(max_bytes=2000)
    with serve() as server:
        assert raw(server, chunked(BODY), "Transfer-Encoding: chunked").status_code == 202
        too_much = raw(server, chunked(b"x" * 2001, 500), "Transfer-Encoding: chunked")
        cut = raw(server, BODY[:-5], f"Content-Length: {len(BODY)}", hang_up=True)

    assert read_body(Message.objects.get()) == BODY
    assert (too_much.status_code, too_much.json()["type"]) == (413, "urn:throughline:problem:message-too-large")
    assert (cut.status_code, cut.json()["type"]) == (400, "urn:throughline:problem:incomplete")


def test_without_its_broker_the_hub_takes_messages_and_a_sweep_finds_them(serve: Callable[..., object]) -> None:
    with serve(REDIS_URL="redis://127.0.0.1:1/0") as server:
        assert post(server).status_code == 202

    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        assert broker.llen("inbound") == 0
        sweeps.sweep()
        assert broker.llen("inbound") == 1
        broker.flushdb()
    assert inbound.process() == 1
    assert Message.objects.get().state != MessageState.RECEIVED


def test_without_its_database_the_hub_acknowledges_nothing_and_recovers_by_itself(
    serve: Callable[..., object], hub_environment: dict[str, str], tmp_path: Path
) -> None:
    door = DatabaseDoor(tmp_path)
    with serve(DATABASE_URL=door.address(hub_environment)) as server:
        assert post(server, 1).status_code == 202
        door.shut()
        away = [post(server, 2) for _ in range(6)]
        assert {answer.status_code for answer in away} == {503}
        assert away[-1].headers["Retry-After"] == "1"
        assert away[-1].json()["type"] == "urn:throughline:problem:not-stored"
        assert (Message.objects.count(), DedupeKey.objects.count()) == (1, 1)

        door.open()
        answers = [post(server, 2).status_code for _ in range(8)]

    assert answers.count(202) == 1
    assert set(answers) <= {503, 202, 200}
    assert answers[-1] == 200
    assert DedupeKey.objects.count() == 2
