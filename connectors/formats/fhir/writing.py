"""A resource back to JSON, and what the way through the library's models cost it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from fhir_core.fhirabstractmodel import FHIRAbstractModel

from connectors.formats.fhir.document import parse
from connectors.formats.fhir.reading import Resource

_encode = msgspec.json.Encoder(decimal_format="number").encode
_TIME = re.compile(r"\d{4}-\d\d-\d\dT.*")


def write(resource: Resource) -> bytes:
    """The resource as its model holds it: elements in R4's order, decimals with every digit.

    The library's own writing sends decimals through float, and the cents of a large amount would go there.
    """
    return _encode(_plain(resource.model))


def losses(resource: Resource) -> list[str]:
    """The places where what `write` gives says something else than what was received; empty: value-equal.

    `+00:00` and `Z`, or `.5` and `.500000` of a second, are the same moment. A time finer than a microsecond loses
    its last digits: Python's has none.
    """
    return list(_differences(resource.document, parse(write(resource)), resource.type))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, FHIRAbstractModel):
        return value
    kind = {"resourceType": value.get_resource_type()} if value.has_resource_base() else {}
    fields = type(value).model_fields.items()
    named = ((field.alias or name, getattr(value, name)) for name, field in fields)
    return kind | {name: _plain(inner) for name, inner in named if inner is not None}


def _differences(before: Any, after: Any, place: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _differences(before.get(name), after.get(name), f"{place}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{place}[{index}]")
    elif not _same(before, after):
        yield place


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, str) and isinstance(after, str) and _TIME.fullmatch(before) and _TIME.fullmatch(after):
        return before == after or _moment(before) == _moment(after)
    if isinstance(before, Decimal) or isinstance(after, Decimal):
        # 100.10 and 100.1 are one amount of two precisions; FHIR tells them apart.
        return str(before) == str(after)
    return type(before) is type(after) and bool(before == after)


def _moment(text: str) -> datetime | str:
    # Python reads a seventh digit of a second and forgets it: then the words decide.
    fraction = text.partition(".")[2].rstrip("Z").partition("+")[0].partition("-")[0]
    return datetime.fromisoformat(text) if len(fraction) <= 6 else text
