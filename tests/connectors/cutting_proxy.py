"""A TCP proxy that lets a request through and then loses its answer, as a network does at the worst moment."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

_CHUNK = 65536


class CuttingProxy:
    """Listens on loopback and forwards to `port`; `lose_answer_to` arms it for the next request that matches."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._needle: bytes | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lose_answer_to(self, needle: bytes) -> None:
        """The next request that contains `needle` reaches the server, and its answer nobody."""
        with self._lock:
            self._needle = needle

    def close(self) -> None:
        self._listener.close()
        with self._lock:
            still_open = list(self._open)
        for each in still_open:
            _drop(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._upstream))
            with self._lock:
                self._open |= {client, server}
            lose = threading.Event()
            threading.Thread(target=self._to_server, args=(client, server, lose), daemon=True).start()
            threading.Thread(target=self._to_client, args=(server, client, lose), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, lose: threading.Event) -> None:
        tail = b""
        with suppress(OSError):
            while chunk := client.recv(_CHUNK):
                tail = tail[-200:] + chunk
                with self._lock:
                    if self._needle is not None and self._needle in tail:
                        self._needle = None
                        lose.set()
                server.sendall(chunk)
        self._end(client, server)

    def _to_client(self, server: socket.socket, client: socket.socket, lose: threading.Event) -> None:
        with suppress(OSError):
            while chunk := server.recv(_CHUNK):
                if lose.is_set():
                    break
                client.sendall(chunk)
        self._end(server, client)

    def _end(self, *pair: socket.socket) -> None:
        for each in pair:
            _drop(each)
        with self._lock:
            self._open -= set(pair)


def _drop(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
