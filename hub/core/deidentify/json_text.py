"""JSON taken apart; written again without its blanks. Numbers stay as they were written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hub.core.deidentify.atoms import Atom, Kind, Unreadable
from hub.core.deidentify.names import kind_of

#: `Patient/123`, `urn:uuid:…`, `http://…/Patient/123`: what leads to a resource stays, its number goes.
_REFERENCE = re.compile(r"(urn:uuid:|urn:oid:|#|(?:https?://.*/|[A-Za-z]+/|.*/))?([^/]*)")
_DIV = re.compile(r"(<div[^>]*>)(.*)(</div>)", re.DOTALL)


#: FHIR resources that are no persons, and what of them is kept.
_OF_HOUSE = frozenset({"Organization", "Location", "HealthcareService", "InsurancePlan"})
_HOUSE_PLACE = re.compile(r"/(?:name|identifier/\d+/value)$")


class _Number(str):
    __slots__ = ()


def looks_like(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def atoms(text: str) -> Iterator[Atom]:
    """Raises Unreadable for what is no JSON: what is broken hides where its values begin."""
    try:
        document = json.loads(text, parse_float=_Number, parse_int=_Number)
    except (ValueError, RecursionError) as error:
        raise Unreadable("It is no JSON.") from error
    yield from _value(document, "")


def _value(value: Any, pointer: str, *, of_house: bool = False) -> Iterator[Atom]:
    """`of_house` is what describes no person: its names and identifiers are codes to be mapped."""
    if isinstance(value, dict):
        house = of_house or value.get("resourceType") in _OF_HOUSE
        named = ((json.dumps(key) + ":", f"{pointer}/{key}", item) for key, item in value.items())
        yield from _members("{}", named, of_house=house)
    elif isinstance(value, list):
        numbered = (("", f"{pointer}/{index}", item) for index, item in enumerate(value))
        yield from _members("[]", numbered, of_house=of_house)
    elif isinstance(value, _Number):
        yield Atom(str(value), kind_of(pointer, value, number=True), pointer)
    elif isinstance(value, str):
        yield Atom('"')
        kept = of_house and _HOUSE_PLACE.search(pointer)
        yield from (Atom(value, place=pointer),) if kept else _text(value, pointer)
        yield Atom('"')
    else:
        yield Atom(json.dumps(value))


def write(atoms: Iterator[Atom]) -> str:
    return "".join(json.dumps(atom.text, ensure_ascii=False)[1:-1] if atom.place else atom.text for atom in atoms)


def _members(brackets: str, members: Iterator[tuple[str, str, Any]], *, of_house: bool) -> Iterator[Atom]:
    yield Atom(brackets[0])
    for count, (lead, pointer, value) in enumerate(members):
        yield Atom(("," if count else "") + lead)
        yield from _value(value, pointer, of_house=of_house)
    yield Atom(brackets[1])


def _text(value: str, pointer: str) -> Iterator[Atom]:
    """A string's own characters; `write` escapes them."""
    name = pointer.rpartition("/")[2]
    if name == "div" and (found := _DIV.fullmatch(value)):
        yield from (
            Atom(found[1], place=pointer), Atom(found[2], Kind.TEXT, pointer), Atom(found[3], place=pointer)
        )  # fmt: skip
        return
    if name in {"reference", "fullUrl"} and (found := _REFERENCE.fullmatch(value)):
        yield Atom(found[1] or "", place=pointer)
        yield Atom(found[2], Kind.SHAPE, pointer)
        return
    yield Atom(value, kind_of(pointer, value), pointer)
