"""One stage of a journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hub.ui.badges import Tone


@dataclass(frozen=True, slots=True)
class Stop:
    """One stage; `gap` is the time since the stage before, and without a tone it has not been reached."""

    title: str
    anchor: str
    at: datetime | None
    amount: Decimal | None
    tone: Tone | None
    words: str = ""
    gap: str = ""
