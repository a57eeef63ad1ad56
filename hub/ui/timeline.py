"""The timeline: what happened to one thing, by whom, newest or oldest first as the page gives it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.ui.badges import Tone


@dataclass(frozen=True, slots=True)
class TimelineItem:
    at: datetime
    title: str
    text: str = ""
    actor: str = ""
    icon: str = "circle-dot"
    tone: Tone = Tone.NEUTRAL
    url: str = ""
    #: Words of a person, shown as a quotation.
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stop of a journey from left to right; without a tone it has not been reached."""

    title: str
    note: str = ""
    at: datetime | None = None
    tone: Tone | None = None
    url: str = ""
