"""The MLLP client: what it knows of a message's fate when the far side misbehaves."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.formats.hl7v2 import parse_message
from connectors.transports.mllp import MllpClient, MllpLimits
from hub.core.errors import Ambiguous, DataFault, Transient
from tests.support.mllp import Keeper, admission, frame, listening

SHORT = timedelta(milliseconds=300)


@contextmanager
def peer_that(behaves: Callable[[socket.socket], None], connections: int = 1) -> Iterator[int]:
    """A bare TCP peer whose behaviour with each connection is `behaves`."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(connections):
                connection, _ = server.accept()
                with connection:
                    behaves(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)
        assert not thread.is_alive()


def read_frame(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\x1c\r"):
        data += connection.recv(65536)
    return data


def test_the_acknowledgement_comes_back_and_the_connection_is_kept() -> None:
    with listening(Keeper()) as listener, MllpClient("127.0.0.1", listener.port) as client:
        for number in range(3):
            acknowledgement = parse_message(client.send(admission(str(number))))
            assert acknowledgement.get("MSA-1") == "AA"
            assert acknowledgement.get("MSA-2") == str(number)
        assert listener.server.counts.connections == 1


def test_a_far_side_that_is_not_there_took_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Transient) as caught:
        MllpClient("127.0.0.1", port, system="ehr").send(admission("1"))
    assert caught.value.code == "connection-refused"
    assert caught.value.cause == ("ehr",)


def test_a_lost_acknowledgement_is_ambiguous() -> None:
    with peer_that(lambda connection: read_frame(connection) and None) as port:
        with MllpClient("127.0.0.1", port) as client, pytest.raises(Ambiguous) as caught:
            client.send(admission("1"))
    assert caught.value.code == "connection-cut"


def test_a_late_acknowledgement_is_ambiguous_and_never_taken_for_the_next_message() -> None:
    late = threading.Event()

    def behave(connection: socket.socket) -> None:
        message = read_frame(connection)
        if not late.is_set():
            late.wait(20)
        connection.sendall(frame(b"MSH|^~\\&|late\rMSA|AA|" + message[-20:-16]))

    with peer_that(behave, connections=2) as port:
        client = MllpClient("127.0.0.1", port, timeout=SHORT)
        with pytest.raises(Ambiguous) as caught:
            client.send(admission("1"))
        assert caught.value.code == "no-answer-in-time"
        late.set()
        assert client.send(admission("2")).startswith(b"MSH|^~\\&|late")
        client.close()


def test_half_an_acknowledgement_is_none() -> None:
    def behave(connection: socket.socket) -> None:
        read_frame(connection)
        connection.sendall(b"\x0bMSH|^~\\&|")

    with peer_that(behave) as port:
        with MllpClient("127.0.0.1", port) as client, pytest.raises(Ambiguous):
            client.send(admission("1"))


def test_an_endless_acknowledgement_is_none() -> None:
    def behave(connection: socket.socket) -> None:
        read_frame(connection)
        try:
            while True:
                connection.sendall(b"\x0b" + b"x" * 100_000)
        except OSError:
            return

    with peer_that(behave) as port:
        with MllpClient("127.0.0.1", port) as client, pytest.raises(Ambiguous):
            client.send(admission("1"))


def test_a_frame_cut_while_it_is_sent_took_no_effect() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with peer_that(behave) as port:
        with MllpClient("127.0.0.1", port) as client, pytest.raises(Transient) as caught:
            client.send(admission("1", filler="x" * 20_000_000))
    assert caught.value.code == "connection-cut"


def test_a_peer_that_does_not_read_took_no_whole_message() -> None:
    done = threading.Event()
    with peer_that(lambda connection: done.wait(20) and None) as port:
        with MllpClient("127.0.0.1", port, timeout=SHORT) as client, pytest.raises(Transient):
            client.send(admission("1", filler="x" * 20_000_000))
        done.set()


def test_a_connection_the_far_side_closed_meanwhile_is_opened_again() -> None:
    limits = MllpLimits(idle=timedelta(milliseconds=50), linger=timedelta(milliseconds=50))
    with listening(Keeper(), limits) as listener, MllpClient("127.0.0.1", listener.port) as client:
        client.send(admission("1"))
        while listener.server._connections:
            threading.Event().wait(0.02)
        assert b"MSA|AA|2" in client.send(admission("2"))
        assert listener.server.counts.connections == 2


def test_a_listener_that_failed_to_store_leaves_the_outcome_open() -> None:
    def fail(message: bytes) -> None:
        raise OSError

    with listening(Keeper(before=fail)) as listener:
        with MllpClient("127.0.0.1", listener.port) as client, pytest.raises(Ambiguous):
            client.send(admission("1"))


def test_a_message_that_holds_the_end_mark_is_not_sent_in_two() -> None:
    keeper = Keeper()
    with listening(keeper) as listener, MllpClient("127.0.0.1", listener.port) as client:
        with pytest.raises(DataFault):
            client.send(admission("1") + b"\x1c\rMSH|")
    assert keeper.taken == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command = ["openssl", "req", "-x509", *new_key, "-days", "2", *subject, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_messages_travel_over_tls(certificate: Path) -> None:
    keeper = Keeper()
    trust = ssl.create_default_context(cafile=str(certificate))
    with listening(keeper, tls=server_side(certificate)) as listener:
        with MllpClient("127.0.0.1", listener.port, tls=trust, server_name="localhost") as client:
            for number in range(3):
                assert b"MSA|AA" in client.send(admission(str(number), filler="x" * 100_000))
        assert listener.server.counts.connections == 1
    assert len(keeper.taken) == 3


def test_a_listener_with_an_unknown_certificate_gets_nothing(certificate: Path) -> None:
    keeper = Keeper()
    with listening(keeper, tls=server_side(certificate)) as listener:
        strict = ssl.create_default_context()
        with MllpClient("127.0.0.1", listener.port, tls=strict, server_name="localhost") as client:
            with pytest.raises(Transient) as caught:
                client.send(admission("1"))
    assert caught.value.code == "tls-failed"
    assert keeper.taken == []
