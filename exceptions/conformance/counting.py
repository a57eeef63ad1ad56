"""A count that shares nothing with our readers: the file as text, cut where its own delimiters say."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """What can be counted without understanding. `messages` are transactions, HL7 messages or resources."""

    messages: int = 0
    segments: int = 0
    claims: int = 0
    charged: Decimal = ZERO
    paid: Decimal = ZERO
    adjusted: Decimal = ZERO

    def __add__(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))


def x12(data: bytes) -> Totals:
    """Claims are CLM and CLP; the sums are of CLM02, CLP04 and every amount of CAS."""
    segments = list(_x12_segments(data))
    names = Counter(elements[0] for elements in segments)
    return Totals(
        messages=names["ST"],
        segments=len(segments),
        claims=names["CLM"] + names["CLP"],
        charged=sum((_number(each, 2) for each in segments if each[0] == "CLM"), ZERO),
        paid=sum((_number(each, 4) for each in segments if each[0] == "CLP"), ZERO),
        adjusted=sum((_number(each, at) for each in segments if each[0] == "CAS" for at in range(3, 19, 3)), ZERO),
    )


def _x12_segments(data: bytes) -> Iterator[list[str]]:
    text = data.decode("utf-8-sig", errors="surrogateescape").strip()
    starts = [
        index
        for index in range(len(text) - 6)
        if text.startswith("ISA", index) and text[index + 3] == text[index + 6] and not text[index + 3].isalnum()
    ]
    for start, end in zip(starts or [0], [*starts[1:], len(text)], strict=True):
        yield from _interchange(text[start:end])


def _interchange(text: str) -> Iterator[list[str]]:
    separator = text[3:4] if text.startswith("ISA") else text[2:3]
    if not separator:
        return
    after = text.split(separator, 16)[-1] if text.startswith("ISA") else ":~"
    terminator = after[1:].lstrip("\r\n ")[:1] if "~" not in after[:3] else "~"
    if not terminator or terminator.isalpha():  # nothing but a line end before the next segment
        terminator = "\n"
    parts = (part.strip("\r\n \t") for part in text.split(terminator))
    yield from (part.split(separator) for part in parts if part)


def _number(elements: list[str], index: int) -> Decimal:
    try:
        return Decimal(elements[index])
    except (IndexError, InvalidOperation):
        return ZERO


def hl7(data: bytes) -> Totals:
    """A message is a line that begins with MSH; envelopes of batches are none of their segments."""
    lines = [line for line in re.split(rb"[\r\n\x0b\x1c]+", data) if line.strip(b" \t")]
    headers = sum(line.lstrip().startswith(b"MSH") for line in lines)
    envelopes = sum(line[:3] in {b"FHS", b"BHS", b"BTS", b"FTS"} for line in lines)
    return Totals(messages=headers, segments=len(lines) - envelopes)


def fhir(data: bytes) -> Totals:
    """A bundle counts as what it holds; `segments` are all values in the document."""
    document = json.loads(data.decode("utf-8-sig"), parse_float=str)
    held = [each.get("resource") for each in document.get("entry", ()) if isinstance(each, dict)]
    return Totals(messages=sum(each is not None for each in held) or 1, segments=_values(document))


def _values(part: Any) -> int:
    if isinstance(part, dict):
        return sum(_values(value) for value in part.values())
    if isinstance(part, list):
        return sum(_values(value) for value in part)
    return 1
