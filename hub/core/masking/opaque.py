"""What has no known shape: shown as it is laid out, with every word masked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.core.masking.values import Line, Show, Value

_WORDS = re.compile(r"(\s+)")


def lines(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), 1):
        yield tuple(
            Value(part, f"line {number}", Show.ALL if part.isspace() else Show.NOTHING)
            for part in _WORDS.split(line)
            if part
        )
