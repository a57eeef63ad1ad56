"""Several messages stored in one statement and one commit, for a door that acknowledges many senders at once.

A commit costs the same for one message as for twenty. Each of them stands or falls alone: what cannot be taken this
way (a repetition, a refusal, a large one) goes the ordinary way, `intake.receive`, and has its own receipt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from connectors.intake import HEAD_BYTES, Outcome, Receipt, receive
from connectors.queue import messages_arrived
from connectors.selectors import FeedInfo
from connectors.spool import CHUNK_BYTES
from hub.core import clock
from hub.core.errors import Failure
from hub.core.ids import uuid7
from hub.core.prepared import hot_cursor
from hub.core.sealing import vault


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is whole in memory, and the feed that takes it; whoever opened the connection stands for it."""

    feed: FeedInfo
    body: bytes


@dataclass(frozen=True, slots=True)
class _Row:
    place: int
    id: UUID
    feed: FeedInfo
    key: str
    control_id: str
    sha256: str
    body: bytes


def receive_all(arrivals: Sequence[Arrival], *, content_type: str) -> list[Receipt]:
    """A receipt for each, in order; all of it is committed. Raises where nothing of what is new could be stored."""
    rows = [row for place, arrival in enumerate(arrivals) if (row := _row(place, arrival)) is not None]
    stored = _insert(rows, content_type) if rows else set()
    if stored:
        messages_arrived()
    taken = {row.place: Receipt(row.id, Outcome.ACCEPTED) for row in rows if row.id in stored}
    return [
        taken.get(place) or receive(arrival.feed, body=arrival.body, headers={}, content_type=content_type, proven=True)
        for place, arrival in enumerate(arrivals)
    ]


def _row(place: int, arrival: Arrival) -> _Row | None:
    """None for what must go the ordinary way."""
    if len(arrival.body) > min(arrival.feed.max_bytes, CHUNK_BYTES):
        return None
    sha256 = hashlib.sha256(arrival.body).hexdigest()
    try:
        identity = arrival.feed.connector.identify({}, arrival.body[:HEAD_BYTES], sha256)
    except Failure:
        return None
    return _Row(place, uuid7(), arrival.feed, identity.dedupe_key, identity.control_id, sha256, arrival.body)


# Keys are taken in their order, so that two batches with the same keys wait for one another and never cross.
_INSERT = """
WITH fresh AS (
    SELECT * FROM unnest(
        %(id)s::uuid[], %(feed)s::bigint[], %(feed_code)s::text[], %(key)s::text[], %(sha)s::text[],
        %(control)s::text[], %(size)s::bigint[], %(body)s::bytea[], %(facility)s::text[]
    ) WITH ORDINALITY AS given (id, feed_id, feed_code, key, sha256, control_id, size, body, facility, place)
), taken AS (
    INSERT INTO connectors_dedupekey (feed_id, key, message_id, sha256)
    SELECT feed_id, key, id, sha256 FROM fresh ORDER BY feed_id, key, place
    ON CONFLICT DO NOTHING RETURNING message_id
)
INSERT INTO connectors_message
    (id, feed_id, feed_code, received_at, state, content_type, headers, name, size, sha256, control_id,
     contract_version, body, chunks, code, detail, position, attempts, facility)
SELECT fresh.id, feed_id, feed_code, %(at)s::timestamptz, 'received', %(type)s::text,
       '{}'::jsonb, '', size, sha256, control_id, '', body, 0, '', '', 0, 0, facility
  FROM fresh JOIN taken ON taken.message_id = fresh.id
RETURNING id
"""


def _insert(rows: Sequence[_Row], content_type: str) -> set[UUID]:
    """The ids of those whose keys were free; one round trip, one commit."""
    seal = vault().seal
    with hot_cursor() as cursor:
        cursor.run(
            _INSERT,
            {
                "id": [row.id for row in rows],
                "feed": [row.feed.id for row in rows],
                "feed_code": [row.feed.code for row in rows],
                "key": [row.key for row in rows],
                "sha": [row.sha256 for row in rows],
                "control": [row.control_id for row in rows],
                "size": [len(row.body) for row in rows],
                "body": [seal(row.body) for row in rows],
                "facility": [row.feed.facility for row in rows],
                "at": clock.now(),
                "type": content_type,
            },
        )
        return {stored for (stored,) in cursor.fetchall()}
