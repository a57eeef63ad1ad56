"""A real Celery worker in a process of its own, to be killed at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from hub.embedded import die_with_parent

READY_SECONDS = 30
STOP_SECONDS = 20


class Worker:
    def __init__(self, log: Path, queues: str, processes: int, environment: dict[str, str]) -> None:
        self.log = log
        argv = [sys.executable, "-m", "celery", "-A", "hub.celery", "worker", "-l", "INFO", "-Q", queues]
        argv += ["-n", f"{log.stem}@test", "-c", str(processes)]
        argv += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while " ready." not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The worker did not get ready:\n{self.log.read_text()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 of the worker and its pool at once, as a dying machine would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """The warm shutdown; whatever outlasts it is killed."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()
