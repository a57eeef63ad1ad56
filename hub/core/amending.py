"""Putting other values into a message, place by place, with everything else left as it came.

Places are called as `hub.core.masking` calls them: JSON Pointers, and HL7 v2 fields (`PID-7`, `FT1(2)-4` of the second
FT1). A field of HL7 is replaced whole, its components as the sender would write them. Nothing else is amended: what an
X12 file says is its sender's word, balanced and counted, and is sent anew or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from hub.core.errors import DataFault

_HL7_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?:\((\d+)\))?-(\d+)")
_HEADERS = frozenset({"MSH", "FHS", "BHS"})
_TERMINATORS = re.compile(rb"\r\n|\r|\n")
_encode = msgspec.json.Encoder(decimal_format="number").encode


def is_place(place: str) -> bool:
    """Whether a value can be put there at all."""
    return place.startswith("/") or _HL7_PLACE.fullmatch(place) is not None


def amended(body: bytes, changes: Mapping[str, str]) -> bytes:
    """`body` with each place of `changes` saying what it is to say.

    Raises DataFault `place-missing` naming a place that the message does not have.
    """
    if not changes:
        return body
    if body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in {b"{", b"["}:
        return _amended_json(body, changes)
    for place, value in changes.items():
        body = _amended_hl7(body, place, value)
    return body


def value_at(body: bytes, place: str) -> str:
    """What stands there, as text; empty where nothing does. Raises DataFault as `amended`."""
    if place.startswith("/"):
        holder, name = _holder(_parsed(body), place)
        found = holder.get(name, "") if isinstance(holder, dict) else holder[_index(holder, name, place)]
        return "" if found is None else found if isinstance(found, str) else _encode(found).decode()
    start, end = _field_span(body, place)
    return body[start:end].decode("utf-8", errors="replace")


# --- JSON ---------------------------------------------------------------------------------------------------
def _amended_json(body: bytes, changes: Mapping[str, str]) -> bytes:
    document = _parsed(body)
    for place, value in changes.items():
        holder, name = _holder(document, place)
        if isinstance(holder, dict):
            holder[name] = _like(holder.get(name), value)
        else:
            index = _index(holder, name, place)
            holder[index] = _like(holder[index], value)
    return _encode(document)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise DataFault("not-json", "The message is not JSON in UTF-8: no value of it can be put right.") from error


def _holder(document: Any, pointer: str) -> tuple[Any, str]:
    """The object or list that holds the value, and the value's name in it."""
    *path, name = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    here = document
    for part in path:
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            raise _missing(pointer)
    if not name or not isinstance(here, dict | list):
        raise _missing(pointer)
    return here, name


def _index(holder: list[Any], name: str, pointer: str) -> int:
    if not name.isdecimal() or int(name) >= len(holder):
        raise _missing(pointer)
    return int(name)


def _like(standing: Any, text: str) -> Any:
    """`text` as the kind of value that stood there: a number stays one."""
    if isinstance(standing, bool):
        return text.strip().lower() == "true"
    if isinstance(standing, int | Decimal) and re.fullmatch(r"-?\d+(\.\d+)?", text.strip()):
        return Decimal(text.strip()) if "." in text else int(text)
    return text


# --- HL7 v2 -------------------------------------------------------------------------------------------------
def _amended_hl7(body: bytes, place: str, value: str) -> bytes:
    if _TERMINATORS.search(value.encode()):
        raise DataFault("place-missing", f"{place} takes one line.", cause=(place,))
    start, end = _field_span(body, place)
    separator = _separator(body)
    if separator in value.encode():
        raise DataFault("place-missing", f"{place} is one field; it holds no field separator.", cause=(place,))
    return body[:start] + value.encode() + body[end:]


def _field_span(body: bytes, place: str) -> tuple[int, int]:
    """Where the field begins and ends, in bytes. Raises DataFault for a segment or field that is not there."""
    found = _HL7_PLACE.fullmatch(place)
    if found is None:
        raise _missing(place)
    name, occurrence, number = found.group(1).encode(), int(found.group(2) or 1), int(found.group(3))
    separator, seen = _separator(body), 0
    for start, end in _segments(body):
        if body[start : start + 3] != name or body[start + 3 : start + 4] not in {separator, b""}:
            continue
        seen += 1
        if seen == occurrence:
            return _in_segment(body, start, end, number - (1 if found.group(1) in _HEADERS else 0), separator, place)
    raise _missing(place)


def _in_segment(body: bytes, start: int, end: int, number: int, separator: bytes, place: str) -> tuple[int, int]:
    fields = body[start:end].split(separator)
    if not 0 < number < len(fields):
        raise _missing(place)
    begin = start + sum(len(field) + 1 for field in fields[:number])
    return begin, begin + len(fields[number])


def _segments(body: bytes) -> list[tuple[int, int]]:
    spans, start = [], 0
    while body[start : start + 1] in {b"\x0b", b"\r", b"\n"}:
        start += 1
    for terminator in _TERMINATORS.finditer(body, start):
        spans.append((start, terminator.start()))
        start = terminator.end()
    return [*spans, (start, len(body))]


def _separator(body: bytes) -> bytes:
    header = body.lstrip(b"\x0b\r\n")
    return header[3:4] or b"|"


def _missing(place: str) -> DataFault:
    return DataFault("place-missing", f"The message has no {place}.", cause=(place,))
