"""A real MLLP listener in a thread of the test, and a raw socket to be rude to it with."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.formats.hl7v2 import AckCode, build_ack, build_message
from connectors.transports.mllp import Handler, MllpLimits, MllpServer, Reply

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def admission(control_id: str, filler: str = "") -> bytes:
    """A small ADT with its own control id; `filler` makes it as big as wanted."""
    header = {3: "EHR", 4: "NLM", 7: MOMENT, 9: ("ADT", "A01", "ADT_A01"), 10: control_id, 11: "P", 12: "2.5.1"}
    return build_message([("MSH", header), ("PID", {18: "ACC1"}), ("ZFI", {1: filler})])


def frame(message: bytes) -> bytes:
    return b"\x0b" + message + b"\x1c\r"


class Keeper:
    """A handler that keeps what it took, in order, and says AA."""

    def __init__(self, before: Callable[[bytes], None] = lambda message: None) -> None:
        self.taken: list[bytes] = []
        self._before = before

    def __call__(self, message: bytes, peer: str) -> Reply:
        self._before(message)
        self.taken.append(message)
        return Reply(build_ack(message, AckCode.ACCEPT, control_id=f"A{len(self.taken)}", at=MOMENT))


class Listener:
    """An MllpServer on a loop of its own thread."""

    def __init__(self, handler: Handler, limits: MllpLimits, tls: ssl.SSLContext | None, **ways: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.server = MllpServer(handler, limits=limits, tls=tls, **ways)
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self._run(self.server.start())
        self.port = self.server.port

    def stop(self, grace: timedelta = timedelta(seconds=10)) -> None:
        self._run(self.server.stop(grace))

    def close(self) -> None:
        self.stop()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _run(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=30)


@contextmanager
def listening(
    handler: Handler, limits: MllpLimits | None = None, tls: ssl.SSLContext | None = None, **ways: Any
) -> Iterator[Listener]:
    """`ways` are further arguments of the server, such as `together` and `later`."""
    listener = Listener(handler, limits or MllpLimits(), tls, **ways)
    try:
        yield listener
    finally:
        listener.close()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
        yield peer


def read_acks(peer: socket.socket, count: int) -> list[str]:
    """MSA of the next `count` acknowledgements, such as 'AA|42'."""
    data = b""
    while data.count(b"\x1c\r") < count:
        chunk = peer.recv(65536)
        assert chunk, "the listener hung up before all acknowledgements came"
        data += chunk
    assert data.endswith(b"\x1c\r")
    frames = data.split(b"\x1c\r")[:-1]
    assert all(part.startswith(b"\x0b") for part in frames)
    return [part.split(b"\rMSA|")[1].split(b"\r")[0].decode() for part in frames]


def read_to_end(peer: socket.socket) -> bytes:
    data = b""
    while chunk := peer.recv(65536):
        data += chunk
    return data
