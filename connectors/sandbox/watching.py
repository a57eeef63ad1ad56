"""How the sandbox sees that the hub has come to rest, and how it breaks the ERP on purpose."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from connectors.sandbox import settings
from connectors.sandbox.clearinghouse import Clearinghouse

_MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
_POLL_SECONDS = 0.5


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Wait until `done`; False where it was not in that time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def manage(*words: str) -> int:
    """A command of the hub, in a process of its own."""
    return subprocess.run([sys.executable, str(_MANAGE), *words], check=False).returncode  # noqa: S603


def at_rest(house: Clearinghouse, seconds: float) -> bool:
    """The hub is quiet and no file waits on the SFTP, both at the same time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        left = max(deadline - time.monotonic(), 1.0)
        if not until(lambda: not house.waiting(), left) or manage("quiet", "--timeout", f"{left:.0f}"):
            return False
        if not house.waiting():
            return True
    return False


def break_erp(**order: float) -> bool:
    """Order a fault at the sandbox's ERP; a real one takes no such orders."""
    if os.environ.get("ERP") == "tryton":
        return False
    reply = httpx.post(
        f"http://127.0.0.1:{settings.erp_port()}/_control/faults",
        json=order,
        headers={"Authorization": f"Bearer {settings.CONTROL_TOKEN}"},
        trust_env=False,
    )
    return reply.is_success
