"""The hub's own doors as processes on the test's database, and ways to take PostgreSQL away from them alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from hub import embedded
from tests.connectors.processes import Server, free_port, running


@contextmanager
def web(environment: dict[str, str]) -> Iterator[Server]:
    """The web server as it runs in production."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "hub.wsgi:application"]
    with running(command, port, environment) as server:
        yield server


@contextmanager
def mllp(environment: dict[str, str]) -> Iterator[Server]:
    """`manage.py mllp`."""
    port = free_port()
    with running([sys.executable, "manage.py", "mllp", "--port", str(port)], port, environment) as server:
        yield server


def sockets() -> Path:
    """Where the tests' PostgreSQL is reached."""
    return embedded.runtime_dir(Path(os.environ["HUB_VAR"]))


class DatabaseDoor:
    """Another way to the tests' PostgreSQL, which can be shut while the tests keep their own."""

    def __init__(self, folder: Path) -> None:
        self._link = folder / "pg"
        self._link.symlink_to(sockets())

    def address(self, environment: dict[str, str]) -> str:
        direct = environment["DATABASE_URL"]
        through = direct.replace(str(sockets()), str(self._link))
        assert through != direct
        return through

    def shut(self) -> None:
        """As when PostgreSQL dies: open connections break, and no new one is made."""
        self._link.unlink()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def open(self) -> None:
        self._link.symlink_to(sockets())
