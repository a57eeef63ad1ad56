"""Reading what changed at a far side that does not call us: the contract between a source and `connectors.polling`.

A source pages through changes; it remembers nothing. How far a feed was read, what is known already and what
happens when the far side is away is decided above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

#: A change that the far side commits late bears an earlier time than one we have seen: so much is read again.
OVERLAP = timedelta(seconds=60)
EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Change:
    """One version of one thing. `key` is what identification makes of it (`Identity.dedupe_key`).

    `at` is the far side's own time of the change. `read` gives the message's body, with what belongs to it; it may ask
    the far side, and raises a Failure where that cannot be asked.
    """

    key: str
    at: datetime
    read: Callable[[], bytes] = field(repr=False, compare=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class PollSource(Protocol):
    """A far side that is asked. Every method raises a `hub.core.errors.Failure`, never a library's error."""

    content_type: str

    @property
    def streams(self) -> Sequence[str]:
        """What is read one beside the other, each with a watermark of its own."""

    def changes(self, stream: str, since: datetime | None) -> Iterator[Sequence[Change]]:
        """Pages of what changed at or after `since`, oldest first; from the beginning where it is None."""

    def close(self) -> None:
        """Let go of connections; the next call opens them again."""


@dataclass(frozen=True, slots=True)
class PollPlan:
    """When a feed is read: the feed's `options["poll"]`, in seconds.

    `silence` is for a feed that is told by webhook as well: it is read back when nothing came for so long.
    """

    every: timedelta = EVERY
    overlap: timedelta = OVERLAP
    silence: timedelta | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> PollPlan:
        """Raises ValueError or TypeError for what is no number."""
        stated = options.get("poll", {})
        silence = stated.get("silence_seconds")
        return cls(
            every=timedelta(seconds=float(stated.get("every_seconds", EVERY.total_seconds()))),
            overlap=timedelta(seconds=float(stated.get("overlap_seconds", OVERLAP.total_seconds()))),
            silence=None if silence is None else timedelta(seconds=float(silence)),
        )
