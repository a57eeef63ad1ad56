"""What an answer, or a silence, means: tried with real sockets that misbehave to order."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from connectors.base import Outcome, SystemConfig
from connectors.http import Exchange, HttpClient
from connectors.http_auth import ClientCredentials, FixedHeader
from connectors.verdict import LONGEST_RETRY_AFTER, Effect, of_silence, remote_code, retry_after
from hub.core import clock
from hub.core.errors import FailureClass
from tests.connectors.peers import Peer, Script, answer, cuts, cuts_halfway, drips, says, stays_silent
from tests.connectors.processes import free_port


@pytest.fixture
def play() -> Iterator[Callable[[Script], Peer]]:
    peers: list[Peer] = []

    def start(script: Script) -> Peer:
        peers.append(Peer(script))
        return peers[-1]

    yield start
    for peer in peers:
        peer.close()


def config(url: str) -> SystemConfig:
    return SystemConfig(code="erp", base_url=url, timeout=timedelta(milliseconds=1500))


def written(url: str) -> Exchange:
    client = HttpClient(config(url))
    exchange = client.write("POST", "/things", {"a": 1}, posting_key="key-1")
    client.close()
    return exchange


def asked(url: str) -> Exchange:
    client = HttpClient(config(url))
    exchange = client.read("/things")
    client.close()
    return exchange


def class_of(exchange: Exchange) -> FailureClass | None:
    return exchange.failure.failure_class if exchange.failure else None


@pytest.mark.parametrize(
    ("status", "outcome", "failure_class"),
    [
        (200, Outcome.CONFIRMED, None),
        (201, Outcome.CONFIRMED, None),
        (302, Outcome.FAILED, FailureClass.CONFIGURATION),
        (400, Outcome.REJECTED, FailureClass.BUSINESS),
        (401, Outcome.FAILED, FailureClass.CONFIGURATION),
        (403, Outcome.FAILED, FailureClass.CONFIGURATION),
        (404, Outcome.FAILED, FailureClass.CONFIGURATION),
        (408, Outcome.FAILED, FailureClass.TRANSIENT),
        (409, Outcome.REJECTED, FailureClass.BUSINESS),
        (422, Outcome.REJECTED, FailureClass.BUSINESS),
        (429, Outcome.FAILED, FailureClass.TRANSIENT),
        (500, Outcome.UNCONFIRMED, FailureClass.AMBIGUOUS),
        (502, Outcome.UNCONFIRMED, FailureClass.AMBIGUOUS),
        (503, Outcome.FAILED, FailureClass.TRANSIENT),
        (504, Outcome.UNCONFIRMED, FailureClass.AMBIGUOUS),
    ],
)
def test_each_answer_to_a_write_means_one_thing(
    play: Callable[[Script], Peer], status: int, outcome: Outcome, failure_class: FailureClass | None
) -> None:
    exchange = written(play(says(status)).url)

    assert (exchange.outcome, class_of(exchange), exchange.status) == (outcome, failure_class, status)


def test_a_server_error_on_a_read_costs_nothing_and_is_tried_again(play: Callable[[Script], Peer]) -> None:
    exchange = asked(play(says(500)).url)

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, FailureClass.TRANSIENT)


@pytest.mark.parametrize("misbehaviour", [cuts, cuts_halfway, stays_silent, drips])
def test_a_write_whose_answer_is_lost_is_unconfirmed(play: Callable[[Script], Peer], misbehaviour: Script) -> None:
    exchange = written(play(misbehaviour).url)

    assert (exchange.outcome, class_of(exchange)) == (Outcome.UNCONFIRMED, FailureClass.AMBIGUOUS)
    assert exchange.status is None


@pytest.mark.parametrize("misbehaviour", [cuts, cuts_halfway, stays_silent])
def test_a_read_whose_answer_is_lost_is_tried_again(play: Callable[[Script], Peer], misbehaviour: Script) -> None:
    exchange = asked(play(misbehaviour).url)

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, FailureClass.TRANSIENT)


def test_garbage_instead_of_http_after_a_write_is_unconfirmed(play: Callable[[Script], Peer]) -> None:
    exchange = written(play(lambda connection, request: connection.sendall(b"\x00\xffnonsense\r\n\r\n")).url)

    assert exchange.outcome is Outcome.UNCONFIRMED


def test_an_answer_that_claims_to_be_gzip_and_is_not_leaves_a_write_unconfirmed(
    play: Callable[[Script], Peer],
) -> None:
    exchange = written(play(says(200, b"not gzip", "Content-Encoding: gzip")).url)

    assert (exchange.outcome, class_of(exchange)) == (Outcome.UNCONFIRMED, FailureClass.AMBIGUOUS)


def test_what_cannot_be_reached_was_certainly_not_sent() -> None:
    exchange = written(f"http://127.0.0.1:{free_port()}")

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, FailureClass.TRANSIENT)
    assert exchange.failure is not None
    assert exchange.failure.code == "connection-refused"


def test_a_name_that_does_not_resolve_was_certainly_not_sent_anything() -> None:
    error = httpx.ConnectError("no such host")
    error.__cause__ = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    outcome, failure = of_silence(error, system="erp", effect=Effect.WRITE)

    assert outcome is Outcome.FAILED
    assert failure is not None
    assert (failure.failure_class, failure.code) == (FailureClass.TRANSIENT, "name-not-resolved")


def test_a_peer_that_speaks_no_tls_was_certainly_not_sent_anything(play: Callable[[Script], Peer]) -> None:
    exchange = written(play(cuts).url.replace("http:", "https:"))

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, FailureClass.TRANSIENT)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1", ""])
def test_an_address_that_is_none_is_a_configuration_fault(url: str) -> None:
    exchange = written(url)

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, FailureClass.CONFIGURATION)


def test_the_posting_key_goes_along_as_idempotency_key(play: Callable[[Script], Peer]) -> None:
    peer = play(says(201))

    written(peer.url)

    [request] = peer.requests
    assert b"Idempotency-Key: key-1" in request
    assert b"User-Agent: Throughline/" in request
    assert request.endswith(b'{"a":1}')


def test_requests_share_a_connection(play: Callable[[Script], Peer]) -> None:
    connections: set[int] = set()

    def note(connection: socket.socket, request: bytes) -> None:
        connections.add(connection.fileno())
        connection.sendall(answer(200))

    client = HttpClient(config(play(note).url))
    for _ in range(5):
        assert client.read("/x").ok
    client.close()

    assert len(connections) == 1


def test_the_remotes_own_code_becomes_the_failures_code(play: Callable[[Script], Peer]) -> None:
    exchange = written(play(says(422, b'{"code": "closed-period", "detail": "Jane Roe"}')).url)

    assert exchange.failure is not None
    assert exchange.failure.code == "closed-period"
    assert "Jane" not in str(exchange.failure)
    assert exchange.response() == {"code": "closed-period", "detail": "Jane Roe"}


def test_a_404_with_a_code_is_about_the_thing_and_not_about_the_address(
    play: Callable[[Script], Peer],
) -> None:
    exchange = written(play(says(404, b'{"code": "no-such-account"}')).url)

    assert exchange.outcome is Outcome.REJECTED


def test_an_error_page_is_kept_as_text(play: Callable[[Script], Peer]) -> None:
    exchange = written(play(says(500, b"<html>sorry</html>")).url)

    assert exchange.response() == {"text": "<html>sorry</html>"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": "a-b.c"}, "a-b.c"),
        ({"error": {"code": "x"}}, "x"),
        ({"error": "invalid_client"}, "invalid_client"),
        ({"code": "Mrs. Roe owes 12"}, ""),
        ({"code": 12}, ""),
        ({}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_only_what_looks_like_a_code_is_taken_for_one(body: object, code: str) -> None:
    assert remote_code(body) == code


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("99999999999999999999", LONGEST_RETRY_AFTER),
        ("Sun, 06 Nov 1994 08:49:37 GMT", timedelta(0)),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value: str, expected: timedelta | None) -> None:
    assert retry_after({"retry-after": value}) == expected


def test_retry_after_with_a_date_counts_from_now() -> None:
    moment = clock.machine_now() + timedelta(seconds=90)

    wait = retry_after({"retry-after": format_datetime(moment, usegmt=True)})

    assert wait is not None
    assert timedelta(seconds=85) < wait <= timedelta(seconds=90)


def test_retry_after_travels_with_the_failure(play: Callable[[Script], Peer]) -> None:
    exchange = written(play(says(429, b"{}", "Retry-After: 12")).url)

    assert exchange.failure is not None
    assert exchange.failure.retry_after == timedelta(seconds=12)


class TokenPeer:
    """Hands out tokens; `valid` is the only one that it takes afterwards."""

    def __init__(self) -> None:
        self.issued = 0
        self.valid = "token-1"

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"POST /oauth/token"):
            self.issued += 1
            body = f'{{"access_token": "token-{self.issued}", "expires_in": 300}}'.encode()
            connection.sendall(answer(200, body))
        elif f"Bearer {self.valid}\r\n".encode() in request:
            connection.sendall(answer(200))
        else:
            connection.sendall(answer(401))


def oauth_client(url: str) -> HttpClient:
    credentials = ClientCredentials(system="erp", token_url="/oauth/token", client_id="hub", client_secret="secret")
    return HttpClient(config(url), credentials)


def test_one_token_serves_many_requests(play: Callable[[Script], Peer]) -> None:
    tokens = TokenPeer()
    client = oauth_client(play(tokens).url)

    assert [client.read("/x").ok for _ in range(4)] == [True] * 4

    assert tokens.issued == 1
    client.close()


def test_a_refused_token_is_renewed_once_and_the_request_goes_out_again(
    play: Callable[[Script], Peer],
) -> None:
    tokens = TokenPeer()
    client = oauth_client(play(tokens).url)
    assert client.read("/x").ok
    tokens.valid = "token-2"

    assert client.write("POST", "/x", {}).ok

    assert tokens.issued == 2
    client.close()


def test_a_system_that_refuses_every_token_is_a_configuration_fault(play: Callable[[Script], Peer]) -> None:
    tokens = TokenPeer()
    tokens.valid = "none"
    peer = play(tokens)
    client = oauth_client(peer.url)

    exchange = client.write("POST", "/x", {})

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, FailureClass.CONFIGURATION)
    assert len([request for request in peer.requests if request.startswith(b"POST /x")]) == 2
    client.close()


@pytest.mark.parametrize(
    ("script", "failure_class"),
    [
        (says(401, b'{"error": "invalid_client"}'), FailureClass.CONFIGURATION),
        (says(400, b'{"error": "invalid_client"}'), FailureClass.CONFIGURATION),
        (says(503), FailureClass.TRANSIENT),
        (says(500), FailureClass.TRANSIENT),
        (says(200, b"<html>"), FailureClass.TRANSIENT),
        (cuts, FailureClass.TRANSIENT),
    ],
)
def test_without_a_token_nothing_is_sent(
    play: Callable[[Script], Peer], script: Script, failure_class: FailureClass
) -> None:
    peer = play(script)
    client = oauth_client(peer.url)

    exchange = client.write("POST", "/x", {})

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, failure_class)
    assert all(request.startswith(b"POST /oauth/token") for request in peer.requests)
    client.close()


def test_a_fixed_key_is_sent_with_every_request_and_never_renewed(play: Callable[[Script], Peer]) -> None:
    peer = play(says(401))
    client = HttpClient(config(peer.url), FixedHeader("X-Api-Key", "k-1"))

    exchange = client.exchange("GET", "/x", Effect.READ)

    assert class_of(exchange) is FailureClass.CONFIGURATION
    [request] = peer.requests
    assert b"X-Api-Key: k-1" in request
    client.close()


def test_a_secret_that_no_header_can_carry_is_a_configuration_fault(play: Callable[[Script], Peer]) -> None:
    client = HttpClient(config(play(says(200)).url), FixedHeader.bearer("line\nbreak"))

    exchange = client.write("POST", "/x", {})

    assert (exchange.outcome, class_of(exchange)) == (Outcome.FAILED, FailureClass.CONFIGURATION)
    client.close()
