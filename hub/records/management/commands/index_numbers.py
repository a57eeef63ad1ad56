"""`manage.py index_numbers`: let the numbers of events that were recorded before be found. Safe to repeat."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from hub.core.events import from_json
from hub.core.sealing import open_json
from hub.records import numbers
from hub.records.models import Event

_PART = 1_000


class Command(BaseCommand):
    help = "Write the numbers of recorded events into the table that searches use, in the order of their recording."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=UUID, help="an event to go on after: what an interrupted call printed last")

    def handle(self, *args: Any, **options: Any) -> None:
        after: UUID | None = options["after"]
        while part := _part(after):
            events = [from_json(row.type, row.data | open_json(row.sealed)) for row in part]
            with transaction.atomic():
                numbers.keep(events, [row.journey_id for row in part])
            after = part[-1].pk
            self.stdout.write(str(after))


def _part(after: UUID | None) -> list[Event]:
    rows = Event.objects.order_by("id")
    return list((rows.filter(pk__gt=after) if after else rows)[:_PART])
