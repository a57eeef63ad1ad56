"""Addresses of values as people write them: `PID-18`, `PID-3(2).4`, `OBX(3)-5.1.2`; in a segment `3(2).4`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_PATH = re.compile(
    r"(?:(?P<segment>[A-Z][A-Z0-9]{2})(?:\((?P<occurrence>[1-9]\d*)\))?-)?"
    r"(?P<field>[1-9]\d*)(?:\((?P<repetition>[1-9]\d*)\))?"
    r"(?:\.(?P<component>[1-9]\d*)(?:\.(?P<subcomponent>[1-9]\d*))?)?"
)


class Path(NamedTuple):
    """Everything counts from 1. `component` is 0 where the path did not name one: it is then the first."""

    segment: str
    occurrence: int
    field: int
    repetition: int
    component: int
    subcomponent: int


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Raises ValueError for a path nobody can mean: that is a mistake in our code, not in a message."""
    match = _PATH.fullmatch(text)
    if match is None:
        raise ValueError(f"not an HL7 path: {text!r}; write PID-3(2).4.1 or, within a segment, 3(2).4.1")
    parts = match.groupdict()
    return Path(
        parts["segment"] or "",
        int(parts["occurrence"] or 1),
        int(parts["field"]),
        int(parts["repetition"] or 1),
        int(parts["component"] or 0),
        int(parts["subcomponent"] or 1),
    )
