"""An ordered supervisor: starts children one after the other, each when the one before answers; restarts what
dies; stops in reverse order, giving each the time to finish what it holds.

General runners signal everybody at once, which kills Celery's pool under its running tasks; here the
servers go last, and no child ever sees the terminal's Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from hub import embedded

_POLL_SECONDS = 0.1
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 30.0
# A child that lived this long was well; its next death starts the back-off anew.
_WELL_SECONDS = 60.0
_HURRIED_GRACE_SECONDS = 2.0


class SupervisorError(Exception):
    """A child did not come up; everything started before it has been stopped."""


class Stopped(Exception):
    """Somebody asked for the end while we were waiting."""


def always_ready() -> bool:
    return True


def answers_on(port: int) -> Callable[[], bool]:
    """A probe: something accepts connections on `port` of this machine."""

    def probe() -> bool:
        with socket.socket() as client:
            client.settimeout(0.5)
            return client.connect_ex(("127.0.0.1", port)) == 0

    return probe


@dataclass(frozen=True)
class Child:
    """A process that is kept alive. `grace` is what it gets to finish after the stop signal, in seconds."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool] = always_ready
    patience: float = 60.0
    grace: float = 10.0
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True)
class Step:
    """A process that runs once, to its end, before the next child starts; `aloud` shows its output."""

    name: str
    argv: Sequence[str]
    aloud: bool = False


@dataclass
class _Running:
    child: Child | embedded.Server
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    backoff: float = _FIRST_BACKOFF_SECONDS
    restart_at: float | None = None


class Supervisor:
    """Runs the children of one copy of the hub. `log_dir` takes one file a child; `say` prints progress."""

    def __init__(self, log_dir: Path, say: Callable[[str], None]) -> None:
        self._log_dir = log_dir
        self._say = say
        self._running: list[_Running] = []
        self._asked_to_stop = 0
        log_dir.mkdir(parents=True, exist_ok=True)

    def listen(self) -> None:
        """Take Ctrl-C and SIGTERM as the wish to stop; a second one hurries."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, item: Child | Step | embedded.Server) -> None:
        """Start `item` and wait until it is ready, or, for a step, done.

        Raises SupervisorError when it is not, Stopped when somebody asked for the end meanwhile.
        """
        self._check_stop()
        if isinstance(item, Step):
            self._run_step(item)
        elif isinstance(item, Child):
            self._start_child(item)
        else:
            process = embedded.start(item, embedded.die_with_parent(item.stop_signal))
            if process:  # otherwise it was there before us and stays after us
                self._running.append(_Running(item, process))

    def watch(self) -> None:
        """Keep the children alive until somebody asks for the end."""
        with suppress(Stopped):
            while True:
                self.pause()

    def pause(self) -> None:
        """One beat of waiting: tend to the children, or raise Stopped."""
        self._check_stop()
        for running in self._running:
            self._tend(running)
        time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop all children in reverse order; what outlasts its grace is killed with everything below it."""
        for running in reversed(self._running):
            if running.process.poll() is None:
                self._end(running)
            self._kill_group(running.process)
        self._running.clear()

    def _start_child(self, child: Child) -> None:
        running = _Running(child, self._spawn(child))
        self._running.append(running)
        deadline = time.monotonic() + child.patience
        while not child.ready():
            if running.process.poll() is not None:
                raise SupervisorError(f"{child.name} ended with {running.process.returncode}{self._see(child.name)}")
            if time.monotonic() > deadline:
                raise SupervisorError(f"{child.name} is not ready after {child.patience:.0f} s{self._see(child.name)}")
            time.sleep(_POLL_SECONDS)
            self._check_stop()

    def _run_step(self, step: Step) -> None:
        process = self._spawn(step)
        try:
            while process.poll() is None:
                self.pause()
        except Stopped:
            process.terminate()
            raise
        finally:
            process.wait()
        if process.returncode:
            raise SupervisorError(f"{step.name} ended with {process.returncode}{self._see(step.name)}")

    def _spawn(self, item: Child | Step) -> subprocess.Popen[bytes]:
        aloud = isinstance(item, Step) and item.aloud
        with (self._log_dir / f"{item.name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                item.argv,
                stdin=subprocess.DEVNULL,
                stdout=None if aloud else log,
                stderr=None if aloud else subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=embedded.die_with_parent(signal.SIGTERM),
            )

    def _tend(self, running: _Running) -> None:
        """Restart a dead child, after a back-off that doubles while it keeps dying."""
        moment = time.monotonic()
        if running.restart_at is None:
            if running.process.poll() is None:
                return
            self._kill_group(running.process)
            well = moment - running.started > _WELL_SECONDS
            running.backoff = _FIRST_BACKOFF_SECONDS if well else running.backoff
            running.restart_at = moment + running.backoff
            ended = running.process.returncode
            self._say(f"{running.child.name} ended with {ended}; restarting{self._see(running.child.name)}")
        elif moment >= running.restart_at:
            child = running.child
            running.process = self._spawn(child) if isinstance(child, Child) else self._respawn(child)
            running.started, running.restart_at = moment, None
            running.backoff = min(running.backoff * 2, _LONGEST_BACKOFF_SECONDS)

    def _respawn(self, server: embedded.Server) -> subprocess.Popen[bytes]:
        return server.spawn(embedded.die_with_parent(server.stop_signal))

    def _end(self, running: _Running) -> None:
        running.process.send_signal(running.child.stop_signal)
        asked = time.monotonic()
        grace = running.child.grace
        while running.process.poll() is None:
            allowed = min(grace, _HURRIED_GRACE_SECONDS) if self._asked_to_stop > 1 else grace
            if time.monotonic() - asked > allowed:
                self._say(f"{running.child.name} did not end within {allowed:.0f} s and is killed")
                self._kill_group(running.process)
                running.process.wait()
            time.sleep(_POLL_SECONDS / 2)

    def _kill_group(self, process: subprocess.Popen[bytes]) -> None:
        """Every child leads a group of its own; nothing of it may outlive it."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def _check_stop(self) -> None:
        if self._asked_to_stop:
            raise Stopped

    def _see(self, name: str) -> str:
        return f"; see {self._log_dir / name}.log"


def say(text: str) -> None:
    """Print a line at once, also where the output is a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
