"""A second opinion on what we write: pyx12, which validates against the maps of the implementation guides."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyx12.params
import pyx12.x12n_document


def complaints(document: bytes) -> list[str]:
    """What pyx12 finds wrong with `document`; an empty list means that it accepts it."""
    accepted, found = _judged(document)
    return [] if accepted else [json.dumps(found) or "refused"]


def element_complaints(document: bytes, maps: Path) -> list[str]:
    """What pyx12 finds wrong with single elements, by the `maps` given."""
    _, found = _judged(document, maps)
    return [error["err_str"] for element in _all(found, "elements") for error in element["errors"]]


def _judged(document: bytes, maps: Path | None = None) -> tuple[bool, dict[str, Any]]:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    found = io.StringIO()
    accepted = pyx12.x12n_document.x12n_document(
        pyx12.params.params(), io.StringIO(document.decode("ascii")), fd_997=None, fd_html=None, fd_json=found,
        map_path=str(maps) if maps else None,
    )  # fmt: skip
    return accepted, json.loads(found.getvalue() or "{}")


def _all(found: object, name: str) -> Iterator[dict[str, Any]]:
    """Every object in a list called `name`, however deep."""
    if isinstance(found, dict):
        yield from found.get(name, ())
    children = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    for child in children:
        yield from _all(child, name)


def maps_with_277(folder: Path) -> Path:
    """pyx12's maps in `folder`, with the 277 (X212) that it carries and leaves out of its index.

    It cannot follow the loops of that map; what it says of elements holds.
    """
    for source in files("pyx12").joinpath("map").iterdir():
        if source.name.endswith((".xml", ".xsd")):
            (folder / source.name).write_bytes(source.read_bytes())
    index = folder / "maps.xml"
    standing = '<map vriic="005010X214" fic="HN" abbr="277">277.5010.X214.xml</map>'
    added = '<map vriic="005010X212" fic="HN" abbr="277">277.5010.X212.xml</map>'
    text = index.read_text(encoding="utf-8")
    assert standing in text
    index.write_text(text.replace(standing, f"{standing}\n{added}"), encoding="utf-8")
    return folder
