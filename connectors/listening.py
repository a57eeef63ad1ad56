"""The HL7 door: what an MLLP frame becomes, and how it is acknowledged.

AA once the message is committed, and again for a repetition. AR for what will never be taken (no header, a type
that no feed accepts, too large), AE for a control id used twice for different content; both are kept with a case,
of what is too large for a frame only the beginning.
Where storing fails the handler raises: no acknowledgement leaves, and the sender repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import close_old_connections

from connectors.formats.hl7v2 import AckCode, ErrorCode, Fault, Header, build_ack, peek_header
from connectors.intake import Outcome, Receipt, receive, refuse, too_large
from connectors.models import Feed, Transport
from connectors.selectors import FeedInfo, feeds_by
from hub.core import clock
from hub.core.errors import DataFault, Failure
from hub.core.ids import uuid7

_TYPE = "application/hl7-v2"


@dataclass(frozen=True, slots=True)
class _Routed:
    feed: FeedInfo
    failure: Failure | None


def answer(frame: bytes, peer: str) -> bytes:
    """Store one frame and return its acknowledgement. Raises where it could not be stored."""
    close_old_connections()
    return _acknowledge(frame, take(frame))


def answer_oversized(head: bytes, limit: int) -> bytes:
    """Keep the beginning of a frame longer than `limit` bytes and return its AR. Raises as `answer` does."""
    close_old_connections()
    routed = _route(peek_header(head), mllp_feeds())
    receipt = refuse(routed.feed, too_large(routed.feed), body=head, headers={}, content_type=_TYPE, size=limit + 1)
    return _acknowledge(head, receipt)


def take(frame: bytes, name: str = "", feeds: Sequence[FeedInfo] = ()) -> Receipt:
    """Store one message by the first of `feeds` (every HL7 feed, if none is given) that accepts its type.

    What none of them accepts is refused and kept.
    """
    header = peek_header(frame)
    routed = _route(header, feeds or mllp_feeds())
    if routed.failure is not None:
        return refuse(
            routed.feed, routed.failure, body=frame, headers={}, content_type=_TYPE, name=name,
            control_id=header.control_id[:120],
        )  # fmt: skip
    return receive(routed.feed, body=frame, headers={}, content_type=_TYPE, name=name)


def mllp_feeds() -> list[FeedInfo]:
    """Raises Feed.DoesNotExist where nobody configured one: then nothing can be kept."""
    feeds = feeds_by(Transport.MLLP)
    if not feeds:
        raise Feed.DoesNotExist("no MLLP feed is configured")
    return feeds


def _route(header: Header, feeds: Sequence[FeedInfo]) -> _Routed:
    """The feed that accepts this type of message; the first one keeps what none accepts.

    Where several accept it, the one that names its sender (MSH-3) goes before those that name nobody, and these
    before one that names others: orders come from the EHR, and from a laboratory with what became of them.
    """
    accepting = [info for info in feeds if header.type in info.options.get("accepts", ())]
    if not accepting:
        return _Routed(feeds[0], _not_taken(header, feeds[0]))
    sender = header.decoded(header.sending_application)
    info = min(accepting, key=lambda one: _distance(sender, one))
    return _Routed(info, None if header.control_id else _no_control_id(info))


def _distance(sender: str, info: FeedInfo) -> int:
    named = info.options.get("senders", ())
    return 1 if not named else 0 if sender in named else 2


def _not_taken(header: Header, info: FeedInfo) -> Failure:
    if not header.type:
        return DataFault(
            "no-hl7-header", "The frame does not begin with an MSH segment.", cause=(info.code,),
            hint="Ask the sender what it sends here; it is no HL7 v2.",
        )  # fmt: skip
    shown = header.type if header.type.isalnum() and len(header.type) <= 3 else "of another type"
    return DataFault(
        "unsupported-message-type", f"No feed takes messages of type {shown} (MSH-9).", cause=(info.code, shown),
        hint="Ask the sender to route this message type elsewhere, or configure a feed for it.",
    )  # fmt: skip


def _no_control_id(info: FeedInfo) -> Failure:
    return DataFault(
        "no-control-id", "MSH-10 is empty: a message needs a control id.", cause=(info.code,),
        hint="Ask the sender to number its messages.",
    )  # fmt: skip


_ERRORS = {
    code: Fault(words, expected, 1, "MSH", field=field, code=error)
    for code, words, expected, field, error in (
        ("no-hl7-header", "is missing", "a segment that starts with MSH", 0, ErrorCode.SEGMENT_SEQUENCE),
        ("unsupported-message-type", "is not taken here", "", 9, ErrorCode.UNSUPPORTED_TYPE),
        ("no-control-id", "is empty", "a control id", 10, ErrorCode.REQUIRED_FIELD_MISSING),
        ("control-id-reused", "was used for other content", "a new control id", 10, ErrorCode.DUPLICATE_KEY),
    )
}


def _acknowledge(frame: bytes, receipt: Receipt) -> bytes:
    if receipt.outcome is not Outcome.REJECTED:
        return build_ack(frame, AckCode.ACCEPT, control_id=_control_id(), at=clock.machine_now())
    code = receipt.failure.code if receipt.failure is not None else ""
    fault = _ERRORS.get(code, Fault(receipt.failure.message if receipt.failure else "was refused"))
    verdict = AckCode.ERROR if code == "control-id-reused" else AckCode.REJECT
    return build_ack(frame, verdict, control_id=_control_id(), at=clock.machine_now(), errors=[fault])


def _control_id() -> str:
    return uuid7().hex[-20:]
