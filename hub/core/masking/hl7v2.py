"""HL7 v2, a segment a line, each field with its place (`PID-18`). Delimiters come from the MSH."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.core.masking.values import Line, Show, Value

_STARTS = ("MSH", "FHS", "BHS", "\x0bMSH")
_SEGMENTS = re.compile(r"\r\n|\r|\n")
_NAME = re.compile("[A-Z][A-Z0-9]{2}")
_EVERY = range(1, 200)

#: Fields that are clear, by segment; all others, and all other segments (Z-segments among them), are masked.
#: Numbers are those of HL7 v2.5.1. Patients, relatives, insured persons, results and free text never are.
_CLEAR: Mapping[str, frozenset[int]] = {
    **{name: frozenset(_EVERY) for name in ("FTS", "BTS", "EVN", "TQ1")},
    **{name: frozenset(_EVERY) for name in ("RGS", "AIS", "AIG", "AIL", "AIP", "MFI", "MFE")},
    # Security, and what a receiver's own words about an error may quote.
    **{name: frozenset(_EVERY) - {8} for name in ("MSH", "FHS", "BHS")},
    "MSA": frozenset({1, 2, 4, 5}),
    "ERR": frozenset({1, 2, 3, 4, 5}),
    "SCH": frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 25}),
    "PV1": frozenset({1, 2, 3, 4, 6, 7, 8, 9, 10, 14, 17, 18, 20, 36, 37, 39, 41, 44, 45}),
    "PV2": frozenset({1, 2, 4, 8, 9, 22, 23}),
    "FT1": frozenset({1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 16, 18, 20, 21, 22, 25, 26, 29}),
    "IN1": frozenset({1, 2, 3, 4, 12, 13, 15}),
    "OBR": frozenset({1, 4, 6, 7, 8, 14, 22, 24, 25}),
    "OBX": frozenset({1, 2, 3, 11, 14}),
    "ORC": frozenset({1, 5, 7, 9}),
    "PID": frozenset({1}),
    "DG1": frozenset({1, 2, 5, 6, 15}),
    "PR1": frozenset({1, 2, 3, 5, 6}),
}
#: Account and visit numbers: the tail shows.
_TAIL: Mapping[str, frozenset[int]] = {"PID": frozenset({18}), "PV1": frozenset({19, 50})}


def looks_like(text: str) -> bool:
    return text.lstrip().startswith(_STARTS)


def lines(text: str) -> Iterator[Line]:
    segments = [part for part in _SEGMENTS.split(text.strip("\x0b\x1c\r\n ")) if part]
    separator = segments[0][3:4] or "|"
    for segment in segments:
        yield tuple(_fields(segment, separator))


def _fields(segment: str, separator: str) -> Iterator[Value]:
    name, *fields = segment.split(separator)
    # A line that is no segment is text of the one before, wrapped.
    yield Value(name, name) if _NAME.fullmatch(name) else Value(name, "", Show.NOTHING)
    # In the header segments the separator itself is field 1.
    first = 2 if name in {"MSH", "FHS", "BHS"} else 1
    for number, field in enumerate(fields, first):
        yield Value(separator)
        yield Value(field, f"{name}-{number}", shown(name, number))


def shown(name: str, number: int) -> Show:
    """How much of field `number` of segment `name` is shown."""
    if number in _CLEAR.get(name, ()):
        return Show.ALL
    return Show.TAIL if number in _TAIL.get(name, ()) else Show.NOTHING
