"""The one way in: every transport stores what it received through here, and only then acknowledges it.

Proof of sender, size, dedupe key, sealed body, one commit, then the wake-up. A refused message is kept as well,
with its case, in the same transaction, so that nothing that reached us can vanish.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO
from uuid import UUID

import msgspec
from django.db import transaction

from connectors import throttle
from connectors.models import DedupeKey, Message, MessageChunk
from connectors.queue import messages_arrived
from connectors.selectors import FeedInfo
from connectors.states import MessageState
from connectors.translation import Identity
from hub.core import clock
from hub.core.errors import DataFault, Failure, FailureClass
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked, park
from hub.core.prepared import hot_cursor
from hub.core.sealing import vault

#: Larger bodies are kept in sealed chunks of this size, so that they can be read as a stream.
CHUNK_BYTES = 256 * 1024
#: How much of a message identification may look at.
HEAD_BYTES = 16 * 1024
#: A file stays in memory up to this size while it is received.
_SPOOL_BYTES = 4 * 1024 * 1024


class Flooded(Exception):
    """So many messages of unproven senders came on this feed that no more of them are kept; this one is not stored."""


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


def receive(
    feed: FeedInfo,
    *,
    body: bytes,
    headers: Mapping[str, str],
    content_type: str = "",
    name: str = "",
    proven: bool = False,
) -> Receipt:
    """Take one message that is whole in memory.

    `headers` has lower-case names. `proven` says that the transport or the operator at the machine already
    stands for the sender, so no signature is asked for. A refusal is a Receipt; only Flooded is raised for what the
    sender did.
    """
    try:
        if len(body) > feed.max_bytes:
            raise _too_large(feed)
        if feed.connector.signed and not proven:
            feed.connector.verify(body, headers, feed.secrets, clock.machine_now())
        sha256 = hashlib.sha256(body).hexdigest()
        identity = feed.connector.identify(headers, body[:HEAD_BYTES], sha256)
    except Failure as failure:
        if failure.failure_class is FailureClass.SECURITY and throttle.too_many_refusals(feed.code):
            raise Flooded from failure
        return refuse(feed, failure, body=body, headers=headers, content_type=content_type, name=name)
    if len(body) > CHUNK_BYTES:
        return _store_large(feed, [body], len(body), sha256, identity, headers, content_type, name)
    receipt = _store(feed, body, sha256, identity, headers, content_type, name)
    messages_arrived()
    return receipt


def receive_stream(
    feed: FeedInfo, *, stream: BinaryIO, headers: Mapping[str, str], content_type: str = "", name: str = ""
) -> Receipt:
    """Take one message of any size, read once from `stream`; memory does not grow with it.

    Whoever opened the stream stands for its sender.
    """
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        digest, size = hashlib.sha256(), 0
        while block := stream.read(CHUNK_BYTES):
            size += len(block)
            if size > feed.max_bytes:
                spool.seek(0)
                head = spool.read(CHUNK_BYTES)
                return refuse(feed, _too_large(feed), body=head, headers=headers, name=name)
            digest.update(block)
            spool.write(block)
        spool.seek(0)
        if size <= CHUNK_BYTES:
            return receive(feed, body=spool.read(), headers=headers, content_type=content_type, name=name, proven=True)
        head = spool.read(HEAD_BYTES)
        try:
            identity = feed.connector.identify(headers, head, digest.hexdigest())
        except Failure as failure:
            return refuse(feed, failure, body=head, headers=headers, content_type=content_type, name=name)
        spool.seek(0)
        blocks = iter(lambda: spool.read(CHUNK_BYTES), b"")
        return _store_large(feed, blocks, size, digest.hexdigest(), identity, headers, content_type, name)


def refuse(
    feed: FeedInfo,
    failure: Failure,
    *,
    body: bytes,
    headers: Mapping[str, str],
    content_type: str = "",
    name: str = "",
    control_id: str = "",
) -> Receipt:
    """Keep a message that is not accepted, at most one chunk of it, with the case that says why."""
    message = Message(
        id=uuid7(),
        feed_id=feed.id,
        feed_code=feed.code,
        received_at=clock.now(),
        state=MessageState.REJECTED,
        content_type=content_type[:60],
        headers=dict(headers),
        name=name[:200],
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        control_id=control_id,
        body=vault().seal(body[:CHUNK_BYTES]),
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
    body: bytes | None,
    sha256: str,
    identity: Identity,
    headers: Mapping[str, str],
    content_type: str,
    name: str,
    *,
    size: int | None = None,
    chunks: int = 0,
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
                "name": name[:200],
                "size": size if size is not None else len(body or b""),
                "sha": sha256,
                "control": identity.control_id,
                "body": vault().seal(body) if body is not None else None,
                "chunks": chunks,
                "facility": feed.facility,
            },
        )
        if cursor.fetchone() is not None:
            return Receipt(message_id, Outcome.ACCEPTED)
    return _repeated(feed, sha256, identity, headers, content_type, name, size=size, body=body)


def _repeated(
    feed: FeedInfo,
    sha256: str,
    identity: Identity,
    headers: Mapping[str, str],
    content_type: str,
    name: str,
    *,
    size: int | None,
    body: bytes | None,
) -> Receipt:
    """The key was seen before: note the repetition, or refuse other content under the same key."""
    first = DedupeKey.objects.get(feed_id=feed.id, key=identity.dedupe_key)
    if first.sha256 != sha256:
        reused = DataFault(
            "control-id-reused",
            "The sender used the number of an earlier message for other content.",
            cause=(feed.code,),
            hint="Ask the sender to number every message anew; then replay this one.",
        )
        return refuse(
            feed, reused, body=body or b"", headers=headers, content_type=content_type, name=name,
            control_id=identity.control_id,
        )  # fmt: skip
    Message.objects.create(
        feed_id=feed.id,
        feed_code=feed.code,
        received_at=clock.now(),
        state=MessageState.DUPLICATE,
        content_type=content_type[:60],
        headers=dict(headers),
        name=name[:200],
        size=size if size is not None else len(body or b""),
        sha256=sha256,
        control_id=identity.control_id,
        duplicate_of=first.message_id,
        facility=feed.facility,
    )
    return Receipt(first.message_id, Outcome.DUPLICATE)


def _store_large(
    feed: FeedInfo,
    blocks: Iterator[bytes] | list[bytes],
    size: int,
    sha256: str,
    identity: Identity,
    headers: Mapping[str, str],
    content_type: str,
    name: str,
) -> Receipt:
    message_id = uuid7()
    count = -(-size // CHUNK_BYTES)
    with transaction.atomic():
        receipt = _store(
            feed, None, sha256, identity, headers, content_type, name,
            size=size, chunks=count, message_id=message_id,
        )  # fmt: skip
        if receipt.outcome is Outcome.ACCEPTED:
            index = 0
            for block in blocks:
                for start in range(0, len(block), CHUNK_BYTES):
                    MessageChunk.objects.create(
                        message_id=message_id, index=index, body=vault().seal(block[start : start + CHUNK_BYTES])
                    )
                    index += 1
    messages_arrived()
    return receipt


def _too_large(feed: FeedInfo) -> Failure:
    return DataFault(
        "message-too-large",
        f"A message of this feed may have {feed.max_bytes} bytes.",
        cause=(feed.code,),
        hint="Have the sender split it, or raise the feed's limit.",
    )
