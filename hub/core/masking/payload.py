"""A payload of whatever kind, as text for a page."""

from __future__ import annotations

import json
from enum import StrEnum

from hub.core.masking.base import hidden_lines
from hub.core.masking.hl7 import mask_hl7
from hub.core.masking.json_keys import mask_json_by_key
from hub.core.masking.x12_segments import mask_x12


class PayloadKind(StrEnum):
    X12 = "x12"
    HL7 = "hl7"
    JSON = "json"
    OTHER = "other"


def kind_of(text: str) -> PayloadKind:
    """By how it begins: senders' content types are often wrong."""
    head = text.lstrip("\ufeff\x0b \t\r\n")[:3]
    if head == "ISA":
        return PayloadKind.X12
    if head in ("MSH", "FHS", "BHS"):
        return PayloadKind.HL7
    return PayloadKind.JSON if head[:1] in ("{", "[") else PayloadKind.OTHER


def mask_payload(text: str, *, shown: frozenset[str] = frozenset()) -> str:
    """`text` for people without break-glass. JSON comes indented; what is of no known kind is hidden line by line.

    `shown` names further JSON keys of this source that are harmless.
    """
    kind = kind_of(text)
    if kind is PayloadKind.X12:
        return mask_x12(text)
    if kind is PayloadKind.HL7:
        return mask_hl7(text)
    if kind is PayloadKind.JSON:
        return _json(text, shown)
    return hidden_lines(text)


def _json(text: str, shown: frozenset[str]) -> str:
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return hidden_lines(text)
    return json.dumps(mask_json_by_key(value, shown=shown), indent=2, ensure_ascii=False)
