"""Tables as text (CSV and its kin): a first line that names the columns, and rows of as many cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

from hub.core.deidentify.atoms import Atom, Unreadable
from hub.core.deidentify.names import kind_of

_DELIMITERS = ",;\t|"
_COLUMN = re.compile(r"[A-Za-z][\w .()/#-]*")


def looks_like(text: str) -> bool:
    return _delimiter(text) != ""


def _delimiter(text: str) -> str:
    """What parts the names of the columns; empty where the first line is none of names."""
    first = text.lstrip("\ufeff").partition("\n")[0].rstrip("\r")
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"') for name in first.split(delimiter)]
        if len(names) > 1 and all(map(_COLUMN.fullmatch, names)) and len(set(names)) == len(names):
            return delimiter
    return ""


def atoms(text: str) -> Iterator[Atom]:
    """Raises Unreadable where a row has another number of cells: then no column can be trusted."""
    delimiter = _delimiter(text)
    end = "\r\n" if "\r\n" in text else "\n"
    rows = list(csv.reader(StringIO(text), delimiter=delimiter))
    names = [re.sub(r"\W+", "_", name.strip()) for name in rows[0]]
    yield Atom(text.partition("\n")[0].rstrip("\r") + end)
    for row in rows[1:]:
        if row and len(row) != len(names):
            raise Unreadable("A row has other columns than the first line says.")
        for place, (name, cell) in enumerate(zip(names, row, strict=False)):
            if place:
                yield Atom(delimiter)
            yield Atom(cell, kind_of(f"/{name}", cell), f"/{name}")
        yield Atom(end)


def write(atoms: Iterator[Atom]) -> str:
    return "".join(_quoted(atom.text) if atom.place else atom.text for atom in atoms)


def _quoted(cell: str) -> str:
    if not any(character in cell for character in (*_DELIMITERS, '"', "\n", "\r")):
        return cell
    return '"' + cell.replace('"', '""') + '"'
