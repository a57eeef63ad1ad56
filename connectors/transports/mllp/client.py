"""The sending side of MLLP: one connection kept open, one message at a time, and honesty about its fate."""

from __future__ import annotations

import select
import socket
import ssl
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from connectors.formats.hl7v2 import Header, peek_header
from connectors.transports.mllp.acknowledged import Acknowledged, Answers, answered, code_of, wanted
from connectors.transports.mllp.framing import wrap
from hub.core import clock
from hub.core.errors import Ambiguous, ConfigurationFault, DataFault, Failure, Transient

_READ_BYTES = 64 * 1024


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
        return self._next(self._sent(_framed(message, self._system)), Answers(), self._limit())

    def exchange(self, message: bytes, *, application: timedelta | None = None) -> Acknowledged:
        """As `send`, in the mode that MSH-15 and MSH-16 of the message ask for: both answers of enhanced mode.

        The commit acknowledgement is waited for as `send` waits; then, where the message was accepted and asks for
        it, the application's for `application` (the client's own time limit, if None). If that does not come, the
        message is at the far side all the same, and who sends it again is told again. Raises as `send` does, and
        DataFault for conditions under which silence could mean anything (ER, SU, or both NE).
        """
        header = peek_header(message)
        if not (header.accept_ack or header.application_ack):
            return Acknowledged(application=self.send(message))
        wants = wanted(header, self._system)
        connection, answers = self._sent(_framed(message, self._system)), Answers()
        commit = self._answer(connection, answers, header, "C", self._limit()) if wants[0] else b""
        if not wants[1] or (commit and code_of(commit) != "CA"):
            return Acknowledged(commit)
        limit = self._limit(application)
        try:
            return Acknowledged(commit, self._answer(connection, answers, header, "A", limit))
        except Ambiguous:
            if not commit:
                raise
            return Acknowledged(commit)

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

    def _sent(self, frame: bytes) -> socket.socket:
        connection = self._usable()
        try:
            connection.sendall(frame)
        except OSError as error:
            self.close()
            words = f"The connection to {self._system} was cut while sending; no whole message left."
            raise Transient("connection-cut", words, cause=(self._system,)) from error
        return connection

    def _limit(self, patience: timedelta | None = None) -> datetime:
        return clock.machine_now() + (timedelta(seconds=self._seconds) if patience is None else patience)

    def _answer(self, connection: socket.socket, answers: Answers, to: Header, kind: str, limit: datetime) -> bytes:
        """The next acknowledgement of this kind, C or A, of this very message. Others are of messages long given up."""
        while True:
            found = self._next(connection, answers, limit)
            if code_of(found)[:1] == kind and answered(found) == to.control_id:
                return found

    def _next(self, connection: socket.socket, answers: Answers, limit: datetime) -> bytes:
        """The next frame. Raises Ambiguous where none comes."""
        try:
            while (found := answers.next()) is None:
                left = (limit - clock.machine_now()).total_seconds()
                connection.settimeout(max(0.001, left))
                answers.feed(connection.recv(_READ_BYTES))
        except OSError as error:
            self.close()
            raise _unanswered(error, self._system) from error
        connection.settimeout(self._seconds)
        return found


def _framed(message: bytes, system: str) -> bytes:
    try:
        return wrap(message)
    except ValueError:
        words = "The message holds the MLLP end mark."
        raise DataFault("mllp-end-mark", words, cause=(system,)) from None


def _unanswered(error: OSError, system: str) -> Failure:
    if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or ""):
        # TLS 1.3 refuses a sender's certificate only when the first bytes are read: nothing of them was taken.
        words = f"{system} refused us by TLS ({error.reason}); nothing was taken."
        hint = "Show the certificate that the far side asks for."
        return ConfigurationFault("tls-refused", words, cause=(system,), hint=hint)
    code = "no-answer-in-time" if isinstance(error, TimeoutError) else "connection-cut"
    return Ambiguous(code, f"{system} was sent the whole message and did not acknowledge it.", cause=(system,))


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
