"""Reads: feeds and systems as the hot paths need them, and stored bodies."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BufferedReader, RawIOBase
from typing import Any, BinaryIO, cast
from uuid import UUID

from connectors.base import SystemConfig
from connectors.models import Feed, Message, MessageChunk, System
from connectors.registry import Connector, connector
from connectors.states import FeedState
from hub.core import clock
from hub.core.errors import ConfigurationFault
from hub.core.sealing import open_json, vault

#: How long a process may go on with what it knows of feeds and systems.
_FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """A feed as intake needs it. `secrets` are tried in order, newest first."""

    id: int
    code: str
    system: str
    connector: Connector
    transport: str
    contract: str
    facility: str
    paused: bool
    max_bytes: int
    rate_per_second: int
    options: Mapping[str, Any]
    secrets: tuple[str, ...] = field(repr=False)


_feeds: dict[str, tuple[float, FeedInfo]] = {}
_by_transport: dict[str, tuple[float, list[str]]] = {}


def feed(code: str) -> FeedInfo:
    """The feed of this code, at most a second old. Raises Feed.DoesNotExist."""
    known = _feeds.get(code)
    tick = time.monotonic()
    if known and tick - known[0] < _FRESH_SECONDS:
        return known[1]
    row = Feed.objects.select_related("system").get(code=code)
    info = FeedInfo(
        id=row.pk,
        code=row.code,
        system=row.system.code,
        connector=connector(row.system.connector),
        transport=row.transport,
        contract=row.contract,
        facility=row.facility,
        paused=row.state == FeedState.PAUSED,
        max_bytes=row.max_bytes,
        rate_per_second=row.rate_per_second,
        options=row.options,
        secrets=secrets_of(row),
    )
    _feeds[code] = (tick, info)
    return info


def secrets_of(row: Feed) -> tuple[str, ...]:
    """The secrets that count now, the newest first: those it replaced only until their time is over."""
    kept = tuple(open_json(row.sealed_secrets) or ())
    over = row.old_secrets_until is not None and row.old_secrets_until <= clock.machine_now()
    return kept[:1] if over else kept


def feeds_by(transport: str) -> list[FeedInfo]:
    """The feeds of this transport, by code, at most a second old."""
    known = _by_transport.get(transport)
    tick = time.monotonic()
    if known is None or tick - known[0] >= _FRESH_SECONDS:
        codes = Feed.objects.filter(transport=transport).order_by("code").values_list("code", flat=True)
        known = _by_transport[transport] = (tick, list(codes))
    return [feed(code) for code in known[1]]


def forget_feeds() -> None:
    """Read every feed anew: after a change in this process, and between tests."""
    _feeds.clear()
    _by_transport.clear()


def system_config(system: System) -> SystemConfig:
    return SystemConfig(
        code=system.code,
        base_url=system.base_url,
        timeout=timedelta(seconds=system.timeout_seconds),
        options=system.options,
        secrets=open_json(system.sealed_secrets),
    )


def open_body(message: Message) -> BinaryIO:
    """The stored body as a stream, opened chunk by chunk: memory does not grow with the message."""
    return cast(BinaryIO, BufferedReader(_Chunks(_pieces(message))))


def read_body(message: Message) -> bytes:
    return b"".join(_pieces(message))


def _pieces(message: Message) -> Iterator[bytes]:
    if message.body is not None:
        yield vault().open(bytes(message.body))
    for index in range(message.chunks):
        yield vault().open(bytes(_chunk(message.id, index)))


def _chunk(message_id: UUID, index: int) -> bytes:
    try:
        return bytes(MessageChunk.objects.values_list("body", flat=True).get(message_id=message_id, index=index))
    except MessageChunk.DoesNotExist as error:
        raise ConfigurationFault(
            "payload-purged", "Part of the stored payload is gone.", hint="Ask the sender for the file again."
        ) from error


class _Chunks(RawIOBase):
    """Pieces of bytes as a raw stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
