"""A payload without anybody in it, that is still the same payload: for test fixtures.

Every value that masking would not show in the clear goes, and of what it shows the names, numbers and days of persons
too: names become made-up names, numbers others of the same shape, days move by the same weeks, free text is dropped.
Equal values are replaced equally, so what hangs together still does. The result is proved (`proof`): no value that
named somebody stands anywhere in it. What cannot be proved is refused. Knows HL7 v2, X12, JSON (FHIR and others) and
tables by their delimiters alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random, SystemRandom
from typing import Protocol

from hub.core.deidentify import hl7v2, json_text, tables, x12
from hub.core.deidentify.atoms import Atom, Kind, Unreadable
from hub.core.deidentify.proof import leaks, telling
from hub.core.deidentify.synthetic import Synthesis

__all__ = ["Clean", "Unreadable", "Unproven", "deidentified"]

#: Larger payloads are no fixtures: cut one down first.
MOST_BYTES = 1024 * 1024
#: A made-up name may be somebody's in the same payload; then others are made up.
_TRIES = 5


class Shape(Protocol):
    """What a format offers: telling its own, taking it apart, putting it together."""

    def looks_like(self, text: str) -> bool: ...
    def atoms(self, text: str) -> Iterator[Atom]: ...
    def write(self, atoms: Iterator[Atom]) -> str: ...


_SHAPES: tuple[tuple[str, Shape], ...] = (("json", json_text), ("hl7v2", hl7v2), ("x12", x12), ("table", tables))


class Unproven(ValueError):
    """Something that names a person could still stand in it. `places` says where it stood, never what it was."""

    def __init__(self, places: Sequence[str]) -> None:
        self.places = list(dict.fromkeys(places))
        super().__init__(f"It cannot be proved clean at {', '.join(self.places[:5])}.")


@dataclass(frozen=True, slots=True)
class Clean:
    """`replaced` counts the values that are others now."""

    body: bytes
    shape: str
    replaced: int


def deidentified(body: bytes, *, chance: Random | None = None) -> Clean:
    """`body` without the persons in it. Raises Unreadable where its shape is not known, and Unproven."""
    if len(body) > MOST_BYTES:
        raise Unreadable("It is too large for a fixture.")
    text, encoding = _decoded(body)
    name, shape = _shape_of(text)
    before = list(shape.atoms(text))
    places: list[str] = []
    for _ in range(_TRIES):
        after = _replaced(before, Synthesis(chance or SystemRandom()))
        written = shape.write(iter(after))
        # What was written is taken apart again: that a value moved into another place would show.
        places = leaks(before, list(shape.atoms(written)))
        if not places:
            changed = sum(old.text != new.text for old, new in zip(before, after, strict=True))
            return Clean(written.encode(encoding), name, changed)
    raise Unproven(places)


def _decoded(body: bytes) -> tuple[str, str]:
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return body.decode("latin-1"), "latin-1"


def _shape_of(text: str) -> tuple[str, Shape]:
    for name, shape in _SHAPES:
        if shape.looks_like(text):
            return name, shape
    raise Unreadable("It has no shape that is known here.")


def _replaced(before: Sequence[Atom], synthesis: Synthesis) -> list[Atom]:
    after = [replace(atom, text=synthesis.replaced(atom.text, atom.kind)) for atom in before]
    known = sorted((pair for pair in synthesis.known() if telling(pair[0])), key=lambda pair: -len(pair[0]))
    return [_without(atom, known) if atom.kind is Kind.KEEP and atom.place else atom for atom in after]


def _without(atom: Atom, known: Sequence[tuple[str, str]]) -> Atom:
    """A value that is kept, but for the persons' names and numbers that it repeats."""
    text = atom.text
    for original, made in known:
        if original in text.upper():
            pattern = rf"(?<![^\W_]){re.escape(original)}(?![^\W_])" if original.isalpha() else re.escape(original)
            text = re.sub(pattern, lambda _, made=made: made, text, flags=re.IGNORECASE)  # type: ignore[misc]
    return replace(atom, text=text)
