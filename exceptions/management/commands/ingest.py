"""`manage.py ingest FEED FILE…`: send files from disk through the very same way in, and say what became of each.

A file of an HL7 feed may hold several messages; every other file is one. Prints one line a message, with `--json`
one JSON object a line: message id, outcome, events, case ids. Exits 1 if anything was rejected.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.formats.hl7v2 import frames_of
from connectors.intake import Outcome, Receipt, receive_stream
from connectors.listening import take
from connectors.models import Feed, Message, Transport
from connectors.selectors import FeedInfo, feed
from connectors.states import MessageState
from exceptions.models import Member
from hub.records.models import Event
from orchestration import inbound, streams

_POLL_SECONDS = 0.1
_CONTENT_TYPES = {Transport.WEBHOOK: "application/json"}


class Command(BaseCommand):
    help = "Send files from disk through a feed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("feed")
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--timeout", type=float, default=600.0, help="seconds to wait for the processing")

    def handle(self, *args: Any, **options: Any) -> None:
        row = _feed(options["feed"])
        _check(options["files"])
        taken = [(path, receipt) for path in options["files"] for receipt in _send(row, path)]
        # What a paused feed takes waits until it is resumed, and nobody waits here for that.
        waiting = [] if feed(row.code).paused else [receipt.message_id for _, receipt in taken]
        done = settle(waiting, options["timeout"])
        rejected = False
        for path, receipt in taken:
            told = account(path, receipt)
            rejected |= told["outcome"] == MessageState.REJECTED
            self.stdout.write(json.dumps(told) if options["json"] else _line(told))
        if not done:
            raise CommandError(f"Not all was processed within {options['timeout']:.0f} s; the workers go on with it.")
        if rejected:
            sys.exit(1)


def _feed(code: str) -> Feed:
    try:
        return Feed.objects.get(code=code)
    except Feed.DoesNotExist as error:
        known = ", ".join(Feed.objects.values_list("code", flat=True)) or "none; run manage.py demo_seed"
        raise CommandError(f"There is no feed {code!r}; known feeds: {known}") from error


def _check(paths: Sequence[Path]) -> None:
    """Nothing is sent where one of the files cannot be read."""
    for path in paths:
        _opened(path).close()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _send(row: Feed, path: Path) -> Iterator[Receipt]:
    with _opened(path) as content:
        yield from send(row, content, path.name)


def send(row: Feed, content: BinaryIO, name: str) -> Iterator[Receipt]:
    """Each message of the file, by the door that its feed has; the operator stands for its sender."""
    info: FeedInfo = feed(row.code)
    if row.transport == Transport.MLLP:
        raw = content.read()
        for frame in frames_of(raw) or [raw]:
            yield take(frame, name=name, feeds=[info])
        return
    content_type = _CONTENT_TYPES.get(Transport(row.transport), "")
    yield receive_stream(info, stream=content, headers={}, content_type=content_type, name=name)


def settle(ids: list[UUID], timeout: float) -> bool:
    """Process until none of these messages waits; workers may be doing the same beside us. False after `timeout`."""
    limit = time.monotonic() + timeout
    while Message.objects.filter(pk__in=ids, state=MessageState.RECEIVED).exists():
        if not (inbound.process() + streams.process_file()):
            time.sleep(_POLL_SECONDS)
        if time.monotonic() > limit:
            return False
    return True


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
