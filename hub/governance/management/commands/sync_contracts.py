"""`manage.py sync_contracts [--write]`: contracts from the code to the database and, where asked, to docs/contracts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hub.governance import contracts


class Command(BaseCommand):
    help = "Store the contracts of events and feeds; --write also writes the events' schemas to docs/contracts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="Write the schema files that changed.")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in contracts.write_event_files() if options["write"] else ():
            self.stdout.write(f"written: {path}")
        self.stdout.write(f"{contracts.sync()} contracts stored")
