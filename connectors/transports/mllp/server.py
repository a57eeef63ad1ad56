"""The MLLP listener. It knows frames and acknowledgements; what a message means is the handler's business."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import Self

from connectors.formats.hl7v2 import AckCode, Fault, build_ack
from connectors.transports.mllp.awaited import Awaited
from connectors.transports.mllp.connection import READ_BYTES, Connection, HandlerFailed
from connectors.transports.mllp.gathering import Gatherer, Together
from connectors.transports.mllp.inbox import Frame
from connectors.transports.mllp.limits import MllpCounts, MllpLimits
from connectors.transports.mllp.replies import Handler, Later, Refusal, Reply
from hub.core import clock
from hub.core.ids import uuid7

logger = logging.getLogger(__name__)

_TLS_SECONDS = 10.0


def refuse_oversized(head: bytes, limit: int) -> bytes:
    """AR: the same message will never be taken."""
    fault = Fault("is too large", f"at most {limit} bytes")
    return build_ack(head, AckCode.REJECT, control_id=uuid7().hex[-20:], at=clock.now(), errors=[fault])


class MllpServer:
    """Listens, and calls `handler`, and `refuse` for frames over the limit, in a pool of threads.

    Frames of one connection are handled one after the other, in the order they came, and answered in that
    order; connections run beside each other. **Where the handler raises, no acknowledgement leaves and the
    connection is closed**: an AE would tell the sender that the message is in our hands. It is not, so the
    sender must repeat it, and a cut connection makes every sender do that. A handler that stored a message and
    then refuses it returns its AE or AR like any other acknowledgement; b"" means that none is wanted.

    With `together`, frames of several connections that wait at the same time are handled by one call of it, and so
    made durable by one commit; `handler` is for a frame alone. With `later`, an answer that `Reply.later` announced
    goes out on the same connection when it is decided; where that is gone, nobody is told, and a sender that asks
    again hears it then.

    `tls` is a server-side context; with `verify_mode=CERT_REQUIRED` it asks senders for certificates.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: MllpLimits | None = None,
        tls: ssl.SSLContext | None = None,
        refuse: Refusal = refuse_oversized,
        together: Together | None = None,
        later: Later | None = None,
    ) -> None:
        self.counts = MllpCounts()
        self.limits = limits or MllpLimits()
        self._handler = handler
        self._host = host
        self._wanted_port = port
        self._tls = tls
        self._refuse = refuse
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._pool = ThreadPoolExecutor(self.limits.threads, thread_name_prefix="mllp")
        self._gatherer = Gatherer(together, handler, self._pool, lanes=self.limits.lanes) if together else None
        self._awaited = Awaited(later, self._pool, self.limits, self.counts) if later else None
        self._server: asyncio.Server | None = None
        self._stopping = False

    @property
    def port(self) -> int:
        """The port that is listened on; the operating system chose it where 0 was asked for."""
        if self._server is None or not self._server.sockets:
            raise RuntimeError("the MLLP listener is not started")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begin to accept. Raises OSError where the address is taken."""
        self._server = await asyncio.start_server(
            self._connected,
            self._host,
            self._wanted_port,
            limit=READ_BYTES,
            ssl=self._tls,
            ssl_handshake_timeout=_TLS_SECONDS if self._tls else None,
        )

    async def stop(self, grace: timedelta = timedelta(seconds=30)) -> None:
        """Accept and read no more, finish and acknowledge what was read, then close.

        What is not finished after `grace` is cut without an acknowledgement, so its sender repeats it.
        """
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for connection in self._connections.values():
            connection.finish()
        if self._connections:
            _, late = await asyncio.wait(set(self._connections), timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        if self._awaited is not None:
            await self._awaited.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopping or len(self._connections) >= self.limits.max_connections:
            self.counts.refused_connections += 1
            writer.close()
            return
        self.counts.connections += 1
        _notice_dead_peers(writer)
        address = writer.get_extra_info("peername") or ("?", 0)
        peer = f"{address[0]}:{address[1]}"

        async def answer(frame: Frame) -> Reply:
            return await self._answer(frame, peer)

        def expect(later: Hashable) -> None:
            if self._awaited is not None:
                self._awaited.add(later, connection)

        connection = Connection(reader, writer, answer=answer, expect=expect, limits=self.limits, counts=self.counts)
        task = asyncio.create_task(connection.run())
        self._connections[task] = connection
        task.add_done_callback(self._ended)

    async def _answer(self, frame: Frame, peer: str) -> Reply:
        loop = asyncio.get_running_loop()
        if frame.refused:
            return Reply(await loop.run_in_executor(self._pool, self._refuse, frame.data, self.limits.max_frame_bytes))
        if self._gatherer is not None:
            return await self._gatherer.answer(frame.data, peer)
        return await loop.run_in_executor(self._pool, self._handler, frame.data, peer)

    def _ended(self, task: asyncio.Task[None]) -> None:
        connection = self._connections.pop(task, None)
        if self._awaited is not None and connection is not None:
            self._awaited.forget(connection)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, HandlerFailed):
            logger.error("mllp connection closed without acknowledgement: handler raised %s", error)
        elif error is not None:
            logger.error("mllp connection failed with %s", type(error).__name__)


def _notice_dead_peers(writer: asyncio.StreamWriter) -> None:
    """Connections stay open for days; without probes one whose peer lost power would never end."""
    peer_socket = writer.get_extra_info("socket")
    if peer_socket is not None:
        peer_socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
