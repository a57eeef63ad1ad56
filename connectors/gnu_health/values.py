"""Tryton's JSON: times as objects, in UTC and without a zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def time_json(moment: datetime) -> dict[str, str | int]:
    utc = moment.astimezone(UTC)
    return {"__class__": "datetime", **{name: getattr(utc, name) for name in _PARTS}}


def time_of(value: Mapping[str, Any]) -> datetime:
    """Raises KeyError, TypeError or ValueError for what is no time of Tryton's."""
    year, month, day, hour, minute, second, microsecond = (int(value[name]) for name in _PARTS)
    return datetime(year, month, day, hour, minute, second, microsecond, UTC)
