"""The HL7 door: which feed takes a message, and that it is stored before anything is said of it (`hl7_acks`).

Where storing fails the handler raises: no acknowledgement leaves, and the sender repeats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from connectors.formats.hl7v2 import Header, batch_faults, build_batch_ack, frames_of, is_batch, peek_header
from connectors.group_commit import Arrival, receive_all
from connectors.hl7_acks import reply_to
from connectors.intake import Receipt, receive, refuse, too_large
from connectors.models import Feed, Transport
from connectors.selectors import FeedInfo, feeds_by
from connectors.spool import CHUNK_BYTES
from connectors.transports.mllp import Reply
from hub.core import clock
from hub.core.errors import DataFault, Failure
from hub.core.ids import uuid7

_TYPE = "application/hl7-v2"


@dataclass(frozen=True, slots=True)
class _Routed:
    """A message, and the feed that takes it, or keeps it with the reason why none does."""

    body: bytes
    header: Header
    feed: FeedInfo
    failure: Failure | None


def answer(frame: bytes, peer: str) -> Reply:
    """Store one frame and return its acknowledgement. Raises where it could not be stored."""
    return answer_together([frame])[0]


def answer_together(frames: Sequence[bytes]) -> list[Reply]:
    """Store frames in one commit, and return their acknowledgements in order. Raises where they could not be stored.

    A frame that is a batch (FHS, BHS) is answered by a batch: an acknowledgement for each of its messages.
    """
    feeds = mllp_feeds()
    routed = [[_route(message, feeds) for message in _messages_of(frame)] for frame in frames]
    receipts = iter(_store([one for messages in routed for one in messages]))
    replies = [[reply_to(one.header, next(receipts)) for one in messages] for messages in routed]
    return [_whole(frame, parts, feeds) for frame, parts in zip(frames, replies, strict=True)]


def answer_oversized(head: bytes, limit: int) -> bytes:
    """Keep the beginning of a frame longer than `limit` bytes and return its AR. Raises as `answer` does."""
    routed = _route(head, mllp_feeds())
    receipt = refuse(routed.feed, too_large(routed.feed), body=head, headers={}, content_type=_TYPE, size=limit + 1)
    return reply_to(routed.header, receipt).now


def take(frame: bytes, name: str = "", feeds: Sequence[FeedInfo] = ()) -> Receipt:
    """Store one message by the first of `feeds` (every HL7 feed, if none is given) that accepts its type.

    What none of them accepts is refused and kept.
    """
    routed = _route(frame, feeds or mllp_feeds())
    if routed.failure is not None:
        return _refuse(routed, routed.failure, name)
    return receive(routed.feed, body=frame, headers={}, content_type=_TYPE, name=name)


def take_file(stream: BinaryIO, info: FeedInfo, through: FeedInfo, name: str) -> bool:
    """Store every message of a file, with or without an envelope, as if it had come over the line of `through`.

    What that line brought before is a duplicate there, so that a nightly file only fills gaps. False where the file
    was refused whole: no message is in it, or it is larger than its feed, `info`, allows. Raises where storing fails;
    the file is then taken again, and what of it was stored is a duplicate.
    """
    raw = stream.read(info.max_bytes + 1)
    frames = frames_of(raw) if len(raw) <= info.max_bytes else []
    if not frames:
        failure = too_large(info) if len(raw) > info.max_bytes else _no_message(info)
        refuse(info, failure, body=raw[:CHUNK_BYTES], headers={}, content_type=_TYPE, name=name, size=len(raw))
        return False
    for frame in frames:
        take(frame, name, [through])
    if is_batch(raw):
        _keep_if_incomplete(raw, info, name)
    return True


def mllp_feeds() -> list[FeedInfo]:
    """Raises Feed.DoesNotExist where nobody configured one: then nothing can be kept."""
    feeds = feeds_by(Transport.MLLP)
    if not feeds:
        raise Feed.DoesNotExist("no MLLP feed is configured")
    return feeds


def _messages_of(frame: bytes) -> list[bytes]:
    return frames_of(frame) if is_batch(frame) else [frame]


def _store(routed: Sequence[_Routed]) -> Iterator[Receipt]:
    """A receipt for each, in order: those that are taken in one commit, the refused each with its case."""
    arrivals = [Arrival(one.feed, one.body) for one in routed if one.failure is None]
    taken = iter(receive_all(arrivals, content_type=_TYPE))
    for one in routed:
        yield next(taken) if one.failure is None else _refuse(one, one.failure)


def _refuse(routed: _Routed, failure: Failure, name: str = "") -> Receipt:
    return refuse(
        routed.feed, failure, body=routed.body, headers={}, content_type=_TYPE, name=name,
        control_id=routed.header.control_id[:120],
    )  # fmt: skip


def _whole(frame: bytes, parts: Sequence[Reply], feeds: Sequence[FeedInfo]) -> Reply:
    """The answer to a frame: to its one message, or to its batch.

    Of a batch's messages none is answered later: it is one exchange, and its answer goes back at once.
    """
    if not is_batch(frame):
        return parts[0]
    complete = _keep_if_incomplete(frame, feeds[0])
    comment = "" if complete else "the number of messages does not match"
    acks = [part.now for part in parts if part.now]
    control_id, at = uuid7().hex[-20:], clock.machine_now()
    return Reply(build_batch_ack(frame, acks, control_id=control_id, at=at, comment=comment))


def _keep_if_incomplete(raw: bytes, info: FeedInfo, name: str = "") -> bool:
    """A batch that holds another number of messages than it states (BTS-1, FTS-1) is kept as well, with a case."""
    faults = batch_faults(raw)
    if not faults:
        return True
    failure = DataFault(
        "batch-incomplete", f"A batch arrived with another number of messages than it states: {faults[0]}.",
        cause=(info.code,), hint="Ask the sender for the batch again; what came of it was taken.",
    )  # fmt: skip
    refuse(info, failure, body=raw[:CHUNK_BYTES], headers={}, content_type=_TYPE, name=name, size=len(raw))
    return False


def _no_message(info: FeedInfo) -> Failure:
    return DataFault(
        "no-hl7-message", "The file holds no HL7 v2 message.", cause=(info.code,),
        hint="Ask the sender what it puts here.",
    )  # fmt: skip


def _route(frame: bytes, feeds: Sequence[FeedInfo]) -> _Routed:
    """The feed that accepts this type of message; the first one keeps what none accepts.

    Where several accept it, the one that names its sender (MSH-3) goes before those that name nobody, and these
    before one that names others: orders come from the EHR, and from a laboratory with what became of them.
    """
    header = peek_header(frame)
    accepting = [info for info in feeds if header.type in info.options.get("accepts", ())]
    if not accepting:
        return _Routed(frame, header, feeds[0], _not_taken(header, feeds[0]))
    info = accepting[0]
    if len(accepting) > 1:
        sender = header.decoded(header.sending_application)
        info = min(accepting, key=lambda one: _distance(sender, one))
    return _Routed(frame, header, info, None if header.control_id else _no_control_id(info))


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
