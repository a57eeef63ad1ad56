"""Real servers for connector tests: started as processes, stopped at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30.0


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until somebody listens on `port`; raises when `process` has ended instead."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}")
        if _listening(port):
            return
        time.sleep(0.02)
    raise AssertionError("the server did not come up")


def _listening(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One server process on a port; it can be stopped and started again on the same port."""

    def __init__(self, command: Sequence[str], port: int, env: Mapping[str, str] | None = None) -> None:
        self.command = command
        self.port = port
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self.command, cwd=_ROOT, env=self._env)
        wait_for_port(self.port, self._process)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=15)
        self._process = None
        # A killed parent takes its worker process with it, a moment later.
        deadline = time.monotonic() + _START_SECONDS
        while _listening(self.port) and time.monotonic() < deadline:
            time.sleep(0.02)


@contextmanager
def running(command: Sequence[str], port: int, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    server = Server(command, port, env)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def module_command(module: str, port: int, *options: str) -> list[str]:
    """How a server of ours is started: `python -m MODULE --port PORT OPTIONS`."""
    return [sys.executable, "-m", module, "--port", str(port), *options]
