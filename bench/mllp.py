"""HL7 v2 messages a second that the MLLP listener takes: committed in PostgreSQL and acknowledged with AA.

`manage.py mllp` as it runs in production, with its own servers; eight connections, each of which sends its next
message when the last one is acknowledged. No worker of the hub runs meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

from bench.hl7 import mix
from bench.lab import Lab, lab, middle, say, seconds
from connectors.formats.hl7v2 import peek_header

CONNECTIONS = 8
TURNS = 3
TURN_SECONDS = 5.0
WARM_UP_SECONDS = 1.5
#: Of different messages; each is sent over and over, with a control id of its own.
_KINDS = 300
_END = b"\x1c\r"


class _Sender(asyncio.Protocol):
    """One connection, one message at a time."""

    def __init__(self, frames: Iterator[bytes], ends: float) -> None:
        self._frames = frames
        self._ends = ends
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.taken = 0
        self.refused = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(next(self._frames))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._buffer.endswith(_END):
            return
        self.taken += b"\rMSA|AA|" in self._buffer
        self.refused += b"\rMSA|AA|" not in self._buffer
        self._buffer = b""
        assert self._transport is not None
        if time.perf_counter() < self._ends:
            self._transport.write(next(self._frames))
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def measure() -> dict[str, float]:
    with lab() as made:
        made.start_servers()
        made.start_hub("mllp")
        return {"mllp_accepted_per_s": round(_turns(made))}


def _turns(made: Lab) -> float:
    frames, port = _frames(), made.ports["MLLP_PORT"]
    asyncio.run(_flood(port, frames, WARM_UP_SECONDS))
    rates = []
    for turn in range(TURNS):
        rates.append(asyncio.run(_flood(port, frames, seconds(TURN_SECONDS))))
        say(f"  turn {turn + 1}: {rates[-1]:.0f}/s")
    return middle(rates)


async def _flood(port: int, frames: Iterator[bytes], length: float) -> float:
    """Acknowledged messages a second over all connections."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    pool = [
        (await loop.create_connection(lambda: _Sender(frames, started + length), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(sender.done for sender in pool))
    if refused := sum(sender.refused for sender in pool):
        say(f"  {refused} were not accepted")
    return sum(sender.taken for sender in pool) / (time.perf_counter() - started)


def _frames() -> Iterator[bytes]:
    """Messages without end, each under a control id of its own."""
    parts = []
    for _, body in mix(_KINDS):
        control = f"|{peek_header(body).control_id}|".encode()
        before, _, after = body.partition(control)
        parts.append((b"\x0b" + before + b"|", b"|" + after + _END))
    number = 0
    while True:
        for before, after in parts:
            number += 1
            yield b"%sM%d%s" % (before, number, after)


if __name__ == "__main__":
    print(json.dumps(measure()))
