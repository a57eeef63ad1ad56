"""One sender's connection: frames in, acknowledgements out, in order.

Two tasks share it. The reader cuts frames and fills the inbox; the answerer hands them to the handler one after
the other and writes what it returns. An acknowledgement exists only after the handler returned, so a handler
that stores and commits makes "acknowledged" mean "durable".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress

from connectors.transports.mllp.framing import Framer, wrap
from connectors.transports.mllp.inbox import Frame, Inbox
from connectors.transports.mllp.limits import MllpCounts, MllpLimits
from connectors.transports.mllp.patience import Patience
from connectors.transports.mllp.replies import Reply

logger = logging.getLogger(__name__)

READ_BYTES = 64 * 1024

Answer = Callable[[Frame], Awaitable[Reply]]


class HandlerFailed(Exception):
    """The handler raised, so the frame is not ours; the text is the name of what it raised, never its words."""


class Connection:
    """Runs until the peer leaves, falls silent, breaks a limit, or `finish` is called."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        answer: Answer,
        expect: Callable[[Hashable], None],
        limits: MllpLimits,
        counts: MllpCounts,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._answer = answer
        self._expect = expect
        self._limits = limits
        self._counts = counts
        self._framer = Framer(limits.max_frame_bytes)
        self._inbox = Inbox(limits.max_in_flight, limits.max_in_flight_bytes)
        self._reading = asyncio.create_task(self._read())
        self._patience = Patience(self._reading)

    async def run(self) -> None:
        """Raises HandlerFailed after the connection was closed without an acknowledgement."""
        try:
            await self._answer_all()
            await self._part()
        except (ConnectionError, TimeoutError):
            # The peer left, or does not take its acknowledgements: it will send again what it has none for.
            logger.info("mllp peer lost before its acknowledgement")
        finally:
            self._patience.close()
            self._reading.cancel()
            await asyncio.wait({self._reading})
            await self._close()

    def tell(self, message: bytes) -> bool:
        """Send an answer that came later; False where the peer has gone, or does not take what it was sent."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size() > READ_BYTES:
            return False
        self._writer.write(wrap(message))
        return True

    def finish(self) -> None:
        """Read no more; what was read is still handled and acknowledged."""
        self._reading.cancel()
        # A task that is cancelled before its first step runs no finally.
        self._inbox.close()

    async def _read(self) -> None:
        try:
            while data := await self._receive():
                if not await self._accept(data):
                    return
        except (ConnectionError, TimeoutError):
            logger.info("mllp peer gone or silent")
        finally:
            if self._framer.inside and self._framer.oversized is None:
                self._counts.cut_frames += 1
            self._inbox.close()

    async def _receive(self) -> bytes:
        """The next bytes, b"" at the peer's end. Raises TimeoutError for an idle peer and for a slow frame."""
        limit = self._limits.frame if self._framer.inside else self._limits.idle
        self._patience.wait(limit.total_seconds())
        try:
            return await self._reader.read(READ_BYTES)
        except asyncio.CancelledError:
            if self._patience.ended:
                raise TimeoutError from None
            raise
        finally:
            self._patience.rest()

    async def _accept(self, data: bytes) -> bool:
        """False once this connection is not to be read any further."""
        garbage = self._framer.garbage
        for frame in self._framer.feed(data):
            self._counts.frames += 1
            await self._inbox.put(Frame(frame))
        self._counts.garbage_bytes += self._framer.garbage - garbage
        if self._framer.oversized is not None:
            self._counts.oversized += 1
            await self._inbox.put(Frame(self._framer.oversized, refused=True))
            return False
        return self._framer.garbage <= self._limits.max_garbage_bytes

    async def _answer_all(self) -> None:
        while (frame := await self._inbox.get()) is not None:
            try:
                reply = await self._answer(frame)
            except Exception as error:
                self._counts.unacknowledged += 1
                raise HandlerFailed(type(error).__name__) from error
            if reply.later is not None:
                self._expect(reply.later)
            if not reply.now:  # enhanced mode may ask for no acknowledgement
                continue
            self._writer.write(wrap(reply.now))
            if self._writer.transport.get_write_buffer_size():  # as a rule TCP took it at once
                async with asyncio.timeout(self._limits.write.total_seconds()):
                    await self._writer.drain()
            self._counts.acknowledged += 1

    async def _part(self) -> None:
        """Say goodbye so that the last acknowledgement arrives.

        Closing while the peer still sends makes TCP reset the connection, and the reset overtakes what we
        wrote. So our side ends first, and what the peer still sends is read and thrown away for a moment.
        """
        if not self._writer.can_write_eof():  # TLS ends with its own farewell
            return
        self._writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.linger.total_seconds()):
                while await self._reader.read(READ_BYTES):
                    pass

    async def _close(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(self._limits.linger.total_seconds()):
                await self._writer.wait_closed()
        except OSError:
            # Gone, ended TLS roughly, or does not take what we wrote: closing politely would wait for ever.
            self._writer.transport.abort()
