"""`manage.py mllp`: listen for HL7 v2 on MLLP_PORT until stopped; what is in flight finishes first."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connectors.hl7_acks import decided
from connectors.listening import answer, answer_oversized, answer_together
from connectors.transports.mllp import MllpServer


class Command(BaseCommand):
    help = "Listen for HL7 v2 messages over MLLP."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("MLLP_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("MLLP_PORT") or 2575))

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._serve(options["host"], options["port"]))

    async def _serve(self, host: str, port: int) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        server = MllpServer(
            answer, host=host, port=port, refuse=answer_oversized, together=answer_together, later=decided
        )
        async with server:
            self.stdout.write(f"Listening for HL7 v2 on {host}:{server.port}")
            await stopped.wait()
