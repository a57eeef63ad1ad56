"""Requests a second of the webhook door, against a bare view that checks the same signature and inserts one row.

Same server, same workers and threads, same PostgreSQL, same requests; the two take turns, and medians are told.
No worker of the hub runs meanwhile: what becomes of an accepted message is the end-to-end figure's matter.
"""

from __future__ import annotations

import asyncio
import json
from itertools import islice

from bench import messages
from bench.lab import Lab, free_port, lab, middle, say, seconds
from bench.load import Tally, flood
from hub import launch
from hub.supervisor import Step

TURNS = 9
TURN_SECONDS = 3.0
WARM_UP_SECONDS = 2.0
BODY_BYTES = 2048


def measure() -> dict[str, float]:
    with lab() as made:
        made.start_servers()
        made.start(Step("plain-tables", launch.module("bench.plain.tables")))
        bare_port = free_port()
        made.start_hub("web")
        made.serve("bare", "bench.plain.wsgi:application", bare_port)
        return _compare(made, bare_port)


def _compare(made: Lab, bare_port: int) -> dict[str, float]:
    doors = {"hub": (made.ports["PORT"], "/in/v1/scheduling"), "bare": (bare_port, "/bare")}
    rates: dict[str, list[float]] = {name: [] for name in doors}
    for name, (port, path) in doors.items():
        _send(name, port, path, WARM_UP_SECONDS)
    length = seconds(TURN_SECONDS)
    for turn in range(TURNS):
        for name, (port, path) in doors.items():
            rates[name].append(_send(name, port, path, length).per_second)
        say(f"  turn {turn + 1}: hub {rates['hub'][-1]:.0f}/s, bare view {rates['bare'][-1]:.0f}/s")
    hub, bare = middle(rates["hub"]), middle(rates["bare"])
    return {
        "intake_ratio": round(hub / bare, 3),
        "intake_per_s": round(hub),
        "intake_bare_per_s": round(bare),
    }


def _send(name: str, port: int, path: str, length: float) -> Tally:
    """One turn; its requests are signed before the clock runs."""
    ready = list(islice(messages.signed(path, size=BODY_BYTES), int(length * 4000)))
    tally = asyncio.run(flood(port, iter(ready), seconds=length))
    if tally.refused:
        say(f"  {name} refused {tally.refused}")
    return tally


if __name__ == "__main__":
    print(json.dumps(measure()))
