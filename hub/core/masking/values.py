"""The pieces that a payload is laid out in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

#: hub.ui draws runs of it as one masked field.
BULLET = "\u2022"
#: Stands for a hidden value, whatever its length: lengths tell something too.
HIDDEN = BULLET * 3
#: Of an account number this much stays: enough to tell two apart, too little to name one.
_TAIL = 4


class Show(Enum):
    """How much of a value is shown."""

    ALL = auto()
    TAIL = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Value:
    """A piece of a line. `place` is where it stands (`/data/type`, `PID-5`, `CLP01`), empty for punctuation."""

    text: str
    place: str = ""
    show: Show = Show.ALL

    @property
    def masked(self) -> str:
        if self.show is Show.ALL or not self.text:
            return self.text
        if self.show is Show.TAIL and len(self.text) > 2 * _TAIL - 2:
            return HIDDEN + self.text[-_TAIL:]
        return HIDDEN


Line = tuple[Value, ...]
"""One line of a payload as it is shown."""
