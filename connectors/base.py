"""The contract between the hub and every system it delivers to. Free of Django: clients are plain Python.

A client takes requests in batches and answers one result per request, in order. It never retries, never sleeps
and never raises for what the far side did: retry, pacing and read-back belong to `connectors.outbound`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from hub.core.errors import Failure


class Outcome(StrEnum):
    """What is known of one delivery afterwards."""

    CONFIRMED = "confirmed"  # the far side acknowledged it, or it was read back there
    REJECTED = "rejected"  # the far side took notice and refused; sending it again changes nothing
    UNCONFIRMED = "unconfirmed"  # sent, answer lost: read back before anything else
    FAILED = "failed"  # certainly without effect there; may be sent again


@dataclass(frozen=True, slots=True)
class SystemConfig:
    """How one system is reached. `secrets` never appears in logs or in repr."""

    code: str
    base_url: str
    timeout: timedelta = timedelta(seconds=10)
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """One outside effect. `posting_key` makes it happen once; `payload` is plain JSON, decimals as strings."""

    operation: str
    posting_key: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What became of one request. `reference` is the far side's own number for it (journal number, file name).

    `response` is what the far side said, as plain JSON; it is kept with the delivery and masked on view. `answer`
    is a business document that came back (a 271, a 278 response), whole: it is taken in as a message of its own.
    """

    outcome: Outcome
    reference: str = ""
    failure: Failure | None = None
    response: Mapping[str, Any] = field(default_factory=dict)
    answer: bytes = field(default=b"", repr=False)
    status: int | None = None
    elapsed: timedelta = timedelta(0)


class SystemClient(Protocol):
    """A system's wire client."""

    max_batch: int

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Deliver; one result per request, in order."""

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Look each posting key up at the far side: its confirmed result, or None where it is not there.

        A result that is not CONFIRMED means that the far side could not be asked.
        """

    def probe(self) -> DeliveryResult:
        """A harmless call that shows whether the far side is up and lets us in."""

    def close(self) -> None:
        """Let go of pooled connections."""
