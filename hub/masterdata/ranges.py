"""Half-open ranges of days, as PostgreSQL keeps them: from a first day to the first day that no longer counts."""

from __future__ import annotations

from datetime import date
from typing import Any


def start_of(effective: Any) -> date | None:
    """The first day; None from the beginning of time."""
    return effective.lower if effective else None


def end_of(effective: Any) -> date | None:
    """The first day that no longer counts; None for an open end."""
    return effective.upper if effective else None


def in_words(start: date | None, end: date | None) -> str:
    """A range of days as people say it."""
    if start is None and end is None:
        return "on every day"
    if end is None:
        return f"from {start} on"
    return f"until {end}" if start is None else f"from {start} until {end}"
