"""Frames of all connections handed over together: what arrives while one batch is stored is the next batch.

Nobody waits for a batch to fill. On a quiet line each frame goes alone and at once; on a busy one the batches grow by
themselves, and with them what a single commit makes durable.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from connectors.transports.mllp.replies import Handler, Reply

logger = logging.getLogger(__name__)

Together = Callable[[Sequence[bytes]], Sequence[Reply]]
"""(frames) -> a reply for each, in order. Returns only after all of them are committed."""

# A frame beyond this goes alone, or small ones would wait for it.
_SMALL_BYTES = 256 * 1024
_MOST_FRAMES = 64
_PAUSE_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class _Waiting:
    data: bytes
    peer: str
    reply: asyncio.Future[Reply]


class Gatherer:
    """Answers frames through `together`, at most `lanes` batches at a time.

    Where a batch fails, each of its frames is tried alone through `handler`, so that only those whose own handling
    fails go without an answer.
    """

    def __init__(self, together: Together, handler: Handler, pool: ThreadPoolExecutor, *, lanes: int) -> None:
        self._together = together
        self._handler = handler
        self._pool = pool
        self._lanes = lanes
        self._waiting: deque[_Waiting] = deque()
        self._busy = 0
        self._due = False
        self._several = False

    async def answer(self, data: bytes, peer: str) -> Reply:
        """Raises what the handler raised for this frame."""
        loop = asyncio.get_running_loop()
        if len(data) > _SMALL_BYTES:
            return await loop.run_in_executor(self._pool, self._handler, data, peer)
        reply: asyncio.Future[Reply] = loop.create_future()
        self._waiting.append(_Waiting(data, peer, reply))
        self._soon()
        return await reply

    def _soon(self) -> None:
        """Start once this turn of the loop is over: what other connections have ready comes along.

        After a batch of several, a millisecond later: those that it answered are sending their next message now.
        """
        if self._due or self._busy >= self._lanes or not self._waiting:
            return
        self._due = True
        loop = asyncio.get_running_loop()
        if self._several:
            loop.call_later(_PAUSE_SECONDS, self._start)
        else:
            loop.call_soon(self._start)

    def _start(self) -> None:
        self._due = False
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_FRAMES))]
        self._busy += 1
        self._several = len(batch) > 1
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._store, batch)
        work.add_done_callback(lambda done: self._finish(batch, done))

    def _store(self, batch: Sequence[_Waiting]) -> Sequence[Reply | Exception]:
        """In a thread of the pool."""
        if len(batch) > 1:
            try:
                return self._together([one.data for one in batch])
            except Exception as error:  # noqa: BLE001 - the runner: the guilty frame comes out below
                logger.warning("mllp frames are tried one by one: handler raised %s", type(error).__name__)
        return [self._alone(one) for one in batch]

    def _alone(self, one: _Waiting) -> Reply | Exception:
        try:
            return self._handler(one.data, one.peer)
        except Exception as error:  # noqa: BLE001 - the connection that waits for it raises it
            return error

    def _finish(self, batch: Sequence[_Waiting], done: asyncio.Future[Sequence[Reply | Exception]]) -> None:
        self._busy -= 1
        if done.cancelled():  # the pool was shut down before it began
            for one in batch:
                one.reply.cancel()
            return
        for one, reply in zip(batch, done.result(), strict=True):
            if one.reply.done():  # its connection is gone; what was stored stays
                continue
            if isinstance(reply, Exception):
                one.reply.set_exception(reply)
            else:
                one.reply.set_result(reply)
        self._soon()
