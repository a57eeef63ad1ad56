"""A private copy of the hub for one bench: own folder, own servers, own ports; gone when the bench ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hub import embedded, launch
from hub.supervisor import Child, Step, Supervisor, answers_on

#: The variables of a hub that runs elsewhere; nothing of it must be touched.
_FOREIGN = ("DATABASE_URL", "REDIS_URL", "HUB_CLOCK_FILE", "ERP")


class Lab:
    """Starts what a bench asks for; everything stops, in reverse order, when the `lab()` block is left."""

    def __init__(self, var: Path, supervisor: Supervisor) -> None:
        self.var = var
        self.ports = {name: free_port() for name in (*launch.HUB_PORTS, *launch.SANDBOX_PORTS)}
        self._supervisor = supervisor
        os.environ.update({name: str(number) for name, number in self.ports.items()})

    def start(self, *items: Child | Step | embedded.Server) -> None:
        for item in items:
            self._supervisor.start(item)

    def start_servers(self, *, durable: bool = True) -> None:
        """PostgreSQL and Valkey with the hub's schema and the sandbox group in it; Django is ready after it.

        `durable=False` fills faster, and reads no differently.
        """
        self.start(
            *embedded.servers(self.var, durable=durable), launch.migrate(), Step("seed", launch.django("demo_seed"))
        )
        os.environ["DJANGO_SETTINGS_MODULE"] = "hub.settings"
        import django

        django.setup()

    def start_hub(self, *names: str) -> None:
        """The hub's own processes, as `make up` starts them: those named, or all."""
        for item in launch.hub_items(self.ports):
            if not names or item.name in names:
                self.start(item)

    def start_erp(self) -> None:
        """The sandbox's cloud ERP, without its rate limit."""
        port = self.ports["ERP_PORT"]
        words = ["--port", str(port), "--books", str(self.var / "erp.sqlite"), "--requests-per-second", "0"]
        self.start(Child("erp", launch.module("connectors.sandbox.erp", *words), ready=answers_on(port)))

    def serve(self, name: str, application: str, port: int) -> None:
        """Another WSGI application under the very server that serves the hub."""
        web = next(item for item in launch.hub_items(self.ports) if item.name == "web")
        assert isinstance(web, Child)
        argv = [*web.argv[:-1], application]
        argv[argv.index("--port") + 1] = str(port)
        self.start(Child(name, argv, ready=answers_on(port)))

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """What is started in this block ends with it."""
        outer, self._supervisor = self._supervisor, Supervisor(self.var / "log", say)
        try:
            yield
        finally:
            self._supervisor.stop()
            self._supervisor = outer


@contextmanager
def lab() -> Iterator[Lab]:
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.chdir(launch.BASE_DIR)
    var = Path(tempfile.mkdtemp(prefix="bench-"))
    os.environ |= {"HUB_VAR": str(var), "HUB_ENV": "demo", "HUB_LOG_LEVEL": "WARNING"}
    supervisor = Supervisor(var / "log", say)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave through `finally`, as Ctrl-C does
    try:
        yield Lab(var, supervisor)
    finally:
        supervisor.stop()
        if os.environ.get("BENCH_KEEP"):
            say(f"  kept: {var}")
        else:
            shutil.rmtree(var, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def say(text: str) -> None:
    """Progress, on stderr: stdout is for the result."""
    print(text, file=sys.stderr, flush=True)


def seconds(default: float) -> float:
    """How long something is measured; BENCH_SECONDS shortens it all."""
    asked = os.environ.get("BENCH_SECONDS")
    return min(default, float(asked)) if asked else default


def middle(values: Sequence[float]) -> float:
    """The median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
