"""What makes a repeated gateway webhook the same one: the id of its event."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.translation import Identity

# The event's own id stands at the top of the body; ids of what the event is about begin otherwise.
_EVENT_ID = re.compile(rb'"id"\s*:\s*"(evt_[A-Za-z0-9_-]{1,76})"')

_API_VERSION = re.compile(rb'"api_version"\s*:\s*"([A-Za-z0-9._-]{1,20})"')


def identify(headers: Mapping[str, str], head: bytes, sha256: str) -> Identity:
    """The event id, or the body's digest where the beginning of the body shows none."""
    found = _EVENT_ID.search(head)
    if found is None:
        return Identity(f"sha256:{sha256}")
    event_id = found[1].decode()
    return Identity(event_id, event_id)


def version_of(headers: Mapping[str, str], head: bytes) -> str:
    """The API version that the event was written in, as the gateway states it."""
    found = _API_VERSION.search(head)
    return found[1].decode() if found is not None else ""
