"""X12: elements by segment and, where it matters, by whom the loop is about. Unknown segments are masked whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.core.masking.base import MASK, NOTHING_SHOWN, Rule, but, hidden_lines, only

_SHOWN = only()
# Claim, control and trace numbers are the business keys of a journey and stay.
_RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            *("GS", "ST", "SE", "GE", "IEA", "TA1", "BHT", "HL", "TRN", "CUR", "DTM", "DTP", "LX", "TS2", "TS3"),
            *("CLP", "CAS", "MIA", "MOA", "AMT", "QTY", "SVC", "LQ", "PLB", "PRV", "CLM", "CN1", "SV1", "SV2"),
            *("SV5", "SVD", "LIN", "CTP", "OI", "AK1", "AK2", "AK3", "AK5", "AK9", "IK3", "IK5", "CTX", "EQ"),
            *("EB", "AAA", "HSD", "LS", "LE", "HCP", "UM", "HCR", "CRC", "CL1", "PS1"),
        ),
        _SHOWN,
    ),
    "ISA": only(2, 4),  # credentials of the interchange
    "AK4": only(4),  # a copy of the element that was wrong
    "IK4": only(4),
    "STC": only(12),  # free text
    "BPR": only(8, 9, 14, 15),  # bank accounts
    "SBR": only(3, 4),  # group number and name
    "PAT": but(1, 2),
    "INS": but(1, 2),
    "DMG": but(1),
    "PER": but(1, 3, 5, 7),
    "NTE": but(1),
    "PWK": but(1, 2, 5),
}
# NM101 and N101 (data element 98) of organizations and caregivers; whoever else a loop is about may be a patient.
_KNOWN_PARTIES = frozenset(
    "1P 2B 40 41 71 72 73 77 80 82 85 87 DD DK DN DQ FA GP LI P3 P4 P5 PE PR QB TL TT X3".split()
)
# By party: who it is, in names and addresses.
_PERSON: dict[str, Rule] = {
    "NM1": only(3, 4, 5, 6, 7, 9, 10, 12),
    "N1": only(2, 4),
    "N2": NOTHING_SHOWN,
    "N3": NOTHING_SHOWN,
    "N4": but(2, 4),
}
# Segments that begin something new, whose party is not known yet.
_BEGINNINGS = frozenset({"ST", "HL", "CLM", "CLP"})
# REF01 (data element 128): numbers of claims, payers and providers. All others, SY and 1W too, may be a person's.
_KNOWN_NUMBERS = frozenset(
    "0B 0K 1A 1B 1C 1D 1G 1H 1J 1S 2U 4N 6R 9A 9C 9F BB BT D9 E9 EI EV F2 F4 F8 FY G1 G2 G3 HPI LU LX NF PQ "
    "RB TJ VP X4".split()
)
_GAP = re.compile(r"[ \t\r\n]*")  # \s would take the control characters that delimit some interchanges
# ISA has a fixed length of 106; sixteen separators further apart than this are no ISA.
_LONGEST_ISA = 300


@dataclass(frozen=True, slots=True)
class _Delimiters:
    element: str
    component: str
    repetition: str
    terminator: str

    def leaf(self) -> re.Pattern[str]:
        """A value between component and repetition separators; blanks that only fill a width are none."""
        inner = re.escape(self.component + self.repetition)
        return re.compile(rf"[^{inner} ][^{inner}]*")


def mask_x12(text: str) -> str:
    """`text`, one or more interchanges, with segments and elements where they were.

    What stands before the first ISA, and a text without any, is masked whole.
    """
    at = text.find("ISA")
    delimiters = _delimiters(text, at) if at >= 0 else None
    if delimiters is None:
        return hidden_lines(text)
    masked = [hidden_lines(text[:at])]
    known_party, read_at = False, at
    while at < len(text):
        gap = _GAP.match(text, at)
        begin = gap.end() if gap else at
        masked.append(text[at:begin])
        if text.startswith("ISA", begin) and begin != read_at:
            delimiters, read_at = _delimiters(text, begin), begin
            if delimiters is None:
                return "".join([*masked, hidden_lines(text[begin:])])
        end = text.find(delimiters.terminator, begin)
        end = len(text) if end < 0 else end
        segment, known_party = _segment(text[begin:end], delimiters, known_party)
        masked += [segment, text[end : end + 1]]
        at = end + 1
    return "".join(masked)


def _delimiters(text: str, start: int) -> _Delimiters | None:
    """As the ISA at `start` has them: ISA11, ISA16 and the character behind it. A short ISA is read by counting."""
    element = text[start + 3 : start + 4]
    if not element or element.isalnum() or element in " \t\r\n":
        return None
    places = [start]
    for _ in range(16):
        place = text.find(element, places[-1] + 1, start + _LONGEST_ISA)
        if place < 0:
            return None
        places.append(place)
    component, terminator = text[places[16] + 1 : places[16] + 2], text[places[16] + 2 : places[16] + 3]
    if not terminator or terminator.isalnum() or element in (component, terminator):
        return None
    repetition = text[places[11] + 1 : places[11] + 2]
    return _Delimiters(element, component, "" if repetition.isalnum() else repetition, terminator)


def _segment(text: str, delimiters: _Delimiters, known_party: bool) -> tuple[str, bool]:
    """(the segment masked, whether what follows is about a known party)."""
    name, *elements = text.split(delimiters.element)
    if not re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", name):
        return hidden_lines(text), known_party
    first = elements[0] if elements else ""
    if name in ("NM1", "N1"):
        known_party = first in _KNOWN_PARTIES
    elif name in _BEGINNINGS:
        known_party = False
    if name == "HI":
        shown = [_diagnosis(value, delimiters) for value in elements]
        return delimiters.element.join([name, *shown]), known_party
    rule, leaf = _rule(name, first, known_party), delimiters.leaf()
    shown = [leaf.sub(MASK, value) if rule.hides(number) else value for number, value in enumerate(elements, 1)]
    return delimiters.element.join([name, *shown]), known_party


def _rule(name: str, first: str, known_party: bool) -> Rule:
    if name in _PERSON:
        return _SHOWN if known_party else _PERSON[name]
    if name == "REF":
        return _SHOWN if first in _KNOWN_NUMBERS else but(1)
    return _RULES.get(name, NOTHING_SHOWN)


def _diagnosis(value: str, delimiters: _Delimiters) -> str:
    """HI: the code list stays, the code does not."""
    code_list, *codes = value.split(delimiters.component)
    return delimiters.component.join([code_list if codes else MASK, *(MASK if code else "" for code in codes)])
