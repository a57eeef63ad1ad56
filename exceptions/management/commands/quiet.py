"""`manage.py quiet`: wait until nothing is under way. Exits 1 where something still is after the timeout.

What waits for an event or a person (a decision, a paused system or feed) is at rest. What goes on by itself is not,
even where it must first wait for a system that is down.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections

from connectors.models import Delivery, Feed, Message, System
from connectors.states import DELIVERY_OPEN, FeedState, MessageState, SystemState
from exceptions.models import Case
from exceptions.states import CaseState
from orchestration.models import Call, Run
from orchestration.states import RunState
from orchestration.sweeps import timers_due

_POLL_SECONDS = 0.2
#: It must stay quiet this long: between two looks a wake-up may be on its way.
_STILL_SECONDS = 1.2


class Command(BaseCommand):
    help = "Wait until nothing is under way."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--timeout", type=float, default=120.0, help="seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        limit = time.monotonic() + options["timeout"]
        still_since = time.monotonic()
        busy: dict[str, int] = {}
        while time.monotonic() < limit:
            busy = under_way()
            if busy:
                still_since = time.monotonic()
            elif time.monotonic() - still_since >= _STILL_SECONDS:
                return
            time.sleep(_POLL_SECONDS)
        self.stderr.write(f"still under way: {busy}")
        sys.exit(1)


def under_way() -> dict[str, int]:
    """What could still go on, by kind. A database that is away is no sign of rest."""
    close_old_connections()
    try:
        counts = _counts()
    except DatabaseError:
        return {"database": 1}
    return {name: count for name, count in counts.items() if count}


def _counts() -> dict[str, int]:
    paused_feeds = list(Feed.objects.filter(state=FeedState.PAUSED).values_list("pk", flat=True))
    paused_systems = list(System.objects.filter(state=SystemState.PAUSED).values_list("code", flat=True))
    deliveries = Delivery.objects.filter(state__in=DELIVERY_OPEN)
    held_back = deliveries.filter(system__in=paused_systems).exclude(run_id=None)
    return {
        "messages": Message.objects.filter(state=MessageState.RECEIVED).exclude(feed_id__in=paused_feeds).count(),
        "runs": Run.objects.filter(state__in=(RunState.READY, RunState.SENDING))
        .exclude(state=RunState.SENDING, pk__in=held_back.values("run_id"))
        .count(),
        "deliveries": deliveries.exclude(system__in=paused_systems).count(),
        "timers": timers_due().count(),
        "calls": Call.objects.count(),
        "releases": Case.objects.filter(state=CaseState.RELEASING).count(),
    }
