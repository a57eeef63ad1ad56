"""The sandbox's systems, each a process, kept alive until somebody asks for the end."""

from __future__ import annotations

import os
import sys

from connectors.sandbox import settings
from connectors.sandbox.scheduling_books import FILE as SCHEDULING_BOOKS
from connectors.sandbox.sftp import host_key
from hub.supervisor import Child, Supervisor, answers_on, say


def serve() -> None:
    """Start the outside systems and keep them running. Billing comes last: who waits for it finds all of them."""
    home = settings.state_dir()
    host_key()
    supervisor = Supervisor(home / "log", say)
    supervisor.listen()
    try:
        for child in _children():
            supervisor.start(child)
        supervisor.watch()
    finally:
        supervisor.stop()


def _children() -> list[Child]:
    home = settings.state_dir()
    children = [
        _child("clearinghouse", settings.sftp_port()),
        _child("erp", settings.erp_port(), "--books", str(home / "erp.sqlite")),
        _child(
            "payer_server",
            settings.payer_port(),
            *("--books", str(home / "payers.sqlite")),
            *("--claims", str(home / "claims.jsonl")),
        ),
        _child("scheduling_server", settings.scheduling_port(), "--books", str(home / SCHEDULING_BOOKS)),
        _child("billing", settings.billing_port(), "--books", str(home / "billing.sqlite")),
    ]
    if os.environ.get("ERP") == "tryton":  # a real one runs in its place
        return [child for child in children if child.name != "erp"]
    return children


def _child(name: str, port: int, *words: str) -> Child:
    argv = [sys.executable, "-m", f"connectors.sandbox.{name}", "--port", str(port), *words]
    return Child(name, argv, ready=answers_on(port))
