"""Resident memory of the hub's web, worker and beat processes, at rest and under load.

Each figure is the sum over a process and everything below it (a Celery node and its pool), pages that they share
counted in each.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time

from bench import messages
from bench.cpu import rss_mb, trees
from bench.lab import lab, say, seconds
from bench.load import pace

REST_SECONDS = 5.0
LOAD_SECONDS = 30.0
#: Well within what two cores carry, so that memory is measured and not a backlog.
PER_SECOND = 100.0

_PROCESSES = {"web": ("granian",), "worker": ("celery", " worker "), "beat": ("celery", " beat ")}


def measure() -> dict[str, dict[str, dict[str, float]]]:
    with lab() as made:
        made.start_servers()
        made.start_erp()
        made.start_hub()
        time.sleep(REST_SECONDS)
        processes = trees(_PROCESSES)
        rest = {name: rss_mb(pids) for name, pids in processes.items()}
        load = _highest(processes, made.ports["PORT"])
        say(f"  processes: {', '.join(f'{name} {len(pids)}' for name, pids in processes.items())}")
    return {"rss_mb": {name: {"rest": round(rest[name]), "load": round(load[name])} for name in processes}}


def _highest(processes: dict[str, list[int]], port: int) -> dict[str, float]:
    """The most that each had while messages came in."""
    highest = dict.fromkeys(processes, 0.0)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            for name, pids in processes.items():
                highest[name] = max(highest[name], rss_mb(pids))

    watcher = threading.Thread(target=watch)
    watcher.start()
    requests = messages.signed("/in/v1/scheduling")
    asyncio.run(pace(port, requests, seconds=seconds(LOAD_SECONDS), per_second=PER_SECOND))
    over.set()
    watcher.join()
    return highest


if __name__ == "__main__":
    print(json.dumps(measure()))
