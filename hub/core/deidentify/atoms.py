"""A payload taken apart: the pieces that may be replaced, and how each is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a value is, and so what takes its place."""

    #: Structure, codes, amounts, numbers of ours: nothing about a person.
    KEEP = auto()
    NAME = auto()
    STREET = auto()
    CITY = auto()
    #: Moved with all others by the same whole weeks.
    DATE = auto()
    #: A date that names a person, as their birth does: moved too, and its original may stand nowhere.
    BIRTH = auto()
    #: Words in which anybody may have written anything: dropped.
    TEXT = auto()
    #: Everything else: letters for letters, digits for digits.
    SHAPE = auto()


@dataclass(frozen=True, slots=True)
class Atom:
    """One value of a payload, or what stands between two of them (kept). `place` is the address of a value."""

    text: str
    kind: Kind = Kind.KEEP
    place: str = ""


class Unreadable(ValueError):
    """The payload has no shape in which it could be told what is about a person."""
