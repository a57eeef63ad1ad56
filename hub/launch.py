"""`python -m hub.launch up|demo`: one copy of the hub on this machine, alone or with the sandbox.

Ctrl-C stops everything in order; starting again goes on with the data. `RESET=1` begins the demo anew.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from hub import embedded
from hub.supervisor import Child, Step, Stopped, Supervisor, SupervisorError, answers_on, say

BASE_DIR = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

# Every port a copy opens, by the variable that moves it; a second copy on the machine moves them all.
HUB_PORTS = {"PORT": 8000, "MLLP_PORT": 2575}
SANDBOX_PORTS = {"ERP_PORT": 8101, "BILLING_PORT": 8102, "SFTP_PORT": 8103, "PAYER_PORT": 8104, "SCHEDULING_PORT": 8105}

Item = Child | Step | embedded.Server


class LaunchError(Exception):
    """This copy cannot start as the environment asks for it."""


def django(*words: str) -> list[str]:
    return [PYTHON, str(BASE_DIR / "manage.py"), *words]


def module(*words: str) -> list[str]:
    return [PYTHON, "-m", *words]


def worker(name: str, queues: str, processes: int) -> Child:
    """A Celery node. Its grace lets a running task finish; what it holds beyond comes back by itself."""
    argv = module("celery", "-A", "hub.celery", "worker", "-l", "INFO", "-n", f"{name}@%h", "-Q", queues)
    argv += ["-c", str(processes), "--without-gossip", "--without-mingle", "--without-heartbeat"]
    mark = Path(os.environ["HUB_VAR"]) / "ready" / name  # see hub.celery.mark_ready
    mark.unlink(missing_ok=True)
    return Child(name, argv, ready=mark.exists, grace=30.0)


def hub_items(port: dict[str, int]) -> list[Item]:
    """The hub's own processes, in the order they start."""
    host = os.environ.get("HUB_HOST", "127.0.0.1")
    web = ["--interface", "wsgi", "--host", host, "--port", str(port["PORT"]), "--no-ws"]
    web += ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"]
    return [
        worker("worker-engine", "default,inbound,engine", 2),
        worker("worker-delivery", "delivery,maintenance", 2),
        Child("beat", module("celery", "-A", "hub.celery", "beat", "-l", "INFO", "--pidfile=")),
        Child("mllp", django("mllp"), ready=answers_on(port["MLLP_PORT"])),
        Child("files", django("watch_files")),
        Child("poller", django("poll_feeds")),
        Child("web", module("granian", *web, "hub.wsgi:application"), ready=answers_on(port["PORT"])),
    ]


def sandbox_items(port: dict[str, int]) -> list[Item]:
    """The outside systems of the simulated hospital group; the ERP among them is its own, or a real Tryton."""
    serve = Child("sandbox", module("connectors.sandbox", "serve"), ready=answers_on(port["BILLING_PORT"]))
    if os.environ.get("ERP") != "tryton":
        return [serve]
    # The first start builds Tryton's database, which takes about a minute.
    tryton = module("connectors.sandbox.tryton", "--port", str(port["ERP_PORT"]))
    return [Child("tryton", tryton, ready=answers_on(port["ERP_PORT"]), patience=300.0), serve]


def migrate() -> Step:
    return Step("migrate", django("migrate", "--no-input"))


def up(var: Path) -> int:
    """The hub alone."""
    port = claim_ports(HUB_PORTS)
    with supervised(var) as supervisor:
        start_all(supervisor, [*embedded.servers(var), migrate(), *hub_items(port)])
        say(f"The hub is up at http://127.0.0.1:{port['PORT']}/ (logs in {var / 'log'}; Ctrl-C stops it)")
        supervisor.watch()
    return 0


def demo(var: Path) -> int:
    """The hub and the sandbox; the day runs once, and its report marks that it has been."""
    port = claim_ports(HUB_PORTS | SANDBOX_PORTS)
    seed = Step("demo_seed", django("demo_seed"))
    with supervised(var) as supervisor:
        start_all(supervisor, [*embedded.servers(var), *sandbox_items(port), migrate(), seed, *hub_items(port)])
        if (var / "report.json").exists():
            say("The sandbox's day was already run on this data; `make demo RESET=1` runs a new one.")
        else:
            supervisor.start(Step("day", module("connectors.sandbox", "day"), aloud=True))
        say(welcome(port["PORT"], var))
        supervisor.watch()
    return 0


def start_all(supervisor: Supervisor, items: Sequence[Item]) -> None:
    for item in items:
        say(f"  starting {item.name}")
        supervisor.start(item)


def welcome(port: int, var: Path) -> str:
    """The last words of `make demo`: where to go, as whom, and what to look at."""
    lines = ["", f"Throughline is up: http://127.0.0.1:{port}/", ""]
    sign_ins = json.loads((var / "signins.json").read_text())
    for one in sign_ins:
        lines.append(f"  {one['username']:<14} {one['password']:<18} {one['role']}")
    lines += [
        "",
        "Look at",
        "  Queue      what is stuck, why, and how many dollars",
        "  Mappings   map the department that is missing: the held work releases and posts",
        "  Journeys   one patient account from the booked appointment to the journal entry",
        "  Systems    health of every system; pause one and resume it",
        "  Tie-out    subledger and ERP, equal to the cent",
        "",
        f"Report: {var / 'report.json'}   Logs: {var / 'log'}",
        "Ctrl-C stops everything; `make demo` goes on with the data, `make demo RESET=1` starts anew.",
    ]
    return "\n".join(lines)


def claim_ports(defaults: dict[str, int]) -> dict[str, int]:
    """The ports from the environment, passed on to every child. Raises LaunchError where one is taken."""
    chosen = {name: int(os.environ.get(name) or default) for name, default in defaults.items()}
    for name, number in chosen.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError as error:
                raise LaunchError(f"Port {number} is taken; choose another one with {name}=") from error
        os.environ[name] = str(number)
    return chosen


@contextmanager
def supervised(var: Path) -> Iterator[Supervisor]:
    """A supervisor that has stopped everything when the block is left, by whatever way."""
    supervisor = Supervisor(var / "log", say)
    supervisor.listen()
    try:
        yield supervisor
    except Stopped:
        pass
    finally:
        say("Stopping; what is in flight finishes first (Ctrl-C again hurries).")
        supervisor.stop()
        say("Stopped.")


def lock(var: Path) -> IO[str]:
    """Hold `var` for this copy. Raises LaunchError where another one runs on it."""
    var.parent.mkdir(parents=True, exist_ok=True)
    holder = (var.parent / f".{var.name}.lock").open("a+")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder.close()
        raise LaunchError(f"Another copy is running on {var}; stop it, or choose another HUB_VAR.") from error
    return holder


def prepare(mode: str, home: Path) -> Path:
    """Set the environment that every child inherits; returns the folder of this copy's data."""
    demo = mode == "demo"
    var = home / "demo" if demo else home
    os.environ["HUB_VAR"] = str(var)
    os.environ.setdefault("HUB_ENV", "demo" if demo else "development")
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    if demo:
        os.environ.setdefault("HUB_CLOCK_FILE", str(var / "clock"))
    return var


def reset(var: Path) -> None:
    """Forget the demo's data. Raises LaunchError where it lies on a server that is not ours to empty."""
    if os.environ.get("DATABASE_URL"):
        raise LaunchError("RESET=1 empties the embedded database only; DATABASE_URL is set.")
    for server in reversed(embedded.servers(var)):
        embedded.stop(server)
    shutil.rmtree(var, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """Start one copy of the hub and keep it running."""
    parser = argparse.ArgumentParser(prog="python -m hub.launch", description=main.__doc__)
    parser.add_argument("mode", choices=["up", "demo"])
    mode = parser.parse_args(arguments).mode
    os.chdir(BASE_DIR)
    var = prepare(mode, Path(os.environ.get("HUB_VAR", BASE_DIR / "var")).resolve())
    try:
        with lock(var):
            if mode == "demo" and os.environ.get("RESET") == "1":
                reset(var)
            var.mkdir(parents=True, exist_ok=True)
            return demo(var) if mode == "demo" else up(var)
    except (LaunchError, SupervisorError, embedded.EmbeddedError) as error:
        say(f"error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
