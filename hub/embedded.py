"""A private PostgreSQL and Valkey for development, demo and tests, where no server is configured."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

# sun_path holds 108 bytes, the last one NUL (unix(7)).
_LONGEST_SOCKET_PATH = 107
_POSTGRES_SOCKET = ".s.PGSQL.5432"
_VALKEY_SOCKET = "valkey.sock"


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


def broker_url(redis: str) -> str:
    """The same Redis as Celery spells it: `unix:///path?db=0` becomes `redis+socket:///path?virtual_host=0`."""
    if not redis.startswith("unix://"):
        return redis
    path, _, database = redis.removeprefix("unix://").partition("?db=")
    return f"redis+socket://{path}?virtual_host={database or 0}"
