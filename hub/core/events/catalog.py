"""The catalog of canonical events, by entity."""

from __future__ import annotations

from hub.core.events import appointment, charge, claim, encounter, payment
from hub.core.events.base import Event

_ALL: tuple[type[Event], ...] = (
    *appointment.EVENTS,
    *encounter.EVENTS,
    *charge.EVENTS,
    *claim.EVENTS,
    *payment.EVENTS,
)

BY_TYPE: dict[str, type[Event]] = {event.TYPE: event for event in _ALL}
