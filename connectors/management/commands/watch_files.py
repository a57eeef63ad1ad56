"""`manage.py watch_files`: take files from partners' SFTP and folders until stopped."""

from __future__ import annotations

import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections

from connectors.watching import Watcher

_log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Take files that partners leave for us, each once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="Seconds between two looks.")

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        watcher = Watcher()
        while not stopped.is_set():
            close_old_connections()
            try:
                taken = watcher.look()
            except DatabaseError:
                _log.warning("the database does not answer; files stay where they are")
                taken = 0
            if not taken:
                stopped.wait(options["every"])
        watcher.close()
