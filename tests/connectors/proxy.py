"""TCP proxies that do to a connection what networks do at the worst moment."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

_CHUNK = 65536


class Way(Enum):
    OUT = "to the far side"
    BACK = "from the far side"


@dataclass(eq=False)
class Link:
    """One connection: what was last sent out over it, and whether its answer is to be lost."""

    tail: bytes = b""
    lost: bool = False


class Proxy:
    """Listens on loopback and forwards to `upstream`; `let_by` says what passes."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def let_by(self, link: Link, way: Way, chunk: bytes) -> int:
        """How many bytes of `chunk` pass; where it is not all of them, the connection is cut behind them."""
        raise NotImplementedError

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
            link = Link()
            for way, source, target in ((Way.OUT, client, far), (Way.BACK, far, client)):
                threading.Thread(target=self._pump, args=(link, way, source, target), daemon=True).start()

    def _pump(self, link: Link, way: Way, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                with self._lock:
                    passing = self.let_by(link, way, chunk)
                target.sendall(chunk[:passing])
                if passing < len(chunk):
                    break
        for each in (source, target):
            _drop(each)
        with self._lock:
            self._open -= {source, target}


class SeveringProxy(Proxy):
    """Cuts the line after so many bytes, in either direction: once, and then it is sound again."""

    def __init__(self, upstream: int) -> None:
        self.passed = dict.fromkeys(Way, 0)
        self._limit: tuple[Way, int] | None = None
        super().__init__(upstream)

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

    def let_by(self, link: Link, way: Way, chunk: bytes) -> int:
        passed = self.passed[way]
        self.passed[way] += len(chunk)
        if self._limit is None or self._limit[0] is not way or passed + len(chunk) <= self._limit[1]:
            return len(chunk)
        limit, self._limit = self._limit[1], None
        return limit - passed


class AnswerLosingProxy(Proxy):
    """Lets a request through and then loses its answer; `lose_answer_to` arms it for the next that matches."""

    def __init__(self, upstream: int) -> None:
        self._needle: bytes | None = None
        super().__init__(upstream)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lose_answer_to(self, needle: bytes) -> None:
        """The next request that contains `needle` reaches the server, and its answer nobody."""
        with self._lock:
            self._needle = needle

    def let_by(self, link: Link, way: Way, chunk: bytes) -> int:
        if way is Way.BACK:
            return 0 if link.lost else len(chunk)
        link.tail = link.tail[-200:] + chunk
        if self._needle is not None and self._needle in link.tail:
            self._needle, link.lost = None, True
        return len(chunk)


def _drop(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
