"""A GNU Health of one's own (deploy/gnuhealth), for tests: on the tests' PostgreSQL, its database kept as a dump.

Only where `GNUHEALTH_HOME` names the folder that it was installed into (`make peer-gnuhealth` says which).
"""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from hub import embedded
from tests.connectors.processes import free_port, running

PASSWORD = "loopback-gnuhealth"
DATABASE = "gnuhealth_test"


def home() -> Path:
    """The folder of the installation. Skips the test, with the reason, where there is none."""
    folder = os.environ.get("GNUHEALTH_HOME")
    if not folder:
        pytest.skip("GNUHEALTH_HOME is not set: run `make peer-gnuhealth` and do as it says")
    if not (Path(folder) / "venv" / "bin" / "trytond").exists():
        pytest.skip(f"GNU Health is not installed in {folder}: run deploy/gnuhealth/setup.sh")
    return Path(folder)


@contextmanager
def gnu_health(postgres: str) -> Iterator[str]:
    """The base URL of a running server with an empty clinic; building its database takes half a minute, once."""
    folder = home()
    _execute(postgres, f"drop database if exists {DATABASE} with (force)", f"create database {DATABASE}")
    dump = folder / "seed.dump"
    if dump.exists():
        _run([embedded.postgres_bin() / "pg_restore", "--no-owner", "-d", _at(postgres, DATABASE), dump], postgres)
    else:
        _build(folder, postgres)
        part = dump.with_suffix(f".{os.getpid()}")
        _run([embedded.postgres_bin() / "pg_dump", "-Fc", "-f", part, _at(postgres, DATABASE)], postgres)
        part.replace(dump)
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as settings:
        settings.write(f"[database]\nuri = {_at(postgres, '')}\n[web]\nlisten = 127.0.0.1:{port}\n")
        settings.flush()
        command = [str(folder / "venv" / "bin" / "trytond"), "-c", settings.name, "-d", DATABASE]
        with running(command, port) as server:
            yield server.url


class Clinic:
    """The clinic's own people at work in GNU Health, over its JSON-RPC."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=30)
        user, token = self._post("common.db.login", "admin", {"password": PASSWORD})[:2]
        proof = base64.b64encode(f"admin:{user}:{token}".encode()).decode()
        self._http.headers["Authorization"] = f"Session {proof}"

    def __call__(self, method: str, *parameters: Any) -> Any:
        return self._post(f"model.{method}", *parameters, {})

    def close(self) -> None:
        self._http.close()

    def _post(self, method: str, *parameters: Any) -> Any:
        body = {"id": 1, "method": method, "params": list(parameters)}
        reply = self._http.post(f"/{DATABASE}/", json=body).raise_for_status().json()
        assert "error" not in reply, reply
        return reply["result"]


def _build(folder: Path, postgres: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".pass") as password:
        password.write(PASSWORD)
        password.flush()
        admin = [folder / "venv" / "bin" / "trytond-admin", "-d", DATABASE, "-u", "health", "--activate-dependencies"]
        _run([*admin, "--email", "admin@clinic.invalid"], postgres, TRYTONPASSFILE=password.name)


def _run(command: Sequence[str | Path], postgres: str, **more: str) -> None:
    environment = {**os.environ, "TRYTOND_DATABASE__URI": _at(postgres, ""), **more}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def _at(postgres: str, database: str) -> str:
    """The address as Tryton and libpq both read it."""
    return urlsplit(postgres)._replace(scheme="postgresql", path=f"/{database}").geturl()


def _execute(postgres: str, *statements: str) -> None:
    with psycopg.connect(_at(postgres, "postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
