"""`manage.py poll_feeds`: ask the systems that do not call us what changed, until stopped."""

from __future__ import annotations

import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections

from connectors.polling import Poller

_log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Read what changed at the systems that are polled, each change once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=0.5, help="Seconds between two rounds over the feeds.")

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        poller = Poller()
        while not stopped.is_set():
            close_old_connections()
            try:
                taken = poller.look()
            except DatabaseError:
                _log.warning("the database does not answer; what changed is read later")
                taken = 0
            if not taken:
                stopped.wait(options["every"])
        poller.close()
