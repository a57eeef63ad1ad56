"""A load generator that costs little: asyncio protocols over kept connections, requests made beforehand or cheaply.

`flood()` keeps every connection busy; `pace()` sends at a given rate whatever the answers do.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Tally:
    """What came back: `taken` answers of 2xx, and the others by status."""

    taken: int = 0
    seconds: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.taken / self.seconds if self.seconds else 0.0


class _Connection(asyncio.Protocol):
    """One kept connection, one request at a time; `next_request` gives None where it is to rest."""

    def __init__(self, tally: Tally, next_request: Callable[[], bytes | None]) -> None:
        self._tally = tally
        self._next = next_request
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def go(self) -> bool:
        """Send the next request, if there is one and none is under way."""
        if self.busy or self._transport is None or self._transport.is_closing():
            return False
        request = self._next()
        if request is None:
            return False
        self.busy = True
        self._transport.write(request)
        return True

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._buffer, 0, end)
        if length is None:  # chunked
            whole = self._buffer.endswith(b"0\r\n\r\n")
        else:
            whole = len(self._buffer) >= end + 4 + int(length[1])
        if not whole:
            return
        status = self._buffer[9:12].decode()
        self._buffer = b""
        if status[0] == "2":
            self._tally.taken += 1
        else:
            self._count(status)
        self.busy = False
        self.go()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.busy:
            self._count("closed")

    def _count(self, status: str) -> None:
        self._tally.refused[status] = self._tally.refused.get(status, 0) + 1

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def flood(
    port: int,
    requests: Iterator[bytes],
    *,
    seconds: float,
    connections: int = 16,
    may_send: Callable[[], bool] = lambda: True,
) -> Tally:
    """As much as the other side takes on so many connections; resting while `may_send` says no."""
    tally, ends = Tally(), time.perf_counter() + seconds

    def next_request() -> bytes | None:
        if time.perf_counter() >= ends or not may_send():
            return None
        return next(requests, None)

    pool = await _connect(port, tally, next_request, connections)
    started = time.perf_counter()
    while time.perf_counter() < ends:
        for connection in pool:
            connection.go()
        await asyncio.sleep(0.01)
    tally.seconds = time.perf_counter() - started
    taken = tally.taken
    await _finish(pool)
    tally.taken = taken  # what was answered after the end belongs to no second of it
    return tally


async def pace(
    port: int, requests: Iterator[bytes], *, seconds: float, per_second: float, connections: int = 16
) -> Tally:
    """Evenly spread requests, by the clock: a slow answer does not slow the sender down."""
    tally, due = Tally(), 0

    def next_request() -> bytes | None:
        nonlocal due
        if due <= 0:
            return None
        due -= 1
        return next(requests, None)

    pool = await _connect(port, tally, next_request, connections)
    started, sent = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        wanted = int(elapsed * per_second)
        due, sent = due + wanted - sent, wanted
        for connection in pool:
            if due <= 0:
                break
            connection.go()
        await asyncio.sleep(min(0.005, 1 / per_second))
    tally.seconds = time.perf_counter() - started
    await _finish(pool)
    return tally


async def _connect(
    port: int, tally: Tally, next_request: Callable[[], bytes | None], connections: int
) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(tally, next_request), "127.0.0.1", port)
        for _ in range(connections)
    ]
    return [protocol for _, protocol in made]


async def _finish(pool: list[_Connection]) -> None:
    """Let the answers come that are still under way."""
    deadline = time.perf_counter() + 5
    while any(connection.busy for connection in pool) and time.perf_counter() < deadline:
        await asyncio.sleep(0.01)
    for connection in pool:
        connection.close()


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole HTTP/1.1 request."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json"]
    lines += [f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
