"""Badges: a state's label and colour travel with the state itself, so no page can show it differently.

Declare states as `ToneChoices`; a page asks for `badge_for(value, Choices)`, since the database hands back the
plain value and not the member.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Self

from django.db import models


class Tone(StrEnum):
    """What a colour says. The colours themselves are in tokens.css."""

    POSITIVE = "positive"  # done and proved
    CAUTION = "caution"  # needs a look soon
    CRITICAL = "critical"  # someone must act
    INFO = "info"  # under way by itself
    NEUTRAL = "neutral"  # at rest, nothing to do
    ACCENT = "accent"  # ours: waiting for a person here, newly arrived


@dataclass(frozen=True, slots=True)
class Badge:
    label: str
    tone: Tone = Tone.NEUTRAL
    icon: str = ""


#: Every ToneChoices by "<app>.<Class>", for templates that only have the plain value.
_registry: dict[str, type[ToneChoices]] = {}


class ToneChoices(models.TextChoices):
    """Text choices whose members carry a tone: `OPEN = "open", Tone.ACCENT, "Open"`; none may be left out."""

    tone: Tone

    def __new__(cls, value: str, tone: Tone | None = None) -> Self:
        # Optional only for type checkers, which take a look-up by value for a call of this.
        if tone is None:
            raise TypeError(f"{value!r} needs a tone")
        member = str.__new__(cls, value)
        member._value_ = value
        member.tone = tone
        return member

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _registry[choices_name(cls)] = cls

    @property
    def badge(self) -> Badge:
        return Badge(str(self.label), self.tone)


def choices_name(choices: type[Enum]) -> str:
    """The name a template uses: "exceptions.CaseState" for CaseState of exceptions/states.py."""
    package = choices.__module__.split(".")[-2:-1] or [choices.__module__]
    return f"{package[0]}.{choices.__qualname__}"


def registered() -> dict[str, type[ToneChoices]]:
    """All declared states, by name: what the gallery shows and the coverage test walks."""
    return dict(_registry)


def badge_for(value: object, choices: type[ToneChoices] | str | None = None) -> Badge:
    """The badge of `value`: a Badge, a member, or a plain value together with its choices.

    An unknown value is shown as it is, neutral: an old row must not break a page. Raises KeyError for an
    unknown name of choices.
    """
    if isinstance(value, Badge):
        return value
    if isinstance(value, ToneChoices):
        return value.badge
    known = _registry[choices] if isinstance(choices, str) else choices
    for member in known or ():
        if member.value == value:
            return member.badge
    return Badge(str(value))
