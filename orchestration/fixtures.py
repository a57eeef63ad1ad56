"""A message made into a test fixture: without the persons in it, and understood or refused as the message itself is.

Both are shown before anything is given: that nothing of a person is left (`hub.core.deidentify`), and that the copy
meets the same end, by reading both anew with the mappings of today.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from random import Random
from uuid import UUID

from django.db import transaction

from connectors.clearinghouse.files import transaction_of
from connectors.clearinghouse.remittances import check_remittance
from connectors.models import Message
from connectors.selectors import FeedInfo, feed, read_body
from connectors.translation import Incoming
from hub.core.deidentify import Clean, Unproven, Unreadable, deidentified
from hub.core.errors import BusinessRefusal, Failure
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission
from hub.masterdata.crosswalk import snapshot
from orchestration.understanding import incoming, resolve

_ENDINGS = {"json": "json", "hl7v2": "hl7", "x12": "edi", "table": "csv"}
#: By chance a made-up value or a moved day may meet another end; then others are made up.
_TRIES = 4
#: What our own code raises for input that nobody planned for: such a message is the one that wants a fixture most.
_SURPRISES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class End:
    """What reading a message comes to: the events it means, up to the failure that ends it."""

    events: tuple[str, ...]
    failure: str = ""

    def __str__(self) -> str:
        return self.failure or f"understood: {', '.join(self.events) or 'no events'}"


@dataclass(frozen=True, slots=True)
class Fixture:
    """`held_for` is what the message itself is held for: empty, or another than `end` where that lay outside of it."""

    name: str
    body: bytes
    content_type: str
    replaced: int
    end: End
    held_for: str


def make_fixture(*, message_id: UUID, actor: Actor, reason: str, chance: Random | None = None) -> Fixture:
    """A de-identified copy of a message; who asked and why stays in the audit.

    Raises Message.DoesNotExist, PermissionDenied, and BusinessRefusal where the copy cannot be proved clean or does
    not meet the end of its original. `chance` is for tests.
    """
    message = Message.objects.get(pk=message_id)
    access.require(actor, Permission.MAKE_FIXTURES, message.facility)
    if not reason.strip():
        raise BusinessRefusal("reason-missing", "Say what the fixture is for, for those who read this later.")
    body = _body(message)
    info = feed(message.feed_code)
    end = end_of(body, message, info)
    clean = _alike(body, end, message, info, chance)
    with transaction.atomic():
        audit.record(
            actor=actor,
            action="message.fixture",
            object_kind="message",
            object_id=str(message_id),
            facility=message.facility,
            reason=reason,
            after={"feed": message.feed_code, "bytes": len(clean.body), "replaced": clean.replaced, "end": str(end)},
        )
    held_for = message.code if message.code != end.failure else ""
    name = f"{message.feed_code}-{end.failure or 'understood'}.{_ENDINGS[clean.shape]}"
    return Fixture(name, clean.body, message.content_type, clean.replaced, end, held_for)


def _body(message: Message) -> bytes:
    body = b"" if message.duplicate_of else read_body(message)
    if not body:
        raise BusinessRefusal(
            "payload-not-here",
            "No payload is kept with this message.",
            hint="A repetition's is kept with the message that it repeats; a purged one is gone.",
        )
    return body


def _alike(body: bytes, end: End, message: Message, info: FeedInfo, chance: Random | None) -> Clean:
    """A clean copy that meets the same end. Raises BusinessRefusal where none can be made."""
    for _ in range(_TRIES):
        try:
            clean = deidentified(body, chance=chance)
        except (Unreadable, Unproven) as refusal:
            raise BusinessRefusal(
                "not-provably-clean",
                f"{refusal} So nothing is given.",
                hint="Break the glass, copy the structure by hand, and write the values yourself.",
            ) from refusal
        if end_of(clean.body, message, info) == end:
            return clean
    raise BusinessRefusal(
        "fixture-fails-otherwise",
        f"The message ends with “{end}”; without the persons in it, it would end otherwise. So nothing is given.",
        hint="What fails hangs on a value that names a person: write a fixture with a made-up one by hand.",
    )


def end_of(body: bytes, message: Message, info: FeedInfo) -> End:
    """What reading `body` comes to where it came in place of the message's own, with the mappings of today."""
    arrived = dataclasses.replace(incoming(message, info), body=body, open_body=None)
    crosswalk = snapshot(fresh=True)
    events: list[str] = []
    try:
        _check(arrived, info)
        for event in info.connector.translate(arrived):
            events.append(resolve(event, info.system, crosswalk).TYPE)
    except Failure as failure:
        return End(tuple(events), failure.code)
    except _SURPRISES as surprise:
        return End(tuple(events), f"unexpected-{type(surprise).__name__}")
    return End(tuple(events))


def _check(arrived: Incoming, info: FeedInfo) -> None:
    """A remittance is checked whole before any of it counts."""
    if info.connector.streams and transaction_of(arrived) == "835":
        check_remittance(arrived)
