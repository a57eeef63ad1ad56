"""`make up` as a whole: it comes up, heals after kill -9, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

UP_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.2)
    return False


def descendants(pid: int) -> dict[int, str]:
    """The processes below `pid`, by their command line."""
    listed = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    found, last = {}, {pid}
    while last:
        below = {int(row[0]): row[2] for row in rows if int(row[1]) in last}
        found |= below
        last = set(below)
    return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    home = tmp_path_factory.mktemp("up")
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"HUB_VAR": str(home), "PORT": str(port), "MLLP_PORT": str(free_port())}
    with (home / "out").open("wb") as out:
        argv = [sys.executable, "-m", "hub.launch", "up"]
        process = subprocess.Popen(argv, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    if not wait_until(lambda: b"The hub is up" in (home / "out").read_bytes(), UP_SECONDS):
        process.terminate()
        process.wait()
        pytest.fail((home / "out").read_text())
    yield process, f"http://127.0.0.1:{port}/admin/login/", home
    process.kill()
    process.wait()


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_killed_worker_and_a_killed_postgresql_come_back_by_themselves(
    hub: tuple[subprocess.Popen[bytes], str, Path],
) -> None:
    process, address, home = hub
    assert answers(address)
    postmaster = home / "postgres" / "postmaster.pid"
    before = int(postmaster.read_text().split()[0])
    worker = next(pid for pid, words in descendants(process.pid).items() if "worker-engine@" in words)
    for pid in (before, worker):
        os.kill(pid, signal.SIGKILL)

    assert wait_until(lambda: postmaster.exists() and int(postmaster.read_text().split()[0]) != before)
    assert wait_until(lambda: any("worker-engine@" in words for words in descendants(process.pid).values()))
    assert wait_until(lambda: answers(address))


def test_ctrl_c_stops_everything_in_order_and_leaves_nothing_behind(
    hub: tuple[subprocess.Popen[bytes], str, Path],
) -> None:
    process, _, home = hub
    children = set(descendants(process.pid))
    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0
    assert (home / "out").read_text().endswith("Stopped.\n")
    assert not (home / "postgres" / "postmaster.pid").exists()
    assert [pid for pid in children if Path(f"/proc/{pid}/cmdline").exists() and is_alive(pid)] == []


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
