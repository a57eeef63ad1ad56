"""`manage.py ingest FEED FILE…`: send files from disk through the very same way in, and say what became of each.

A file of an HL7 feed may hold several messages; every other file is one. Prints one line a message, with `--json`
one JSON object a line: message id, outcome, events, case ids. Exits 1 if anything was rejected.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.formats.hl7v2 import split_messages
from connectors.intake import Outcome, Receipt, receive, receive_stream
from connectors.listening import take
from connectors.models import Feed, Message, Transport
from connectors.selectors import FeedInfo, feed
from connectors.states import MessageState
from exceptions.models import Member
from hub.records.models import Event
from orchestration import inbound, streams

_POLL_SECONDS = 0.1


class Command(BaseCommand):
    help = "Send files from disk through a feed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("feed")
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--timeout", type=float, default=600.0, help="seconds to wait for the processing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            row = Feed.objects.get(code=options["feed"])
        except Feed.DoesNotExist as error:
            known = ", ".join(Feed.objects.values_list("code", flat=True)) or "none; run manage.py demo_seed"
            raise CommandError(f"There is no feed {options['feed']!r}; known feeds: {known}") from error
        taken = [(path, receipt) for path in options["files"] for receipt in self._send(row, path)]
        settle([receipt.message_id for _, receipt in taken], options["timeout"])
        rejected = False
        for path, receipt in taken:
            told = account(path, receipt)
            rejected |= told["outcome"] == MessageState.REJECTED
            self.stdout.write(json.dumps(told) if options["json"] else _line(told))
        if rejected:
            sys.exit(1)

    def _send(self, row: Feed, path: Path) -> Iterator[Receipt]:
        try:
            content = path.open("rb")
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        with content:
            yield from send(row, content, path.name)


def send(row: Feed, content: io.BufferedReader, name: str) -> Iterator[Receipt]:
    """Each message of the file, by the door that its feed has."""
    info: FeedInfo = feed(row.code)
    if row.transport == Transport.FILES:
        yield receive_stream(info, stream=content, headers={}, name=name)
    elif row.transport == Transport.MLLP:
        for frame in split_messages(content.read()) or [b""]:
            yield take(frame, name=name)
    else:
        yield receive(info, body=content.read(), headers={}, content_type="application/json", name=name, proven=True)


def settle(ids: list[UUID], timeout: float) -> None:
    """Process until none of these messages waits; workers may be doing the same beside us."""
    limit = time.monotonic() + timeout
    while Message.objects.filter(pk__in=ids, state=MessageState.RECEIVED).exists():
        if not (inbound.process() + streams.process_file()):
            time.sleep(_POLL_SECONDS)
        if time.monotonic() > limit:
            raise CommandError(f"Not everything was processed within {timeout:.0f} s; the workers go on with it.")


def account(path: Path, receipt: Receipt) -> dict[str, Any]:
    """What became of one message. A duplicate tells of the message that came first."""
    message = Message.objects.get(pk=receipt.message_id)
    outcome = MessageState.DUPLICATE if receipt.outcome is Outcome.DUPLICATE else MessageState(message.state)
    events = Event.objects.filter(causation_id=message.id).order_by("id").values_list("type", flat=True)
    cases = Member.objects.filter(kind="message", ref=message.id).order_by("id").values_list("case__id", flat=True)
    return {
        "file": path.name,
        "message_id": str(message.id),
        "outcome": str(outcome.value),
        "code": message.code,
        "detail": message.detail,
        "events": list(events),
        "case_ids": [str(case) for case in cases],
    }


def _line(told: dict[str, Any]) -> str:
    counts = f"{len(told['events'])} events, {len(told['case_ids'])} cases"
    reason = f"  {told['code']}: {told['detail']}" if told["code"] else ""
    return f"{told['message_id']}  {told['outcome']:<10} {told['file']}  {counts}{reason}"
