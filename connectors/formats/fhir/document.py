"""JSON as FHIR needs it: decimals keep every digit, and nothing that JSON does not have is let pass."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from connectors.formats.fhir.faults import Fault, FhirRefused

Document = dict[str, Any]

# Nothing real nests deeper; the library's models recurse, and so do we.
_DEEPEST = 60


def parse(body: bytes) -> Document:
    """The JSON object of `body`, numbers with a point as Decimal. Raises FhirRefused.

    A byte order mark is tolerated (RFC 8259 §8.1 allows a reader to).
    """
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_such_number)
    except (ValueError, RecursionError) as error:
        raise FhirRefused([Fault("not-json", "resource", "one JSON object in UTF-8, whole")]) from error
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise FhirRefused([Fault("not-a-resource", "resource", "a JSON object with a resourceType")])
    if _too_deep(document):
        raise FhirRefused([Fault("too-deep", "resource", f"at most {_DEEPEST} levels")])
    return document


def _no_such_number(name: str) -> None:
    raise ValueError(name)


def _too_deep(document: Document) -> bool:
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, dict | list)]
    return [inner for inner in value if isinstance(inner, dict | list)]
