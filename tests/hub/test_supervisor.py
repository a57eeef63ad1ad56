"""The supervisor starts in order, restarts what dies, and lets nothing outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.supervisor import Child, Step, Stopped, Supervisor, SupervisorError

# Writes its pid when up; on SIGTERM notes the end, after finishing "its task".
DILIGENT = """
import os, pathlib, signal, sys, time
here = pathlib.Path(sys.argv[1])
def finish(*_):
    time.sleep(float(sys.argv[3]))
    with (here / "ended").open("a") as file: file.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
(here / sys.argv[2]).write_text(str(os.getpid()))
while True: time.sleep(0.05)
"""


def diligent(folder: Path, name: str, *, task: float = 0.0, grace: float = 5.0) -> Child:
    argv = [sys.executable, "-c", DILIGENT, str(folder), name, str(task)]
    return Child(name, argv, ready=lambda: bool(pid_of(folder, name)), grace=grace)


def pid_of(folder: Path, name: str) -> int:
    path = folder / name
    return int(path.read_text() or 0) if path.exists() else 0


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "log", said.append)
    yield supervisor
    supervisor.stop()


def test_children_stop_in_reverse_order_and_finish_what_they_hold(tmp_path: Path, supervisor: Supervisor) -> None:
    for name in ("database", "worker", "web"):
        supervisor.start(diligent(tmp_path, name, task=0.3 if name == "worker" else 0.0))

    supervisor.stop()

    assert (tmp_path / "ended").read_text().split() == ["web", "worker", "database"]


def test_a_killed_child_is_started_again(tmp_path: Path, supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(diligent(tmp_path, "worker"))
    first = pid_of(tmp_path, "worker")
    os.kill(first, signal.SIGKILL)

    deadline = time.monotonic() + 10
    while pid_of(tmp_path, "worker") == first and time.monotonic() < deadline:
        supervisor.pause()

    assert alive(pid_of(tmp_path, "worker"))
    assert said == [f"worker ended with -9; restarting; see {tmp_path / 'log' / 'worker'}.log"]


def test_a_child_that_outlasts_its_grace_is_killed(tmp_path: Path, supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(diligent(tmp_path, "stubborn", task=60, grace=0.3))
    pid = pid_of(tmp_path, "stubborn")

    supervisor.stop()

    assert not alive(pid)
    assert said == ["stubborn did not end within 0 s and is killed"]


def test_a_step_that_fails_keeps_the_rest_from_starting(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start(Step("migrate", [sys.executable, "-c", "pass"]))
    with pytest.raises(SupervisorError, match="migrate ended with 3"):
        supervisor.start(Step("migrate", [sys.executable, "-c", "raise SystemExit(3)"]))


def test_a_child_that_never_gets_ready_is_named(supervisor: Supervisor) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(SupervisorError, match="deaf is not ready"):
        supervisor.start(Child("deaf", sleeper, ready=lambda: False, patience=0.2))
    with pytest.raises(SupervisorError, match="dead ended with 1"):
        supervisor.start(Child("dead", [sys.executable, "-c", "raise SystemExit(1)"], ready=lambda: False))


def test_the_wish_to_stop_is_heard_while_waiting(supervisor: Supervisor) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    try:
        supervisor.listen()
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            supervisor.start(Step("long", [sys.executable, "-c", "import time; time.sleep(60)"]))
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), before, strict=True):
            signal.signal(number, handler)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_kill_9_of_the_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    body = f"""
import pathlib, time
from hub.supervisor import Supervisor
from tests.hub.test_supervisor import diligent
here = pathlib.Path({str(tmp_path)!r})
supervisor = Supervisor(here / "log", print)
supervisor.start(diligent(here, "worker"))
(here / "up").touch()
supervisor.watch()
"""
    with subprocess.Popen([sys.executable, "-c", body]) as process:
        deadline = time.monotonic() + 10
        while not (tmp_path / "up").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
    worker = pid_of(tmp_path, "worker")
    deadline = time.monotonic() + 5
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert worker
    assert not alive(worker)
