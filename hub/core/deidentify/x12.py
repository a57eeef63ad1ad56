"""X12 taken apart by its own delimiters; what an element is depends on its segment and, in some, its qualifier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.core.deidentify.atoms import Atom, Kind, Unreadable
from hub.core.deidentify.synthetic import looks_like_date
from hub.core.masking import x12 as masking
from hub.core.masking.values import Show

#: The sixteenth element of the ISA is the component separator; the segment terminator follows it (X12.5).
_ELEMENTS_OF_ISA = 16
#: NM101 of whoever is no patient: masking shows them in the clear.
_PERSON = "1"

_Elements = Mapping[int, Kind]
_FIELDS: Mapping[str, _Elements] = {
    "ISA": {2: Kind.SHAPE, 4: Kind.SHAPE, 9: Kind.DATE, 13: Kind.SHAPE},
    "IEA": {2: Kind.SHAPE},
    "TA1": {1: Kind.SHAPE, 2: Kind.DATE},
    "GS": {4: Kind.DATE, 6: Kind.SHAPE},
    "GE": {2: Kind.SHAPE},
    "AK1": {2: Kind.SHAPE},
    "BHT": {3: Kind.SHAPE, 4: Kind.DATE},
    "BPR": {7: Kind.SHAPE, 9: Kind.SHAPE, 13: Kind.SHAPE, 15: Kind.SHAPE, 16: Kind.DATE},
    "TRN": {2: Kind.SHAPE},
    "DTM": {2: Kind.DATE},
    "DTP": {3: Kind.DATE},
    "CLP": {1: Kind.SHAPE, 7: Kind.SHAPE},
    "CLM": {1: Kind.SHAPE},
    "DMG": {2: Kind.BIRTH},
    "PAT": {6: Kind.BIRTH},
    "PLB": {2: Kind.DATE, 3: Kind.KEEP},
    "STC": {2: Kind.DATE, 12: Kind.TEXT},
    "SBR": {3: Kind.SHAPE, 4: Kind.NAME},
    "N2": {1: Kind.NAME, 2: Kind.NAME},
    "N3": {1: Kind.STREET, 2: Kind.STREET},
    "N4": {1: Kind.CITY, 3: Kind.SHAPE},
    "PER": {2: Kind.NAME, 4: Kind.SHAPE, 6: Kind.SHAPE, 8: Kind.SHAPE},
    "NTE": {2: Kind.TEXT},
    "MSG": {1: Kind.TEXT},
    "K3": {1: Kind.TEXT},
    "PWK": {6: Kind.SHAPE},
    "HCR": {2: Kind.SHAPE},
    "IK4": {4: Kind.SHAPE},
    "AK4": {4: Kind.SHAPE},
    "TS3": {3: Kind.DATE},
    "RDM": {2: Kind.NAME, 3: Kind.SHAPE},
}
#: Segments of codes and amounts, which masking hides for what they say of a person it does not name any more.
_CODES = frozenset(
    """
    AAA AMT CAS CL1 CN1 CR1 CR2 CR3 CR5 CR6 CRC CTP CUR DMG EB EQ HCP HI HL HSD III INS LIN LQ LX MEA MIA MOA N1 OI PAT
    PRV PS1 PWK QTY SBR SV1 SV2 SV3 SV5 SVC SVD TOO TS2 TS3 UM N4 PER HCR RDM BPR TRN
    """.split()
)


def looks_like(text: str) -> bool:
    return masking.looks_like(text)


def write(atoms: Iterator[Atom]) -> str:
    return "".join(atom.text for atom in atoms)


def atoms(text: str) -> Iterator[Atom]:
    """Every interchange of a file has delimiters of its own."""
    at, separator, component, terminator = 0, "*", ":", "~"
    while at < len(text):
        blank = re.compile(r"\s*").match(text, at)
        if blank is not None and blank.end() > at:
            yield Atom(text[at : blank.end()])
            at = blank.end()
            continue
        if text.startswith("ISA", at):
            separator, component, terminator = _delimiters(text, at)
        end = text.find(terminator, at)
        end = len(text) if end < 0 else end
        yield from _segment(text[at:end], separator, component)
        if end < len(text):
            yield Atom(terminator)
        at = end + 1


def _delimiters(text: str, start: int) -> tuple[str, str, str]:
    """By counting, since a faulty ISA may have elements of other widths. Raises Unreadable where it is not whole."""
    separator, place = text[start + 3 : start + 4], start
    for _ in range(_ELEMENTS_OF_ISA):
        place = text.find(separator, place + 1) if separator else -1
        if place < 0:
            raise Unreadable("Its ISA is not whole.")
    if len(text) < place + 3:
        raise Unreadable("Its ISA is not whole.")
    return separator, text[place + 1], text[place + 2]


def _segment(segment: str, separator: str, component: str) -> Iterator[Atom]:
    name, *elements = segment.split(separator)
    name = name.strip()
    known = re.fullmatch("[A-Z][A-Z0-9]{1,2}", name)
    yield Atom(name) if known else Atom(name, Kind.SHAPE, "?")
    for number, element in enumerate(elements, 1):
        yield Atom(separator)
        kind = _kind(name, number, elements)
        place = f"{name}{number:02}"
        if name == "ISA" or kind in (Kind.STREET, Kind.NAME, Kind.CITY, Kind.TEXT):
            yield Atom(element, kind, place)
            continue
        for piece in re.split(f"({re.escape(component)})", element):
            of_day = Kind.DATE if name == "HI" and looks_like_date(piece) else kind
            yield Atom(piece) if piece == component else Atom(piece, of_day, place)


def _kind(name: str, number: int, elements: list[str]) -> Kind:
    qualifier = elements[0]
    named = _FIELDS.get(name, {}).get(number)
    if name == "NM1":
        return _of_name(number, elements)
    if name == "REF":
        return _of_reference(number, qualifier)
    if named is not None:
        return named
    clear = name in _CODES or masking.shown(name, number, qualifier) is Show.ALL
    return Kind.KEEP if clear else Kind.SHAPE


def _of_name(number: int, elements: list[str]) -> Kind:
    """Persons go by another name; organizations keep theirs where they are no patient's."""
    staff = masking.shown("NM1", 3, elements[0]) is Show.ALL
    if number in (3, 4, 5):
        return Kind.KEEP if staff and (len(elements) < 2 or elements[1] != _PERSON) else Kind.NAME
    return Kind.SHAPE if number == 9 and not staff else Kind.KEEP


def _of_reference(number: int, qualifier: str) -> Kind:
    if number == 2:
        return Kind.KEEP if masking.shown("REF", 2, qualifier) is Show.ALL else Kind.SHAPE
    return Kind.TEXT if number == 3 else Kind.KEEP
