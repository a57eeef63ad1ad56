"""Answers that are still to come: application acknowledgements, told on the connection that asked for them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

from connectors.transports.mllp.connection import Connection
from connectors.transports.mllp.limits import MllpCounts, MllpLimits
from connectors.transports.mllp.replies import Later

logger = logging.getLogger(__name__)


class Awaited:
    """Looks for decisions while any is awaited, and rests otherwise.

    A message that is sent again while its answer is awaited is awaited once on each connection.
    """

    def __init__(self, later: Later, pool: ThreadPoolExecutor, limits: MllpLimits, counts: MllpCounts) -> None:
        self._later = later
        self._pool = pool
        self._limits = limits
        self._counts = counts
        self._deadlines: dict[Connection, dict[Hashable, float]] = {}
        self._looking: asyncio.Task[None] | None = None

    def add(self, later: Hashable, connection: Connection) -> None:
        awaited = self._deadlines.setdefault(connection, {})
        if len(awaited) >= self._limits.max_later:
            self._counts.untold += 1
            return
        awaited[later] = time.monotonic() + self._limits.later.total_seconds()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    def forget(self, connection: Connection) -> None:
        """Its peer has gone: nobody is left to tell."""
        self._counts.untold += len(self._deadlines.pop(connection, {}))

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _look(self) -> None:
        while self._deadlines:
            await asyncio.sleep(self._limits.look.total_seconds())
            asked = list({later for awaited in self._deadlines.values() for later in awaited})
            if asked:
                await self._tell(asked)
            self._let_go()

    async def _tell(self, asked: Sequence[Hashable]) -> None:
        try:
            decided = await asyncio.get_running_loop().run_in_executor(self._pool, self._later, asked)
        except Exception as error:  # noqa: BLE001 - the runner: a look that failed is followed by the next one
            logger.warning("mllp answers not looked up: %s", type(error).__name__)
            return
        for connection, awaited in self._deadlines.items():
            for later in [one for one in awaited if one in decided]:
                del awaited[later]
                message = decided[later]
                if message and connection.tell(message):
                    self._counts.told_later += 1

    def _let_go(self) -> None:
        """Of what was not decided in time, and of connections that await nothing more."""
        now = time.monotonic()
        for connection, awaited in list(self._deadlines.items()):
            for later in [one for one, deadline in awaited.items() if deadline <= now]:
                del awaited[later]
                self._counts.untold += 1
            if not awaited:
                del self._deadlines[connection]
