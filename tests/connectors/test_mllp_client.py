"""The MLLP client: what it knows of a message's fate when the far side misbehaves."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.formats.hl7v2 import parse_message
from connectors.transports.mllp import MllpClient, MllpLimits, client_context, server_context
from hub.core.errors import Ambiguous, ConfigurationFault, DataFault, Failure, Transient
from tests.support.certificates import Certificates, Pair, make
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
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make(tmp_path_factory.mktemp("tls"))


def server_side(certificates: Certificates, *, ask: bool = False) -> ssl.SSLContext:
    pair = certificates.server
    return server_context(pair.certificate, pair.key, client_ca=certificates.ca if ask else None)


def test_messages_travel_over_tls(certificates: Certificates) -> None:
    keeper = Keeper()
    trust = client_context(ca=certificates.ca)
    with listening(keeper, tls=server_side(certificates)) as listener:
        with MllpClient("127.0.0.1", listener.port, tls=trust, server_name="localhost") as client:
            for number in range(3):
                assert b"MSA|AA" in client.send(admission(str(number), filler="x" * 100_000))
        assert listener.server.counts.connections == 1
    assert len(keeper.taken) == 3


def test_a_listener_with_an_unknown_certificate_gets_nothing(certificates: Certificates) -> None:
    keeper = Keeper()
    with listening(keeper, tls=server_side(certificates)) as listener:
        with MllpClient("127.0.0.1", listener.port, tls=client_context(), server_name="localhost") as client:
            with pytest.raises(Transient) as caught:
                client.send(admission("1"))
    assert caught.value.code == "tls-failed"
    assert keeper.taken == []


def test_a_listener_that_asks_for_certificates_takes_only_from_senders_that_its_ca_knows(
    certificates: Certificates,
) -> None:
    keeper = Keeper()
    with listening(keeper, tls=server_side(certificates, ask=True)) as listener:

        def send(pair: Pair | None) -> bytes:
            files = (pair.certificate, pair.key) if pair else (None, None)
            tls = client_context(ca=certificates.ca, certificate=files[0], key=files[1])
            with MllpClient("127.0.0.1", listener.port, tls=tls, server_name="localhost") as client:
                return client.send(admission("1"))

        for pair in (None, certificates.stranger):
            with pytest.raises(Failure) as caught:
                send(pair)
            assert caught.value.code in {"tls-refused", "tls-failed", "connection-cut"}
        assert keeper.taken == []
        assert b"MSA|AA|1" in send(certificates.sender)


def test_files_that_are_no_certificate_are_named(certificates: Certificates, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    pair = certificates.server
    for build in (
        lambda: server_context(wrong, pair.key),
        lambda: server_context(pair.certificate, certificates.sender.key),
        lambda: server_context(pair.certificate, pair.key, client_ca=wrong),
        lambda: client_context(ca=tmp_path / "absent.pem"),
    ):
        with pytest.raises(ConfigurationFault) as caught:
            build()
        assert caught.value.code == "tls-files"


# --- enhanced mode ---


def asking(accept: str, application: str, control_id: str = "1") -> bytes:
    return admission(control_id).replace(b"|P|2.5.1", f"|P|2.5.1|||{accept}|{application}".encode())


def answers(*codes: str, to: str = "1") -> Callable[[socket.socket], None]:
    """A peer that sends these acknowledgements, all in one packet, and keeps the line."""

    def behave(connection: socket.socket) -> None:
        read_frame(connection)
        connection.sendall(b"".join(frame(f"MSH|^~\\&|X\rMSA|{code}|{to}\r".encode()) for code in codes))
        connection.recv(1)

    return behave


@pytest.mark.parametrize(
    ("accept", "application", "sent", "heard"),
    [
        ("AL", "AL", ("CA", "AA"), ("CA", "AA")),
        ("AL", "NE", ("CA",), ("CA", "")),
        ("NE", "AL", ("AE",), ("", "AE")),
        ("AL", "AL", ("CR",), ("CR", "")),
        ("AL", "AL", ("CA",), ("CA", "")),
        ("", "", ("AA",), ("", "AA")),
    ],
)
def test_both_answers_of_enhanced_mode_are_heard_as_far_as_they_were_asked_for(
    accept: str, application: str, sent: tuple[str, ...], heard: tuple[str, str]
) -> None:
    with peer_that(answers(*sent)) as port, MllpClient("127.0.0.1", port, timeout=SHORT) as client:
        told = client.exchange(asking(accept, application))

    expected = tuple(f"MSA|{code}|1".encode() if code else b"" for code in heard)
    assert expected[0] in told.commit
    assert expected[1] in told.application
    assert (bool(told.commit), bool(told.application)) == (bool(heard[0]), bool(heard[1]))


def test_an_answer_to_another_message_is_not_taken_for_ours() -> None:
    with peer_that(answers("CA", to="other")) as port, MllpClient("127.0.0.1", port, timeout=SHORT) as client:
        with pytest.raises(Ambiguous):
            client.exchange(asking("AL", "NE"))


@pytest.mark.parametrize(("accept", "application"), [("NE", "NE"), ("ER", "AL"), ("AL", "SU")])
def test_conditions_under_which_silence_could_mean_anything_are_not_sent(accept: str, application: str) -> None:
    with pytest.raises(DataFault) as caught:
        MllpClient("127.0.0.1", 9).exchange(asking(accept, application))

    assert caught.value.code == "acknowledgement-conditions"
