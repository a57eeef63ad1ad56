"""X12, a segment a line, each element with its place (`CLP01`). Delimiters come from the ISA."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.core.masking.values import Line, Show, Value

#: The ISA has sixteen elements in 106 characters (X12.5); a short one is read by counting, but not as far as this.
_ELEMENTS_OF_ISA = 16
_LONGEST_ISA = 300
#: Not every control character: some interchanges are delimited by them.
_BLANKS = " \t\r\n"
_NAME = re.compile("[A-Z][A-Z0-9]{1,2}")
_EVERY = frozenset(range(1, 100))

#: Elements that are clear, by segment; all others, and all other segments, are masked. Names, addresses, dates of
#: birth, diagnoses, bank accounts and passwords never are.
_CLEAR: Mapping[str, frozenset[int]] = {
    "ISA": _EVERY - {2, 4},
    **{name: _EVERY for name in ("IEA", "GS", "GE", "ST", "SE", "BHT", "TA1", "HL", "LX", "DTM", "DTP")},
    **{name: _EVERY for name in ("CAS", "SVC", "AMT", "QTY", "LQ", "MOA", "MIA", "PLB", "TS2", "TS3", "PRV")},
    **{name: _EVERY for name in ("AK1", "AK2", "AK3", "AK5", "AK9", "IK3", "IK5", "CTX", "CUR", "SV1")},
    # A copy of the element that was wrong, and free text.
    "AK4": _EVERY - {4},
    "IK4": _EVERY - {4},
    "STC": _EVERY - {12},
    "TRN": _EVERY - {2},
    "BPR": _EVERY - {7, 9, 13, 15},
    "N1": _EVERY,
    "CLP": _EVERY - {1},
    "CLM": _EVERY - {1},
    "NM1": frozenset({1, 2, 8}),
    "SBR": frozenset({1, 2, 9}),
    "REF": frozenset({1}),
    "N4": frozenset({2, 4}),
}
#: Patient account numbers: the tail shows. TRN02 of a 277CA is one, but for TRN01 = 1, a trace of a payment or file.
_TAIL: Mapping[str, frozenset[int]] = {"CLP": frozenset({1}), "CLM": frozenset({1}), "TRN": frozenset({2})}
#: NM101 of those who are not patients, and who are named in the clear: submitter, receiver, billing, rendering and
#: referring provider, service facility, payer, corrected priority payer, crossover carrier.
_NOT_PATIENTS = frozenset({"40", "41", "AY", "71", "72", "77", "82", "85", "87", "DN", "DQ", "PE", "PR", "TT"})
#: REF01 whose number names no person: receiver, version, location, tax id, remittance and line references.
_CLEAR_REFERENCES = frozenset({"EV", "F2", "F5", "TJ", "LU", "6R", "0B", "HPI", "1L", "87", "2U", "PQ"})


def looks_like(text: str) -> bool:
    return text.lstrip().startswith("ISA")


def lines(text: str) -> Iterator[Line]:
    at, separator, terminator = 0, "*", "~"
    while at < len(text):
        if text[at] in _BLANKS:
            at += 1
            continue
        if text.startswith("ISA", at):
            separator, terminator = _delimiters(text, at)
        end = text.find(terminator, at)
        end = len(text) if end < 0 else end
        yield *_elements(text[at:end].rstrip("\r\n"), separator), Value(text[end : end + 1].strip("\r\n"))
        at = end + 1


def _delimiters(text: str, start: int) -> tuple[str, str]:
    """(element separator, segment terminator) of the ISA at `start`; each interchange of a file has its own."""
    separator, place = text[start + 3 : start + 4], start
    if not separator or separator.isalnum() or separator in _BLANKS:
        return "*", "~"
    for _ in range(_ELEMENTS_OF_ISA):
        place = text.find(separator, place + 1, start + _LONGEST_ISA)
        if place < 0:
            return separator, "~"
    terminator = text[place + 2 : place + 3]
    return separator, "~" if not terminator or terminator.isalnum() or terminator == separator else terminator


def _elements(segment: str, separator: str) -> Iterator[Value]:
    name, *elements = segment.split(separator)
    yield Value(name, name) if _NAME.fullmatch(name) else Value(name, "", Show.NOTHING)
    for number, element in enumerate(elements, 1):
        yield Value(separator)
        yield Value(element, f"{name}{number:02}", shown(name, number, elements[0]))


def shown(name: str, number: int, qualifier: str) -> Show:
    """How much of element `number` of segment `name` is shown; `qualifier` is its first element."""
    if number in _CLEAR.get(name, ()):
        return Show.ALL
    if name == "NM1" and qualifier in _NOT_PATIENTS:
        return Show.ALL
    if (name == "TRN" and qualifier == "1") or (name == "REF" and qualifier in _CLEAR_REFERENCES):
        return Show.ALL
    return Show.TAIL if number in _TAIL.get(name, ()) else Show.NOTHING
