"""Reference data events: what a system says of the codes it is the authority for (MFN, ERP snapshots)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from hub.core.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceEvent(Event):
    """One code of `domain`, by the sender's own `local_code`. `entity_key` is `<system>:<domain>:<local code>`."""

    domain: str
    local_code: str
    name: str = ""
    effective_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceCreated(ReferenceEvent):
    TYPE: ClassVar[str] = "reference.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChanged(ReferenceEvent):
    TYPE: ClassVar[str] = "reference.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRetired(ReferenceEvent):
    TYPE: ClassVar[str] = "reference.retired"


EVENTS: tuple[type[ReferenceEvent], ...] = (ReferenceCreated, ReferenceChanged, ReferenceRetired)
