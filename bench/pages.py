"""Server time of the console's pages with a long history, and how it grows with it.

One database holds ten million messages, a million runs and a hundred thousand open cases, another a tenth of each. Each
page is asked for by someone who sees the whole group and by someone who sees a few facilities, as it opens and as it is
narrowed, in turns against either database: p95 is the median of the rounds' p95, growth is that of the whole over that
of the tenth. Searches are for numbers that each database has, of every kind, and for some that nobody has.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from itertools import product
from typing import Any

import psycopg
from django.db import connections

from bench.lab import Lab, lab, middle, say
from bench.page_paths import Ask, paths
from bench.volume import JOURNEYS, MESSAGES_A_JOURNEY, RUNS_A_JOURNEY, Volume
from hub import embedded

ROUNDS = 5
#: Requests of each page in a round: enough that the 95th of a hundred is one of them.
REQUESTS = 40
#: The lead sees the whole group, the specialist the billing office and the acquired clinics.
READERS = ("linda", "sandra")

TENTH, WHOLE = "tenth", "hub"


def measure() -> dict[str, Any]:
    journeys = int(float(os.environ.get("BENCH_RUNS", JOURNEYS * RUNS_A_JOURNEY))) // RUNS_A_JOURNEY
    with lab() as made:
        made.start_servers(durable=False)
        started = time.perf_counter()
        _fill(made, journeys)
        filled_in = round(time.perf_counter() - started)
        messages = journeys * MESSAGES_A_JOURNEY
        say(f"  {messages:,} messages, {journeys * RUNS_A_JOURNEY:,} runs and a tenth of them, in {filled_in} s")
        figures = {database: _Pages(database, journeys) for database in (TENTH, WHOLE)}
        for _, name, pages in product(range(ROUNDS), figures[WHOLE].names, figures.values()):
            pages.measure(name)
    tenth, whole = figures[TENTH], figures[WHOLE]
    growth = {name: round(whole.p95(name) / tenth.p95(name), 2) for name in whole.names}
    return {
        "pages_volume": {"messages": messages, "runs": journeys * RUNS_A_JOURNEY, "filled_in_s": filled_in},
        "pages": {name: {"p95_ms": round(whole.p95(name), 1), "growth": growth[name]} for name in whole.names},
        "page_growth_max": max(growth.values()),
        "pages_p50_ms": {name: round(whole.p50(name), 1) for name in whole.names},
        "pages_tenth_p95_ms": {name: round(tenth.p95(name), 1) for name in tenth.names},
    }


def _fill(made: Lab, journeys: int) -> None:
    """The tenth is a copy of the database at the moment when that was all of it."""
    volume = Volume(embedded.database_url(made.var, WHOLE), journeys)
    volume.fill_a_tenth()
    connections.close_all()
    with psycopg.connect(embedded.database_url(made.var, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TENTH} TEMPLATE {WHOLE} STRATEGY file_copy")
    volume.fill_the_rest()


class _Pages:
    """The pages over one database, and the times that each round took."""

    def __init__(self, database: str, journeys: int) -> None:
        self._database = database
        self._use()
        # What beat keeps up to date.
        from exceptions.counting import fold_tallies
        from hub.kpis.services import refresh

        fold_tallies()
        refresh()
        self._paths = paths(journeys)
        self._rounds: dict[str, list[list[float]]] = {name: [] for name in self._paths}
        for asks in self._paths.values():
            _round(asks)  # nobody's first request counts

    @property
    def names(self) -> list[str]:
        return list(self._paths)

    def measure(self, name: str) -> None:
        self._use()
        self._rounds[name].append(_round(self._paths[name]))
        say(f"  {name:<8} {self._database:<6} p95 {_percentile(self._rounds[name][-1], 0.95):.0f} ms")

    def p95(self, name: str) -> float:
        return middle([_percentile(times, 0.95) for times in self._rounds[name]])

    def p50(self, name: str) -> float:
        return middle([_percentile(times, 0.50) for times in self._rounds[name]])

    def _use(self) -> None:
        """Let Django work on this database from here on."""
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = self._database


def _round(asks: Sequence[Ask]) -> list[float]:
    """The times of a round of requests, in milliseconds, by turns for each reader and address."""
    from django.contrib.auth.models import User
    from django.test import Client

    clients = []
    for username in READERS:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(User.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
        clients.append(client)
    times = []
    for number in range(REQUESTS):
        client, ask = clients[number % len(clients)], asks[number // len(clients) % len(asks)]
        started = time.perf_counter()
        answer = client.post(ask.path, ask.data) if ask.data else client.get(ask.path)
        answer.getvalue() if answer.streaming else answer.content
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code in ask.answers, f"{ask.path} answered {answer.status_code}"
    return times


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    print(json.dumps(measure()))
