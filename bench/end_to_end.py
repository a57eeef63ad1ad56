"""Messages a second from the webhook door to the ERP's confirmation, sustained, and how long one takes.

The hub and a naive pipeline do the same outside work, one after the other, against the same ERP on the same cores,
and the load generator runs there too. At most `BACKLOG` messages are under way at any moment, so what is accepted
is what is completed. The naive pipeline is given the number of worker processes that serves it best.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import messages
from bench.cpu import cpu_seconds, trees
from bench.lab import Lab, free_port, lab, say, seconds
from bench.load import Tally, flood, pace
from hub import embedded, launch
from hub.supervisor import Child, Step

BACKLOG = 500
WARM_UP_SECONDS = 8.0
MEASURED_SECONDS = 60.0
#: What the naive pipeline is tried with, and for how long, before its best is measured.
CONCURRENCIES = (2, 4, 8)
TRIAL_SECONDS = 12.0
LATENCY_SECONDS = 30.0

#: A message is done when its run has succeeded, and a run that succeeds has its delivery confirmed. `RunTally` is
#: kept by the database as sums of small changes, so the question costs the hub next to nothing.
_HUB_DONE = "SELECT coalesce(sum(count), 0) FROM orchestration_runtally WHERE workflow = 'W1' AND state = 'succeeded'"
_NAIVE_DONE = "SELECT count(done_at) FROM plain_inbox"
_CONFIRMED = """
SELECT count(*), count(*) FILTER (WHERE delivery.state = 'confirmed' AND run.state = 'succeeded')
  FROM orchestration_run AS run JOIN connectors_delivery AS delivery ON delivery.run_id = run.id
"""
_LATENCY = """
SELECT count(*), percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM
       delivery.finished_at - message.received_at) * 1000)
  FROM connectors_message AS message
  JOIN records_event AS event ON event.causation_id = message.id
  JOIN orchestration_run AS run ON run.event_id = event.id
  JOIN connectors_delivery AS delivery ON delivery.run_id = run.id
 WHERE message.received_at >= %s AND delivery.state = 'confirmed'
"""
_PROCESSES = {
    "web": ("granian",),
    "worker": ("celery", " worker "),
    "erp": ("connectors.sandbox.erp",),
    "postgres": ("postgres", "-D"),
}


@dataclass(frozen=True)
class Sustained:
    """What was accepted and completed a second, and the CPU milliseconds each message took."""

    accepted: float
    completed: float
    cpu_ms: dict[str, float]


def measure() -> dict[str, object]:
    with lab() as made:
        made.start_servers()
        made.start(Step("plain-tables", launch.module("bench.plain.tables")))
        made.start_erp()
        with made.meanwhile():
            made.start_hub("worker-engine", "worker-delivery", "beat", "web")
            hub = _sustain(made, _hub_door(made), _HUB_DONE, seconds(MEASURED_SECONDS))
            _prove(made)
            latency = _latency(made, hub.completed / 2)
        best, naive = _naive(made)
    return {
        "end_to_end_per_s": round(hub.completed, 1),
        "end_to_end_ratio": round(hub.completed / naive.completed, 3),
        **latency,
        "end_to_end_accepted_per_s": round(hub.accepted, 1),
        "end_to_end_cpu_ms": hub.cpu_ms,
        "naive_per_s": round(naive.completed, 1),
        "naive_concurrency": best,
        "naive_cpu_ms": naive.cpu_ms,
    }


@dataclass(frozen=True)
class Door:
    """Where messages of one pipeline go in."""

    port: int
    path: str


def _hub_door(made: Lab) -> Door:
    return Door(made.ports["PORT"], "/in/v1/scheduling")


def _naive(made: Lab) -> tuple[int, Sustained]:
    """The naive pipeline with the best of the tried concurrencies."""
    trials: dict[int, float] = {}
    for processes in CONCURRENCIES:
        with _naive_running(made, processes) as door:
            trials[processes] = _sustain(made, door, _NAIVE_DONE, seconds(TRIAL_SECONDS)).completed
    best = max(trials, key=lambda processes: trials[processes])
    say(f"  naive, worker processes: {', '.join(f'{key} {value:.0f}/s' for key, value in trials.items())}")
    with _naive_running(made, best) as door:
        return best, _sustain(made, door, _NAIVE_DONE, seconds(MEASURED_SECONDS))


@contextmanager
def _naive_running(made: Lab, processes: int) -> Iterator[Door]:
    _query(made, "TRUNCATE plain_inbox")
    port = free_port()
    argv = launch.module("celery", "-A", "bench.plain.worker", "worker", "-l", "WARNING", "-c", str(processes))
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with made.meanwhile():
        made.start(Child("naive-worker", argv, grace=30.0))
        made.serve("naive-web", "bench.plain.wsgi:application", port)
        yield Door(port, "/naive")


def _sustain(made: Lab, door: Door, done: str, length: float) -> Sustained:
    """Load `door` for a while, then measure for `length` seconds; ends when everything accepted is completed."""
    with _counting(made, done) as progress:
        asyncio.run(_bounded(door, progress, min(WARM_UP_SECONDS, length)))
        processes = trees(_PROCESSES)
        before = {name: cpu_seconds(pids) for name, pids in processes.items()}
        completed = progress.completed()
        started = time.perf_counter()
        tally = asyncio.run(_bounded(door, progress, length))
        took, completed = time.perf_counter() - started, progress.completed() - completed
        spent = {name: cpu_seconds(pids) - before[name] for name, pids in processes.items()}
        progress.drain()
    result = Sustained(
        accepted=tally.per_second,
        completed=completed / took,
        cpu_ms={name: round(1000 * value / max(1, completed), 2) for name, value in spent.items()},
    )
    say(f"  {door.path}: accepted {result.accepted:.0f}/s, completed {result.completed:.0f}/s, ms CPU {result.cpu_ms}")
    if tally.refused:
        say(f"  refused: {tally.refused}")
    return result


async def _bounded(door: Door, progress: _Progress, length: float) -> Tally:
    """Send as long as fewer than `BACKLOG` messages are under way."""
    requests = progress.counted(messages.signed(door.path))
    return await flood(door.port, requests, seconds=length, may_send=lambda: progress.under_way < BACKLOG)


class _Progress:
    """How many messages were sent and how many are completed, looked up a few times a second beside the load."""

    def __init__(self, look: Callable[[], int]) -> None:
        self._look = look
        self._base = self._done = look()
        self._sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def under_way(self) -> int:
        return self._sent - self._done + self._base

    def counted(self, requests: Iterator[bytes]) -> Iterator[bytes]:
        for request in requests:
            self._sent += 1
            yield request

    def completed(self) -> int:
        self._done = self._look()
        return self._done - self._base

    def drain(self, patience: float = 60.0) -> None:
        """Wait until everything sent is completed."""
        deadline = time.perf_counter() + patience
        while self.under_way > 0 and time.perf_counter() < deadline:
            time.sleep(0.1)
        if self.under_way > 0:
            say(f"  {self.under_way} messages were not completed")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            self._done = self._look()


@contextmanager
def _counting(made: Lab, done: str) -> Iterator[_Progress]:
    with psycopg.connect(embedded.database_url(made.var), autocommit=True) as connection:
        lock = threading.Lock()

        def look() -> int:
            with lock:
                row = connection.execute(done).fetchone()
            return int(row[0]) if row else 0

        progress = _Progress(look)
        progress.start()
        try:
            yield progress
        finally:
            progress.stop()


def _latency(made: Lab, per_second: float) -> dict[str, float]:
    """From the door to the ERP's confirmation, as the hub's own rows tell it, at an even load."""
    say(f"  latency at {per_second:.0f}/s")
    door = _hub_door(made)
    asyncio.run(pace(door.port, messages.signed(door.path), seconds=3, per_second=per_second))
    [(since,)] = _query(made, "SELECT clock_timestamp()")
    with _counting(made, _HUB_DONE) as progress:
        requests = progress.counted(messages.signed(door.path))
        length = seconds(LATENCY_SECONDS)
        tally = asyncio.run(pace(door.port, requests, seconds=length, per_second=per_second))
        progress.drain()
    [(count, (p50, p99))] = _query(made, _LATENCY, since)
    return {
        "latency_p50_ms": round(p50, 1),
        "latency_p99_ms": round(p99, 1),
        "latency_at_per_s": round(count / tally.seconds, 1),
    }


def _prove(made: Lab) -> None:
    """What was counted is what it says: every run has succeeded, with its delivery confirmed."""
    [(runs, whole)] = _query(made, _CONFIRMED)
    if runs != whole:
        say(f"  {runs - whole} of {runs} runs are not confirmed at the ERP")


def _query(made: Lab, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(embedded.database_url(made.var), autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    print(json.dumps(measure()))
