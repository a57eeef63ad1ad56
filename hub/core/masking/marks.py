"""How hidden characters look."""

from __future__ import annotations

import re

#: Stands for one hidden character.
MASK = "•"
#: Stands for a hidden value; its length is the same for all, since lengths tell something too.
HIDDEN = MASK * 6
_SHOWN = 4
_DIGIT = re.compile(r"\d")
# Shorter parts of a key are step names, kinds and counters.
_SHORTEST_IDENTIFIER = 5


def identifier(value: str) -> str:
    """An identifier by its last four characters; a short one is hidden whole."""
    if not value:
        return ""
    return f"{MASK * 4}{value[-_SHOWN:]}" if len(value) > _SHOWN else MASK * 4


def keyed(key: str) -> str:
    """A key made of parts (`W3:A700311:receivable`): the parts that may be identifiers of patients are masked."""
    return ":".join(identifier(part) if _may_identify(part) else part for part in key.split(":"))


def _may_identify(part: str) -> bool:
    return len(part) >= _SHORTEST_IDENTIFIER and bool(_DIGIT.search(part))
