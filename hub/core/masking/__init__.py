"""Payloads as people may see them: laid out in lines, patient data masked, every value with its place.

Masked by default: a value is shown in the clear where its field is known to say nothing about a person (codes,
times, amounts, control numbers), and nowhere else. Knows the three shapes that arrive here (JSON, HL7 v2, X12) by
their delimiters alone, so that it also shows what the parsers refuse; anything else is masked whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.core.masking import hl7v2, json_text, opaque, x12
from hub.core.masking.fields import mask_fields, mask_headers
from hub.core.masking.values import BULLET, HIDDEN, Line, Value

__all__ = [
    "BULLET",
    "HIDDEN",
    "Line",
    "Value",
    "lay_out",
    "mask_fields",
    "mask_headers",
    "masked_text",
    "readable_text",
]

_SHAPES = (json_text, hl7v2, x12)


def lay_out(body: bytes) -> list[Line]:
    """`body` in lines of values. Never raises: what cannot be read is laid out as it is, masked whole."""
    text = body.decode("utf-8", errors="replace").lstrip("\ufeff")
    for shape in _SHAPES:
        if shape.looks_like(text):
            return list(shape.lines(text))
    return list(opaque.lines(text))


def masked_text(lines: Iterable[Line]) -> str:
    """What everyone with a need to see the message may read."""
    return "\n".join("".join(value.masked for value in line) for line in lines)


def readable_text(lines: Iterable[Line]) -> str:
    """The same in the clear: only after a break-glass, with its reason and its audit entry."""
    return "\n".join("".join(value.text for value in line) for line in lines)
