"""Identifiers: time-ordered UUIDs, so that rows, indexes and partitions follow arrival."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562): strictly increasing within one process, milliseconds across processes."""
    return _uuid7()


def uuid7_floor(moment: datetime) -> UUID:
    """The smallest UUIDv7 of `moment`: the bound of a time partition or of a time filter on ids."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x2 << 62))


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
