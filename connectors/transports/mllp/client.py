"""The sending side of MLLP: one connection kept open, one message at a time, and honesty about its fate."""

from __future__ import annotations

import select
import socket
import ssl
from datetime import timedelta
from types import TracebackType
from typing import Self

from connectors.transports.mllp.framing import Framer, wrap
from hub.core import clock
from hub.core.errors import Ambiguous, DataFault, Transient

_READ_BYTES = 64 * 1024
# An acknowledgement is a few hundred bytes; one of megabytes is a wrong peer.
_MAX_ACK_BYTES = 1024 * 1024


class MllpClient:
    """Sends frames and returns the acknowledgements. One thread at a time.

    The connection is opened by the first `send`, kept, and opened again after anything went wrong on it.
    `system` is the cause that folds failures; `timeout` holds for connecting, for sending, and for the
    acknowledgement, each. With `tls`, `server_name` is what the certificate must be for.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        system: str = "mllp",
        timeout: timedelta = timedelta(seconds=10),
        tls: ssl.SSLContext | None = None,
        server_name: str = "",
    ) -> None:
        self._address = (host, port)
        self._system = system
        self._seconds = timeout.total_seconds()
        self._tls = tls
        self._server_name = server_name or host
        self._socket: socket.socket | None = None

    def send(self, message: bytes) -> bytes:
        """The acknowledgement, without its frame.

        Raises Transient where the far side cannot have taken the message: not reachable, or cut before the end
        mark left, and a frame without its end is no message. Raises Ambiguous where the whole frame was sent
        and no acknowledgement came back: the far side may have it. Raises DataFault for a message that cannot
        be framed.
        """
        try:
            frame = wrap(message)
        except ValueError:
            words = "The message holds the MLLP end mark."
            raise DataFault("mllp-end-mark", words, cause=(self._system,)) from None
        connection = self._usable()
        try:
            connection.sendall(frame)
        except OSError as error:
            self.close()
            words = f"The connection to {self._system} was cut while sending; no whole message left."
            raise Transient("connection-cut", words, cause=(self._system,)) from error
        return self._acknowledgement(connection)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _usable(self) -> socket.socket:
        """The kept connection, or a new one.

        A kept connection with something to read was closed by the far side, or holds an answer nobody waits
        for any more: to send on it would make an outcome unknown for nothing.
        """
        if self._socket is not None and _has_something(self._socket):
            self.close()
        if self._socket is None:
            self._socket = self._connect()
        return self._socket

    def _connect(self) -> socket.socket:
        plain: socket.socket | None = None
        try:
            plain = socket.create_connection(self._address, timeout=self._seconds)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                return plain
            return self._tls.wrap_socket(plain, server_hostname=self._server_name)
        except OSError as error:
            if plain is not None:
                plain.close()
            words = f"{self._system} cannot be reached; nothing was sent."
            raise Transient(_why_unreachable(error), words, cause=(self._system,)) from error

    def _acknowledgement(self, connection: socket.socket) -> bytes:
        framer = Framer(_MAX_ACK_BYTES)
        deadline = clock.machine_now() + timedelta(seconds=self._seconds)
        try:
            while True:
                left = (deadline - clock.machine_now()).total_seconds()
                connection.settimeout(max(0.001, left))
                data = connection.recv(_READ_BYTES)
                frames = framer.feed(data)
                if frames:
                    connection.settimeout(self._seconds)
                    return frames[0]
                if not data or framer.oversized is not None:
                    raise ConnectionError("no acknowledgement")
        except OSError as error:
            self.close()
            late = isinstance(error, TimeoutError)
            code = "no-answer-in-time" if late else "connection-cut"
            words = f"{self._system} was sent the whole message and did not acknowledge it."
            raise Ambiguous(code, words, cause=(self._system,)) from error


def _has_something(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _why_unreachable(error: OSError) -> str:
    match error:
        case ssl.SSLError():
            return "tls-failed"
        case socket.gaierror():
            return "name-not-resolved"
        case TimeoutError():
            return "connect-timeout"
        case _:
            return "connection-refused"
