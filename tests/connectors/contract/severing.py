"""A TCP proxy that cuts the line after so many bytes, in either direction: once, and then it is sound again."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import Enum

_CHUNK = 65536


class Way(Enum):
    OUT = "to the far side"
    BACK = "from the far side"


class SeveringProxy:
    """Forwards to `upstream`, counts what passes, and cuts where it was told to."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.passed = dict.fromkeys(Way, 0)
        self._limit: tuple[Way, int] | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def sever(self, way: Way, after: int) -> None:
        """The next `after` bytes of this way pass, and nothing behind them on that connection."""
        with self._lock:
            self.passed = dict.fromkeys(Way, 0)
            self._limit = (way, after)

    def mend(self) -> None:
        """Nothing is cut any more; what passes is counted anew."""
        with self._lock:
            self.passed = dict.fromkeys(Way, 0)
            self._limit = None

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
            far = socket.create_connection(("127.0.0.1", self._upstream))
            with self._lock:
                self._open |= {client, far}
            for way, source, target in ((Way.OUT, client, far), (Way.BACK, far, client)):
                threading.Thread(target=self._pump, args=(way, source, target), daemon=True).start()

    def _pump(self, way: Way, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                allowed = self._allowed(way, len(chunk))
                target.sendall(chunk[:allowed])
                if allowed < len(chunk):
                    break
        for each in (source, target):
            _drop(each)
        with self._lock:
            self._open -= {source, target}

    def _allowed(self, way: Way, size: int) -> int:
        """How many of these bytes may pass."""
        with self._lock:
            passed = self.passed[way]
            self.passed[way] += size
            if self._limit is None or self._limit[0] is not way or passed + size <= self._limit[1]:
                return size
            limit, self._limit = self._limit[1], None
            return limit - passed


def _drop(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
