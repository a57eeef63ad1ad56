"""The MLLP listener. It knows frames and acknowledgements; what a message means is the handler's business."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import Self

from connectors.formats.hl7v2 import AckCode, Fault, build_ack
from connectors.transports.mllp.connection import READ_BYTES, Connection, HandlerFailed
from connectors.transports.mllp.inbox import Frame
from connectors.transports.mllp.limits import MllpCounts, MllpLimits
from hub.core import clock
from hub.core.ids import uuid7

logger = logging.getLogger(__name__)

_TLS_SECONDS = 10.0

Handler = Callable[[bytes, str], bytes]
"""(frame, peer as "address:port") -> acknowledgement. Returns only after the message is committed."""
Refusal = Callable[[bytes, int], bytes]
"""(the beginning of an over-long frame, the limit in bytes) -> negative acknowledgement, once it is noted."""


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

        async def answer(frame: Frame) -> bytes:
            return await self._answer(frame, peer)

        connection = Connection(reader, writer, answer=answer, limits=self.limits, counts=self.counts)
        task = asyncio.create_task(connection.run())
        self._connections[task] = connection
        task.add_done_callback(self._ended)

    async def _answer(self, frame: Frame, peer: str) -> bytes:
        loop = asyncio.get_running_loop()
        if frame.refused:
            return await loop.run_in_executor(self._pool, self._refuse, frame.data, self.limits.max_frame_bytes)
        return await loop.run_in_executor(self._pool, self._handler, frame.data, peer)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._connections.pop(task, None)
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
