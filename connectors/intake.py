"""The one way in: every transport stores what it received through here, and only then acknowledges it.

Proof of sender, size, dedupe key, sealed body, one commit, then the wake-up. A refused message is kept as well,
with its case, in the same transaction, so that nothing that reached us can vanish.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from types import MappingProxyType
from typing import BinaryIO
from uuid import UUID

import msgspec
from django.db import transaction

from connectors import throttle
from connectors.models import DedupeKey, Message, MessageChunk
from connectors.queue import messages_arrived
from connectors.selectors import FeedInfo
from connectors.spool import CHUNK_BYTES, SealedSpool
from connectors.states import MessageState
from connectors.translation import Identity
from hub.core import clock
from hub.core.errors import ConfigurationFault, DataFault, Failure, FailureClass, SecurityRefusal
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked, park
from hub.core.prepared import hot_cursor
from hub.core.sealing import vault

#: How much of a message identification may look at.
HEAD_BYTES = 16 * 1024


class Flooded(Exception):
    """More came on this feed than it takes just now; this message is not stored."""


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What intake did. For a duplicate, `message_id` is the message first accepted."""

    message_id: UUID
    outcome: Outcome
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    """`head` is the whole body, or the beginning of one that is kept in `chunks` pieces; the rest is of the whole."""

    head: bytes
    size: int
    sha256: str
    chunks: int = 0


def receive(
    feed: FeedInfo,
    *,
    body: bytes,
    headers: Mapping[str, str],
    content_type: str = "",
    name: str = "",
    proven: bool = False,
    credentials: Mapping[str, str] = MappingProxyType({}),
) -> Receipt:
    """Take one message that is whole in memory.

    `headers` has lower-case names and is kept; `credentials` are further headers that prove the sender, and are not.
    `proven` says that the transport or the operator at the machine already
    stands for the sender, so no signature is asked for. A refusal is a Receipt; only Flooded is raised for what the
    sender did.
    """
    try:
        if len(body) > feed.max_bytes:
            raise too_large(feed)
        if feed.connector.signed and not proven:
            _prove(feed, body, {**headers, **credentials})
        if len(body) > CHUNK_BYTES:
            return _receive_large(feed, BytesIO(body), headers, content_type, name)
        sha256 = hashlib.sha256(body).hexdigest()
        identity = feed.connector.identify(headers, body[:HEAD_BYTES], sha256)
    except Failure as failure:
        if failure.failure_class is FailureClass.SECURITY and throttle.too_many_refusals(feed.code):
            raise Flooded from failure
        return refuse(feed, failure, body=body, headers=headers, content_type=content_type, name=name)
    receipt = _store(feed, _Content(body, len(body), sha256), identity, headers, content_type, name)
    messages_arrived()
    return receipt


def receive_stream(
    feed: FeedInfo, *, stream: BinaryIO, headers: Mapping[str, str], content_type: str = "", name: str = ""
) -> Receipt:
    """Take one message of any size, read once from `stream`; memory does not grow with it.

    Whoever opened the stream stands for its sender.
    """
    return _receive_large(feed, stream, headers, content_type, name)


def _receive_large(
    feed: FeedInfo, stream: BinaryIO, headers: Mapping[str, str], content_type: str, name: str
) -> Receipt:
    with SealedSpool() as spool:
        whole = spool.fill(stream, feed.max_bytes)
        try:
            if not whole:
                raise too_large(feed)
            identity = feed.connector.identify(headers, spool.head[:HEAD_BYTES], spool.sha256)
        except Failure as failure:
            return refuse(
                feed, failure, body=spool.head, size=spool.size, headers=headers, content_type=content_type, name=name
            )
        receipt = _store_spool(feed, spool, identity, headers, content_type, name)
    messages_arrived()
    return receipt


def _prove(feed: FeedInfo, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises SecurityRefusal unless a sender whose secret we know signed this, and Flooded if it sends too fast.

    The rate counts proven messages only, so that nobody else can use it up.
    """
    try:
        feed.connector.verify(body, headers, feed.secrets, clock.machine_now())
    except ConfigurationFault as fault:
        # Our own mistake, and yet nobody is proven: it must never be released without a proof.
        raise SecurityRefusal(fault.code, fault.message, cause=(feed.code,), hint=fault.hint) from fault
    if not throttle.may_send(feed.code, feed.rate_per_second):
        raise Flooded


def refuse(
    feed: FeedInfo,
    failure: Failure,
    *,
    body: bytes,
    headers: Mapping[str, str],
    content_type: str = "",
    name: str = "",
    control_id: str = "",
    size: int | None = None,
) -> Receipt:
    """Keep a message that is not accepted, at most one chunk of it, with the case that says why.

    `size` is of the whole, where `body` is only its beginning; the digest is of what is kept.
    """
    kept = body[:CHUNK_BYTES]
    message = Message(
        id=uuid7(),
        feed_id=feed.id,
        feed_code=feed.code,
        received_at=clock.now(),
        state=MessageState.REJECTED,
        content_type=content_type[:60],
        headers=dict(headers),
        name=_storable(name),
        size=len(body) if size is None else size,
        sha256=hashlib.sha256(kept).hexdigest(),
        control_id=control_id,
        body=vault().seal(kept),
        code=failure.code[:60],
        detail=failure.message[:300],
        facility=feed.facility,
    )
    with transaction.atomic():
        message.save(force_insert=True)
        park(Parked(kind=Held.MESSAGE, ref=message.id, failure=failure, system=feed.system, facility=feed.facility))
    return Receipt(message.id, Outcome.REJECTED, failure)


# One statement, one round trip, one commit: the dedupe key decides, the message follows it.
_INSERT = """
WITH taken AS (
    INSERT INTO connectors_dedupekey (feed_id, key, message_id, sha256)
    VALUES (%(feed)s::bigint, %(key)s::text, %(id)s::uuid, %(sha)s::text)
    ON CONFLICT DO NOTHING RETURNING message_id
)
INSERT INTO connectors_message
    (id, feed_id, feed_code, received_at, state, content_type, headers, name, size, sha256, control_id,
     contract_version, body, chunks, code, detail, position, attempts, facility)
SELECT %(id)s::uuid, %(feed)s::bigint, %(feed_code)s::text, %(at)s::timestamptz, 'received', %(type)s::text,
       %(headers)s::jsonb, %(name)s::text, %(size)s::bigint, %(sha)s::text, %(control)s::text, '', %(body)s::bytea,
       %(chunks)s::integer, '', '', 0, 0, %(facility)s::text
  FROM taken RETURNING id
"""


def _store(
    feed: FeedInfo,
    content: _Content,
    identity: Identity,
    headers: Mapping[str, str],
    content_type: str,
    name: str,
    *,
    message_id: UUID | None = None,
) -> Receipt:
    message_id = message_id or uuid7()
    with hot_cursor() as cursor:
        cursor.run(
            _INSERT,
            {
                "id": message_id,
                "feed": feed.id,
                "feed_code": feed.code,
                "key": identity.dedupe_key,
                "at": clock.now(),
                "type": content_type[:60],
                "headers": msgspec.json.encode(headers).decode(),
                "name": _storable(name),
                "size": content.size,
                "sha": content.sha256,
                "control": identity.control_id,
                "body": None if content.chunks else vault().seal(content.head),
                "chunks": content.chunks,
                "facility": feed.facility,
            },
        )
        if cursor.fetchone() is not None:
            return Receipt(message_id, Outcome.ACCEPTED)
    return _repeated(feed, content, identity, headers, content_type, name)


def _repeated(
    feed: FeedInfo,
    content: _Content,
    identity: Identity,
    headers: Mapping[str, str],
    content_type: str,
    name: str,
) -> Receipt:
    """The key was seen before: note the repetition, or refuse other content under the same key."""
    first = DedupeKey.objects.get(feed_id=feed.id, key=identity.dedupe_key)
    if first.sha256 != content.sha256:
        reused = DataFault(
            "control-id-reused",
            "The sender used the number of an earlier message for other content.",
            cause=(feed.code,),
            hint="Ask the sender to number every message anew; then replay this one.",
        )
        return refuse(
            feed, reused, body=content.head, size=content.size, headers=headers, content_type=content_type, name=name,
            control_id=identity.control_id,
        )  # fmt: skip
    Message.objects.create(
        feed_id=feed.id,
        feed_code=feed.code,
        received_at=clock.now(),
        state=MessageState.DUPLICATE,
        content_type=content_type[:60],
        headers=dict(headers),
        name=_storable(name),
        size=content.size,
        sha256=content.sha256,
        control_id=identity.control_id,
        duplicate_of=first.message_id,
        facility=feed.facility,
    )
    return Receipt(first.message_id, Outcome.DUPLICATE)


def _store_spool(
    feed: FeedInfo, spool: SealedSpool, identity: Identity, headers: Mapping[str, str], content_type: str, name: str
) -> Receipt:
    """One piece lies in the message's own row, more of them beside it, all in one commit."""
    chunks = spool.pieces if spool.pieces > 1 else 0
    content = _Content(spool.head, spool.size, spool.sha256, chunks)
    message_id = uuid7()
    with transaction.atomic():
        receipt = _store(feed, content, identity, headers, content_type, name, message_id=message_id)
        if chunks and receipt.outcome is Outcome.ACCEPTED:
            for index, sealed in enumerate(spool.sealed()):
                MessageChunk.objects.create(message_id=message_id, index=index, body=sealed)
    return receipt


def _storable(name: str) -> str:
    """A file name as a column takes it. It may be no Unicode at all; then it is told as well as can be."""
    return name.encode(errors="replace").decode()[:200]


def too_large(feed: FeedInfo) -> Failure:
    return DataFault(
        "message-too-large",
        f"A message of this feed may have {feed.max_bytes} bytes.",
        cause=(feed.code,),
        hint="Have the sender split it, or raise the feed's limit.",
    )
