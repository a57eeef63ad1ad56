"""The mask, and the rule that a segment is shown by."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

MASK = "•••"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which fields of a segment are hidden: all but `shown`, or, where `hidden` is given, those alone."""

    shown: Collection[int] = ()
    hidden: Collection[int] | None = None

    def hides(self, field: int) -> bool:
        return field not in self.shown if self.hidden is None else field in self.hidden


def but(*fields: int) -> Rule:
    """Hide all fields but these."""
    return Rule(shown=frozenset(fields))


def only(*fields: int) -> Rule:
    """Hide these fields alone; without any, show the whole segment."""
    return Rule(hidden=frozenset(fields))


NOTHING_SHOWN = but()


def hidden_lines(text: str) -> str:
    """`text` masked whole, its lines where they were."""
    return re.sub(r"[^\r\n]*\S[^\r\n]*", MASK, text)
