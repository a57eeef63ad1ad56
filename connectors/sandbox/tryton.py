"""Run a real Tryton as the sandbox group's ERP, on a PostgreSQL of your choice.

    python -m connectors.sandbox.tryton --port 8101 [--postgres URL] [--database tryton] [--reset]

`deploy/tryton/setup.sh` installs Tryton first, in an environment of its own. The first start builds the database
(about a minute) and keeps a dump of it; the next ones restore that in a second. The dump goes by the year, since
the fiscal years are made around it, and by what it was made of.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from hub import embedded
from hub.core import clock

_ROOT = Path(__file__).resolve().parents[2]
_DEPLOY = _ROOT / "deploy" / "tryton"
_MODULES = ("account", "analytic_account")
# A held session of the hub must outlive its idle nights; `post` wants one younger than this.
_SESSION_SECONDS = 24 * 3600


class TrytonError(Exception):
    """Tryton cannot be started here."""


@dataclass(frozen=True)
class TrytonOptions:
    """How one Tryton runs. The secrets' defaults are for loopback, and are built into the kept dump."""

    postgres: str
    database: str = "tryton"
    home: Path = _ROOT / "var" / "tryton"
    hub_password: str = "sandbox-tryton-password"  # noqa: S105
    rest_key: str = "sandbox-tryton-rest-key-for-loopback"

    @property
    def venv(self) -> Path:
        return Path(os.environ.get("TRYTON_VENV") or self.home / "venv")

    @property
    def seed(self) -> Path:
        made_of = hashlib.sha256()
        for path in (_DEPLOY / "requirements.lock", _DEPLOY / "bootstrap.py", Path(__file__).with_name("chart.py")):
            made_of.update(path.read_bytes())
        made_of.update(f"{self.hub_password} {self.rest_key}".encode())
        return self.home / f"seed-{clock.machine_now().year}-{made_of.hexdigest()[:12]}.dump"

    def url(self, database: str) -> str:
        """The address of one database of that PostgreSQL, spelled as Tryton and libpq both read it."""
        return urlsplit(self.postgres)._replace(scheme="postgresql", path=f"/{database}").geturl()

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "TRYTOND_DATABASE__URI": self.url(""),
            "TRYTOND_DATABASE_NAMES": self.database,
            "TRYTOND_SESSION__TIMEOUT": str(_SESSION_SECONDS),
            "TRYTON_HUB_PASSWORD": self.hub_password,
            "TRYTON_REST_KEY": self.rest_key,
        }


def hub_access(options: TrytonOptions | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """How the hub reaches what was bootstrapped: its client's options and secrets."""
    kept = options or TrytonOptions(postgres="")
    return {"database": kept.database}, {"rest_key": kept.rest_key, "password": kept.hub_password}


def is_installed(options: TrytonOptions) -> bool:
    return (options.venv / "bin" / "gunicorn").exists()


def prepare(options: TrytonOptions, *, reset: bool = False) -> None:
    """Make the database ready to serve. Raises TrytonError where something of it cannot be done."""
    if not is_installed(options):
        raise TrytonError(f"Tryton is not installed in {options.venv}; run {_DEPLOY / 'setup.sh'}.")
    if reset:
        _drop(options, options.database)
    elif _exists(options, options.database):
        return
    if not options.seed.exists():
        _build_seed(options)
    # Under another name until it is whole, so that an interrupted restore is not taken for a database.
    fresh = f"{options.database}_restoring_{os.getpid()}"
    _create(options, fresh)
    _run([embedded.postgres_bin() / "pg_restore", "--no-owner", "-d", options.url(fresh), options.seed], options)
    _execute(
        options,
        sql.SQL("alter database {} rename to {}").format(sql.Identifier(fresh), sql.Identifier(options.database)),
    )


def serve(options: TrytonOptions, *, host: str, port: int) -> None:
    """Become the server. One process is enough: posting takes one lock anyway, and caches stay one."""
    gunicorn = str(options.venv / "bin" / "gunicorn")
    command = [gunicorn, "--workers", "1", "--threads", "6", "--no-control-socket", "--log-level", "warning"]
    command += ["--bind", f"{host}:{port}", "trytond.application:app"]
    os.execve(gunicorn, command, options.environment())  # noqa: S606


def _build_seed(options: TrytonOptions) -> None:
    options.home.mkdir(parents=True, exist_ok=True)
    scratch = f"{options.database}_seed_{os.getpid()}"
    _create(options, scratch)
    with tempfile.NamedTemporaryFile("w", dir=options.home, suffix=".pass") as password:
        # Nobody signs in as admin; the hub's user does everything that is done from outside.
        password.write(os.urandom(18).hex())
        password.flush()
        admin: list[str | Path] = [options.venv / "bin" / "trytond-admin", "-d", scratch, "--activate-dependencies"]
        admin += ["--email", "admin@erp.invalid", "-u", *_MODULES]
        _run(admin, options, TRYTONPASSFILE=password.name)
    _run([options.venv / "bin" / "python", _DEPLOY / "bootstrap.py", scratch], options)
    dump = options.seed.with_suffix(f".{os.getpid()}")
    _run([embedded.postgres_bin() / "pg_dump", "-Fc", "-f", dump, options.url(scratch)], options)
    dump.replace(options.seed)
    _drop(options, scratch)


def _run(command: Sequence[str | Path], options: TrytonOptions, **more: str) -> None:
    done = subprocess.run(  # noqa: S603
        list(map(str, command)),
        env={**options.environment(), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TrytonError(f"{Path(command[0]).name} failed:\n{done.stderr.strip()[-4000:]}")


def _exists(options: TrytonOptions, database: str) -> bool:
    with psycopg.connect(options.url("postgres")) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
    return found is not None


def _create(options: TrytonOptions, database: str) -> None:
    _drop(options, database)
    _execute(options, sql.SQL("create database {}").format(sql.Identifier(database)))


def _drop(options: TrytonOptions, database: str) -> None:
    _execute(options, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))


def _execute(options: TrytonOptions, statement: sql.Composed) -> None:
    with psycopg.connect(options.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.tryton", description=__doc__)
    var = Path(os.environ.get("HUB_VAR", _ROOT / "var")).resolve()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--postgres", default=embedded.database_url(var), help="URL of a role that makes databases")
    parser.add_argument("--database", default="tryton")
    parser.add_argument("--reset", action="store_true", help="begin with fresh books")
    given = parser.parse_args()
    options = TrytonOptions(postgres=given.postgres, database=given.database)
    try:
        prepare(options, reset=given.reset)
    except TrytonError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    serve(options, host=given.host, port=given.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
