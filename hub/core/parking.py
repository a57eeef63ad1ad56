"""The one signal of parked work.

Whatever cannot go on (a message held or refused, a step parked, a lane stopped) sends `parked` inside the
transaction that parks it. `exceptions` opens or joins the case in that same transaction: if the case cannot be
written, the work is not parked either. A parked thing without a case cannot exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.dispatch import Signal

from hub.core.errors import Failure
from hub.core.money import ZERO


class Held(StrEnum):
    """What kind of thing a case holds."""

    MESSAGE = "message"
    RUN = "run"
    DELIVERY = "delivery"
    SYSTEM = "system"
    EXPECTATION = "expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """What could not go on, and why. Carries no patient data.

    `amount` is the dollars at stake; `due_at` the clock that runs out, where there is one (business time).
    """

    kind: Held
    ref: UUID | None
    failure: Failure
    system: str = ""
    facility: str = ""
    workflow: str = ""
    step: str = ""
    journey_id: UUID | None = None
    amount: Decimal = ZERO
    due_at: datetime | None = None


parked = Signal()


def park(item: Parked) -> None:
    """Announce parked work. Call it inside the transaction that parks; a receiver's error propagates."""
    parked.send(sender=Parked, item=item)


def failure_values(failure: Failure) -> dict[str, Any]:
    """The columns that a row keeps of a failure."""
    return {
        "failure_class": failure.failure_class.value,
        "code": failure.code[:60],
        "detail": failure.message[:300],
    }
