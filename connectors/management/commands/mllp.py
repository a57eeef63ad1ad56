"""`manage.py mllp`: listen for HL7 v2 on MLLP_PORT until stopped; what is in flight finishes first.

With MLLP_TLS_CERT and MLLP_TLS_KEY (PEM files) over TLS only; with MLLP_TLS_CLIENT_CA senders must show a certificate
that this CA signed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from connectors.hl7_acks import decided
from connectors.listening import answer, answer_oversized, answer_together
from connectors.transports.mllp import MllpServer, server_context
from hub.core.errors import ConfigurationFault

P = ParamSpec("P")
T = TypeVar("T")


class Command(BaseCommand):
    help = "Listen for HL7 v2 messages over MLLP."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("MLLP_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("MLLP_PORT") or 2575))

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._serve(options["host"], options["port"], _tls()))

    async def _serve(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        server = MllpServer(
            _connected(answer), host=host, port=port, tls=tls,
            refuse=_connected(answer_oversized), together=_connected(answer_together), later=_connected(decided),
        )  # fmt: skip
        async with server:
            self.stdout.write(f"Listening for HL7 v2 on {host}:{server.port}{' over TLS' if tls else ''}")
            await stopped.wait()


def _connected(handle: Callable[P, T]) -> Callable[P, T]:
    """A connection that PostgreSQL has dropped meanwhile is opened again, as Django does before each request."""

    def handled(*args: P.args, **kwargs: P.kwargs) -> T:
        close_old_connections()
        return handle(*args, **kwargs)

    return handled


def _tls() -> ssl.SSLContext | None:
    """None where no certificate is configured. Nothing is listened for where it is, and cannot be used."""
    certificate, key = os.environ.get("MLLP_TLS_CERT"), os.environ.get("MLLP_TLS_KEY")
    client_ca = os.environ.get("MLLP_TLS_CLIENT_CA")
    if not (certificate or key or client_ca):
        return None
    if not (certificate and key):
        raise CommandError("MLLP over TLS needs both MLLP_TLS_CERT and MLLP_TLS_KEY.")
    try:
        return server_context(Path(certificate), Path(key), client_ca=Path(client_ca) if client_ca else None)
    except ConfigurationFault as fault:
        raise CommandError(f"{fault.message} {fault.hint}") from fault
