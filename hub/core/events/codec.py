"""Events to plain JSON values and back: decimals as strings, times as ISO 8601, the rest as it is.

msgspec converts by the dataclass's own annotations, so a stored event of today's version reads back equal.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hub.core.events.base import Classification, Event, classification
from hub.core.events.catalog import BY_TYPE

_SEALED = (Classification.PII, Classification.PHI)


def to_json(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """(open fields, sealed fields): the second holds what is PII or PHI and not empty."""
    values: dict[str, Any] = msgspec.to_builtins(event)
    sealed = {name: values.pop(name) for name, kind in classification(type(event)).items() if kind in _SEALED}
    return values, {name: value for name, value in sealed.items() if value not in ("", None, [], ())}


def from_json(event_type: str, values: dict[str, Any]) -> Event:
    """The event of `event_type` with these fields. Raises msgspec.ValidationError where they do not fit."""
    event: Event = msgspec.convert(values, BY_TYPE[event_type])
    return event
