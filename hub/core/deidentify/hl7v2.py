"""HL7 v2 taken apart by its own delimiters. Field numbers are those of v2.5.1."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.core.deidentify.atoms import Atom, Kind
from hub.core.deidentify.synthetic import looks_like_date
from hub.core.masking import hl7v2 as masking
from hub.core.masking.values import Show

_TERMINATORS = re.compile(r"(\r\n|\r|\n)")
_HEADERS = frozenset({"MSH", "FHS", "BHS"})

#: What a field is made of: the kind of each component, by its number; components that are not named are kept.
_Parts = Mapping[int, Kind]
_NUMBER: _Parts = {1: Kind.SHAPE, 2: Kind.SHAPE}  # CX: the number and its check digit, then who issued it
_ENTITY: _Parts = {1: Kind.SHAPE}  # EI
_PERSON: _Parts = dict.fromkeys((1, 2, 3, 4, 5), Kind.NAME)  # XPN
_STAFF: _Parts = dict.fromkeys((2, 3, 4, 5, 6), Kind.NAME)  # XCN: their number is a code to be mapped
_ADDRESS: _Parts = {1: Kind.STREET, 2: Kind.STREET, 3: Kind.CITY, 5: Kind.SHAPE, 8: Kind.CITY, 9: Kind.SHAPE}  # XAD
_PHONE: _Parts = dict.fromkeys((1, 4, 5, 6, 7, 8, 9, 12), Kind.SHAPE)  # XTN
_CODE: _Parts = {}
_CODED: _Parts = {2: Kind.TEXT, 5: Kind.TEXT, 9: Kind.TEXT}  # CE, CWE: what was said beside the code
_TEXT: _Parts = dict.fromkeys(range(1, 20), Kind.TEXT)
_BIRTH: _Parts = {1: Kind.BIRTH}

_FIELDS: Mapping[str, Mapping[int, _Parts]] = {
    "MSH": {8: {1: Kind.SHAPE}, 10: _ENTITY},
    "MSA": {2: _ENTITY, 3: _TEXT},
    "ERR": {7: _TEXT, 8: _TEXT},
    "EVN": {5: _STAFF},
    "PID": {
        2: _NUMBER, 3: _NUMBER, 4: _NUMBER, 5: _PERSON, 6: _PERSON, 7: _BIRTH, 8: _CODE, 9: _PERSON, 10: _CODED,
        11: _ADDRESS, 12: {1: Kind.CITY}, 13: _PHONE, 14: _PHONE, 15: _CODED, 16: _CODED, 17: _CODED, 18: _NUMBER,
        19: _ENTITY, 20: _ENTITY, 21: _NUMBER, 22: _CODED, 23: {1: Kind.CITY}, 24: _CODE, 25: _CODE, 29: _BIRTH,
        30: _CODE, 31: _CODE, 32: _CODE, 33: {}, 34: {},
    },
    "MRG": {1: _NUMBER, 2: _NUMBER, 3: _NUMBER, 4: _NUMBER, 5: _NUMBER, 6: _NUMBER, 7: _PERSON},
    "NK1": {
        1: _CODE, 2: _PERSON, 3: _CODED, 4: _ADDRESS, 5: _PHONE, 6: _PHONE, 7: _CODED, 15: _CODE, 16: _BIRTH,
        30: _PERSON, 31: _PHONE, 32: _ADDRESS, 33: _NUMBER,
    },
    "PV1": {
        5: _NUMBER, 7: _STAFF, 8: _STAFF, 9: _STAFF, 11: _CODE, 12: _CODE, 13: _CODE, 15: _CODE, 16: _CODE, 17: _STAFF,
        19: _NUMBER, 21: _CODE, 22: _CODE, 38: _CODE, 40: _CODE, 50: _NUMBER, 51: _CODE, 52: _STAFF,
    },
    "PV2": {3: _CODED, 5: _TEXT, 12: _TEXT, 13: _STAFF},
    "GT1": {
        1: _CODE, 2: _NUMBER, 3: _PERSON, 4: _PERSON, 5: _ADDRESS, 6: _PHONE, 7: _PHONE, 8: _BIRTH, 9: _CODE, 10: _CODE,
        11: _CODED, 12: _ENTITY, 16: _PERSON, 17: _ADDRESS, 18: _PHONE, 19: _NUMBER,
    },
    "IN1": {
        5: _ADDRESS, 6: _PERSON, 7: _PHONE, 8: _ENTITY, 9: _PERSON, 10: _NUMBER, 11: _PERSON, 14: _ENTITY, 16: _PERSON,
        17: _CODED, 18: _BIRTH, 19: _ADDRESS, 20: _CODE, 21: _CODE, 22: _CODE, 36: _ENTITY, 42: _CODED, 43: _CODE,
        44: _ADDRESS, 49: _NUMBER,
    },
    "DG1": {3: _CODED, 4: _TEXT, 16: _STAFF, 17: _CODE},
    "PR1": {3: _CODED, 4: _TEXT, 8: _STAFF, 11: _STAFF, 12: _STAFF, 15: _CODED},
    "AL1": {1: _CODE, 2: _CODED, 3: _CODED, 4: _CODED, 5: _TEXT},
    "ORC": {
        2: _ENTITY, 3: _ENTITY, 4: _ENTITY, 8: _ENTITY, 10: _STAFF, 11: _STAFF, 12: _STAFF, 13: _CODE, 14: _PHONE,
        16: _CODED, 17: _CODED, 19: _STAFF, 24: _ADDRESS,
    },
    "OBR": {
        2: _ENTITY, 3: _ENTITY, 4: _CODED, 10: _STAFF, 13: _TEXT, 15: _CODE, 16: _STAFF, 17: _PHONE, 18: _ENTITY,
        19: _ENTITY, 20: _ENTITY, 21: _ENTITY, 27: _CODE, 28: _STAFF, 31: _CODED, 32: _STAFF, 33: _STAFF, 34: _STAFF,
        44: _CODED,
    },
    "OBX": {5: _TEXT, 6: _CODED, 7: _CODE, 8: _CODE, 10: _CODE, 16: _STAFF, 18: _ENTITY, 23: _CODE},
    "NTE": {1: _CODE, 2: _CODE, 3: _TEXT},
    "FT1": {2: _ENTITY, 8: _TEXT, 9: _TEXT, 19: _CODED, 20: _STAFF, 21: _STAFF, 23: _ENTITY, 24: _STAFF},
    "SCH": {
        1: _ENTITY, 2: _ENTITY, 4: _ENTITY, 6: _CODED, 7: _CODED, 12: _STAFF, 13: _PHONE, 14: _ADDRESS, 16: _STAFF,
        17: _PHONE, 18: _ADDRESS, 20: _STAFF, 21: _PHONE, 23: _ENTITY, 24: _ENTITY, 26: _ENTITY, 27: _ENTITY,
    },
    "AIP": {3: _STAFF},
    "ROL": {1: _ENTITY, 2: _CODE, 3: _CODED, 4: _STAFF, 11: _ADDRESS, 12: _PHONE},
}  # fmt: skip
#: OBX-2 whose OBX-5 is a code or a figure.
_MEASURED = frozenset({"NM", "SN", "CE", "CWE", "CNE", "IS", "ID", "SI", "TM"})


def looks_like(text: str) -> bool:
    return masking.looks_like(text)


def write(atoms: Iterator[Atom]) -> str:
    return "".join(atom.text for atom in atoms)


def atoms(text: str) -> Iterator[Atom]:
    separators = _separators(text)
    for part in _TERMINATORS.split(text):
        yield from _segment(part, separators) if part.strip("\r\n\x0b\x1c") else (Atom(part),)


def _separators(text: str) -> str:
    """Field, component, repetition and subcomponent separators, as MSH-1 and MSH-2 say."""
    start = text.lstrip("\x0b\r\n ")
    encoding = start[4:].partition(start[3:4])[0] if len(start) > 4 else ""
    whole = encoding + "^~\\&"[len(encoding) :]
    return f"{start[3:4] or '|'}{whole[0]}{whole[1]}{whole[3]}"


def _segment(segment: str, separators: str) -> Iterator[Atom]:
    separator = separators[0]
    lead, *fields = segment.split(separator)
    name = lead.strip("\x0b ")
    known = re.fullmatch("[A-Z][A-Z0-9]{2}", name)
    # A line that is no segment is text of the one before, wrapped.
    yield Atom(lead) if known else Atom(lead, Kind.TEXT, "?")
    typed = fields[1] if name == "OBX" and len(fields) > 1 else ""
    for number, field in enumerate(fields, 2 if name in _HEADERS else 1):
        yield Atom(separator)
        if name in _HEADERS and number == 2:
            yield Atom(field)
        else:
            yield from _field(field, name, number, _parts(name, number, typed), separators)


def _parts(name: str, number: int, typed: str) -> _Parts | None:
    """None for a field that is not named: then what masking shows is kept, and nothing else."""
    if (name, number) == ("OBX", 5) and typed in _MEASURED:
        return _CODED
    return _FIELDS.get(name, {}).get(number)


def _field(field: str, name: str, number: int, parts: _Parts | None, separators: str) -> Iterator[Atom]:
    component, repetition, sub = separators[1], separators[2], separators[3]
    clear = masking.shown(name, number) is Show.ALL
    position = 1
    for piece in re.split(f"([{re.escape(component + repetition + sub)}])", field):
        if piece == repetition:
            position = 1
        elif piece == component:
            position += 1
        if piece in {component, repetition, sub}:
            yield Atom(piece)
        elif piece:
            yield Atom(piece, _kind(piece, position, parts, clear), f"{name}-{number}.{position}")


def _kind(text: str, position: int, parts: _Parts | None, clear: bool) -> Kind:
    if parts is None:
        kind = Kind.KEEP if clear else Kind.SHAPE
    else:
        kind = parts.get(position, Kind.KEEP)
    return Kind.DATE if kind in (Kind.KEEP, Kind.SHAPE) and looks_like_date(text) else kind
