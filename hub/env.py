"""What the environment says: the mode, the folder for run-time data, and the secrets.

Three modes, by `HUB_ENV`:

* `development` (the default): no configuration needed; reachable from this machine only.
* `demo`: the same, as `make demo` runs it.
* `production`: nothing is invented; a missing secret or address stops the start.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent


class Mode(StrEnum):
    DEVELOPMENT = "development"
    DEMO = "demo"
    PRODUCTION = "production"


def mode() -> Mode:
    """The mode this process runs in. Raises ImproperlyConfigured on an unknown one."""
    name = env.str("HUB_ENV", default=Mode.DEVELOPMENT.value)
    try:
        return Mode(name)
    except ValueError as error:
        raise ImproperlyConfigured(f"HUB_ENV={name!r}: expected one of {', '.join(Mode)}.") from error


def var_dir() -> Path:
    """Where everything written at run time lives; one copy of the hub, one folder."""
    return Path(env.str("HUB_VAR", default=str(BASE_DIR / "var"))).resolve()


def secret(name: str, invent: Callable[[], str]) -> str:
    """The secret `name` from the environment, or from the file that `<name>_FILE` names.

    Outside production a missing one is invented once and kept in `var/secrets`, so that what was sealed today
    opens tomorrow. Raises ImproperlyConfigured in production.
    """
    if value := str(env.str(name, default="")):
        return value
    if file := env.str(f"{name}_FILE", default=""):
        return Path(file).read_text().strip()
    if mode() is Mode.PRODUCTION:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) is required in production.")
    return _kept(var_dir() / "secrets" / name.lower(), invent)


def _kept(path: Path, invent: Callable[[], str]) -> str:
    """Read `path`, or write it first. Several processes may start at once: the first link wins."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile("w", dir=path.parent) as scratch:  # readable by its owner only
        scratch.write(invent() + "\n")
        scratch.flush()
        with suppress(FileExistsError):
            path.hardlink_to(scratch.name)
    return path.read_text().strip()
