"""Canonical events: what a message means, in words that every system shares."""

from hub.core.events.base import Classification, Event, classification, coded_fields
from hub.core.events.catalog import BY_TYPE
from hub.core.events.codec import from_json, to_json

__all__ = ["BY_TYPE", "Classification", "Event", "classification", "coded_fields", "from_json", "to_json"]
