"""Servers that misbehave to order, for clients to be tried against."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

Script = Callable[[socket.socket, bytes], None]
Reader = Callable[[socket.socket], bytes]


class Peer:
    """A server that treats each connection's requests as its script says, and keeps what it was sent."""

    def __init__(self, script: Script, read: Reader | None = None) -> None:
        """`read` takes one request off a connection; HTTP, unless it says otherwise."""
        self._script = script
        self._read = read or read_http
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while request := self._read(connection):
                self.requests.append(request)
                self._script(connection, request)


def read_http(connection: socket.socket) -> bytes:
    """One HTTP request; nothing where there is none any more."""
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        head += chunk
    head, _, body = head.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def read_anything(connection: socket.socket) -> bytes:
    """Whatever came, for protocols other than HTTP."""
    return connection.recv(65536)


def answer(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(status: int, body: bytes = b"{}", *headers: str) -> Script:
    return lambda connection, request: connection.sendall(answer(status, body, *headers))


def cuts(connection: socket.socket, request: bytes) -> None:
    connection.close()


def cuts_halfway(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    connection.close()


def stays_silent(connection: socket.socket, request: bytes) -> None:
    time.sleep(2)


def drips(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(40):
        connection.sendall(b" ")
        time.sleep(0.1)


def half_closes(connection: socket.socket, request: bytes) -> None:
    """Says that nothing more will come, and goes on listening."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass


def babbles(connection: socket.socket, request: bytes) -> None:
    """Answers in no protocol at all."""
    connection.sendall(b"\x00\xff\x0b nonsense \r\n\r\n" * 40)
