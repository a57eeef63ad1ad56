"""The one record of human acts: append-only, gapless, each entry sealed by the hash of the one before it.

A hash covers the entry's own values as canonical JSON and the hash before it, so a changed, missing or inserted
entry breaks every seal after it. What no chain shows by itself is a cut at its end: `head()` is what an operator
notes outside the database, and `manage.py verify_audit --expect` compares with it later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import connection, transaction

from hub.core.clock import now
from hub.governance.access import Actor
from hub.governance.models import AuditEntry

#: Serializes the chain until the transaction ends (pg_advisory_xact_lock); any constant nobody else uses.
_LOCK = 0x617564_6974
_START = "0" * 64
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: enough to notice later that the chain's end was cut off."""

    sequence: int
    hash: str


@transaction.atomic
def record(
    *,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: str,
    facility: str = "",
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write down that `actor` did `action`, in the transaction that does it.

    Call it last: from here to the commit every other act waits. `before` and `after` hold what changed, and never
    patient data.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = head()
    entry = AuditEntry(
        sequence=last.sequence + 1,
        at=now(),
        actor=actor.username,
        door=actor.door,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        facility=facility,
        reason=reason,
        before=_plain(before or {}),
        after=_plain(after or {}),
        previous_hash=last.hash,
    )
    entry.hash = _seal(entry)
    entry.save(force_insert=True)
    return entry


def head() -> Head:
    """The newest entry's number and hash; number 0 before the first act."""
    last = AuditEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return Head(*last) if last else Head(0, _START)


def verify() -> int | None:
    """The first sequence number at which the chain is broken, or None where it holds."""
    expected, previous = 1, _START
    for entry in AuditEntry.objects.order_by("sequence").iterator(chunk_size=_PAGE):
        sound = entry.sequence == expected and entry.previous_hash == previous and entry.hash == _seal(entry)
        if not sound:
            return expected
        expected, previous = expected + 1, entry.hash
    return None


def is_sound(entry: AuditEntry) -> bool:
    """Whether one entry is as it was sealed, after the entry before it."""
    before = AuditEntry.objects.filter(sequence=entry.sequence - 1).values_list("hash", flat=True).first() or _START
    return entry.previous_hash == before and entry.hash == _seal(entry)


def _seal(entry: AuditEntry) -> str:
    text = json.dumps(dict(_sealed_values(entry)), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256((entry.previous_hash + text).encode("ascii")).hexdigest()


def _sealed_values(entry: AuditEntry) -> Iterator[tuple[str, Any]]:
    yield "id", str(entry.id)
    yield "at", entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    for name in ("sequence", "actor", "door", "action", "object_kind", "object_id", "facility", "reason"):
        yield name, getattr(entry, name)
    yield "before", entry.before
    yield "after", entry.after


def _plain(value: Any) -> Any:
    """`value` in the types that JSON in PostgreSQL gives back unchanged; all others, floats too, as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    return str(value)
