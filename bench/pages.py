"""Server time of the console's pages with a long history, and how it grows with it.

A database holds a tenth of a million runs, then all of it; each page is asked for by someone who sees the whole group
and by someone who sees a few facilities, as it opens and as it is narrowed. p95 in milliseconds is the median of
several rounds' p95; growth is the p95 of the whole over the p95 of the tenth.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from typing import Any

import psycopg

from bench.lab import lab, middle, say
from bench.volume import JOURNEYS, RUNS_A_JOURNEY, Volume
from connectors.sandbox.group import ACQUIRED
from hub import embedded

ROUNDS = 5
#: Requests of each page in a round: enough that the 95th of a hundred is one of them.
REQUESTS = 40
JOURNEY_PAGES = 20
#: The lead sees the whole group, the specialist the billing office and the acquired clinics.
READERS = ("linda", "sandra")

Figures = dict[str, dict[str, float]]


def measure() -> dict[str, Any]:
    journeys = int(float(os.environ.get("BENCH_RUNS", JOURNEYS * RUNS_A_JOURNEY))) // RUNS_A_JOURNEY
    with lab() as made:
        made.start_servers(durable=False)
        with psycopg.connect(embedded.database_url(made.var), autocommit=True) as connection:
            volume = Volume(connection, journeys)
            started = time.perf_counter()
            volume.fill_a_tenth()
            tenth = _measure_pages(journeys)
            volume.fill_the_rest()
            whole = _measure_pages(journeys)
            say(f"  {journeys * RUNS_A_JOURNEY:,} runs, in {time.perf_counter() - started:.0f} s with the measuring")
    pages = {
        name: {"p95_ms": whole[name]["p95"], "growth": round(whole[name]["p95"] / tenth[name]["p95"], 2)}
        for name in whole
    }
    return {
        "pages": pages,
        "page_growth_max": max(page["growth"] for page in pages.values()),
        "pages_p50_ms": {name: figures["p50"] for name, figures in whole.items()},
        "pages_tenth_p95_ms": {name: figures["p95"] for name, figures in tenth.items()},
    }


def _measure_pages(journeys: int) -> Figures:
    """What the beat keeps is brought up to date first, as it would be."""
    from exceptions.counting import fold_tallies
    from hub.kpis.services import refresh

    fold_tallies()
    refresh()
    figures: Figures = {}
    for name, paths in _paths(journeys).items():
        rounds = [_round(paths) for _ in range(ROUNDS + 1)][1:]
        figures[name] = {
            "p50": round(middle([_percentile(times, 0.50) for times in rounds]), 1),
            "p95": round(middle([_percentile(times, 0.95) for times in rounds]), 1),
        }
        say(f"  {name}: {figures[name]}")
    return figures


def _paths(journeys: int) -> dict[str, list[str]]:
    """The pages, each by several addresses. Journeys that both readers see, with steps, and of the tenth too."""
    from hub.records.models import Journey

    chosen = [f"A{number}" for number in range(0, journeys, 100)]
    seen = Journey.objects.filter(account_number__in=chosen, facility__in=ACQUIRED)
    found = list(seen.order_by("id").values_list("id", flat=True))
    found = found[:: max(1, len(found) // JOURNEY_PAGES)]
    return {
        "home": ["/"],
        "queue": ["/cases/", "/cases/?queue=denials", "/cases/?state=in_progress"],
        "runs": ["/runs/", "/runs/?state=parked", "/runs/?workflow=W4"],
        "journey": [f"/journeys/{journey}/" for journey in found],
    }


def _round(paths: Sequence[str]) -> list[float]:
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
        client, path = clients[number % len(clients)], paths[number // len(clients) % len(paths)]
        started = time.perf_counter()
        answer = client.get(path)
        answer.getvalue() if answer.streaming else answer.content
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
    return times


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    print(json.dumps(measure()))
