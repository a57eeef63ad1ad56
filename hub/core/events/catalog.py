"""The catalog of canonical events, by entity."""

from __future__ import annotations

from hub.core.events import (
    adjustment,
    appointment,
    authorization,
    charge,
    claim,
    coding,
    coverage,
    encounter,
    estimate,
    order,
    payment,
    reference,
    result,
)
from hub.core.events.base import Event

_ALL: tuple[type[Event], ...] = (
    *appointment.EVENTS,
    *coverage.EVENTS,
    *authorization.EVENTS,
    *estimate.EVENTS,
    *encounter.EVENTS,
    *order.EVENTS,
    *result.EVENTS,
    *charge.EVENTS,
    *coding.EVENTS,
    *claim.EVENTS,
    *adjustment.EVENTS,
    *payment.EVENTS,
    *reference.EVENTS,
)

BY_TYPE: dict[str, type[Event]] = {event.TYPE: event for event in _ALL}
