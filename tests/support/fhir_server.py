"""A FHIR R4 server that nobody here wrote (deploy/fhir), for tests; needs Node and, the first time, npm's registry.

Its packages are installed once, into `FHIR_PEER` or `var/peers/fhir`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "deploy" / "fhir"
TOKEN = "loopback-token"
_INSTALL_SECONDS = 30


def installed() -> Path:
    """The folder with the server's packages. Skips the test, with the reason, where they cannot be had."""
    folder = Path(os.environ.get("FHIR_PEER") or ROOT / "var" / "peers" / "fhir")
    if shutil.which("node") is None:
        pytest.skip("no FHIR server to test against: Node is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    # Another process of the same test run may be at it.
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = (folder / "installed").exists() or _install(folder)
    if not ready:
        pytest.skip("no FHIR server to test against: npm is absent, or cannot install it here")
    return folder


@contextmanager
def fhir_server() -> Iterator[str]:
    """The base URL of a running server, empty at the beginning; it ends with the block."""
    environment = os.environ | {"NODE_PATH": str(installed() / "node_modules")}
    argv = ["node", str(RECIPE / "server.cjs"), "0", TOKEN]
    with subprocess.Popen(
        argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address.startswith("http://"), "the FHIR server did not come up"
            yield address
        finally:
            process.kill()


@cache
def _install(folder: Path) -> bool:
    """Whether it could be installed; tried once in a process."""
    if shutil.which("npm") is None:
        return False
    shutil.copy(RECIPE / "package.json", folder)
    argv = [
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--fetch-retries=0",
        "--prefix",
        str(folder),
    ]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=_INSTALL_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        done = False
    if done:
        (folder / "installed").touch()
    return done
