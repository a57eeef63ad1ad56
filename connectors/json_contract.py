"""JSON messages against their contract: a JSON Schema, compiled once. Free of Django.

A refusal names the JSON Pointer and what the schema asks for there; the value itself is never repeated, since
it may be anybody's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from hub.core.errors import DataFault

# Of a message with many faults, this many are told; the sender finds the rest after correcting these.
_MOST_FAULTS = 5
_decode = msgspec.json.Decoder().decode


class JsonContract:
    """One version of one contract. `name` is how refusals call it, such as "scheduling v1"."""

    def __init__(self, name: str, schema_file: Path) -> None:
        self.name = name
        self.schema: dict[str, Any] = msgspec.json.decode(schema_file.read_bytes())
        self._validator = jsonschema_rs.validator_for(self.schema, validate_formats=True)

    def check(self, document: object) -> None:
        """Raises DataFault where `document` breaks the contract."""
        if self._validator.is_valid(document):
            return
        places = [self._describe(error) for error in self._first_errors(document)]
        pointer, keyword, _ = places[0]
        raise DataFault(
            "contract-violation",
            f"{self.name}: " + "; ".join(dict.fromkeys(words for _, _, words in places)),
            cause=(self.name, pointer, keyword),
            hint="Ask the sender to correct the message, or release a contract version that allows it.",
            subject={"contract": self.name, "pointer": pointer},
        )

    def _first_errors(self, document: object) -> list[jsonschema_rs.ValidationError]:
        errors = self._validator.iter_errors(document)
        return [error for error, _ in zip(errors, range(_MOST_FAULTS), strict=False)]

    def _describe(self, error: jsonschema_rs.ValidationError) -> tuple[str, str, str]:
        """(pointer, keyword, words). The keyword's value is read from the schema, not from the message."""
        pointer = "/" + "/".join(str(part) for part in error.instance_path)
        keyword = str(error.schema_path[-1])
        asked = _at(self.schema, error.schema_path)
        if keyword == "required":
            instance = error.instance if isinstance(error.instance, dict) else {}
            missing = [name for name in asked if name not in instance] if isinstance(asked, list) else []
            return pointer, keyword, f"{pointer} lacks {', '.join(missing) or 'a required property'}"
        return pointer, keyword, f"{pointer} does not satisfy {keyword} {_shown(asked)}"


def parse_json(body: bytes) -> Any:
    """The JSON value of `body`. Raises DataFault `not-json`."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataFault(
            "not-json",
            "The message is not JSON in UTF-8, or it is cut short.",
            hint="Ask the sender for the whole message.",
        ) from error


def moment(text: str, pointer: str) -> datetime:
    """A time with a zone, as RFC 3339 writes it. Raises DataFault naming `pointer`."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise DataFault(
            "time-unreadable",
            f"{pointer} is not a time with a zone, as in 2026-11-21T09:30:00-06:00.",
            cause=(pointer,),
            subject={"pointer": pointer},
        )
    return value


def _at(schema: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        try:
            schema = schema[part]
        except (KeyError, IndexError, TypeError):  # behind a $ref, where the path goes on elsewhere
            return None
    return schema


def _shown(asked: object) -> str:
    return "" if asked is None else msgspec.json.encode(asked).decode()
