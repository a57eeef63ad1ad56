"""JSON, indented, each value with its JSON Pointer. A value is shown by the name of its field and what it lies in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hub.core.masking.values import Line, Show, Value

#: Words that end the name of a field which says nothing about a person.
_CLEAR = frozenset(
    """
    action amount api at capturable category center class clinic code count created credit currency date debit
    department direction duration end event events expected facility kind live livemode method min minutes mode object
    operation paid payer pending received refunded request retries revision room sequence start state status system
    time timestamp type units until version webhooks zone
    """.split()
)
#: Field names that are clear as a whole.
_CLEAR_NAMES = frozenset({"id", "appointment_id", "event_id", "payment_method_types", "occurred_at"})
#: A value inside, or named after, one of these is about a person whatever its own name.
_PERSON = frozenset(
    """
    address billing birth birthdate card city contact customer diagnoses diagnosis dob email employer ethnicity
    gender guarantor insured language last4 line1 line2 member mrn name nameline names note notes patient
    phone policy postal race reason receipt relationship religion sex shipping ssn subscriber telephone zip
    """.split()
)
_ACCOUNT = frozenset({"account", "claim", "encounter", "visit", "invoice", "mandate"})
#: A general-ledger account; a patient's is called a number, and is longer.
_LEDGER_ACCOUNT = re.compile(r"\d{1,6}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_INDENT = "  "


class _Number(str):
    """A number as it was written; no float ever stands between."""

    __slots__ = ()


def looks_like(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def lines(text: str) -> Iterator[Line]:
    try:
        document = json.loads(text, parse_float=_Number, parse_int=_Number)
    except (ValueError, RecursionError):
        yield from _unreadable(text)
        return
    yield from _value(document, "", "", ())


def _unreadable(text: str) -> Iterator[Line]:
    """Cut short or broken: the skeleton stays, everything that could be a value is masked."""
    for number, line in enumerate(text.splitlines(), 1):
        parts = re.split(r"([{}\[\]:,\s\"]+)", line)
        yield tuple(
            Value(part, f"line {number}", Show.NOTHING if index % 2 == 0 else Show.ALL)
            for index, part in enumerate(parts)
            if part
        )


def _value(value: Any, pointer: str, lead: str, tail: tuple[Value, ...], depth: int = 0) -> Iterator[Line]:
    """The lines of `value`; `lead` is what stands before it on its first line, `tail` after it on its last."""
    start = Value(_INDENT * depth + lead)
    if isinstance(value, dict) and value:
        yield start, Value("{", pointer)
        yield from _members(((json.dumps(k) + ": ", k, v) for k, v in value.items()), len(value), pointer, depth)
        yield Value(_INDENT * depth + "}"), *tail
    elif isinstance(value, list) and value:
        yield start, Value("[", pointer)
        yield from _members((("", str(i), v) for i, v in enumerate(value)), len(value), pointer, depth)
        yield Value(_INDENT * depth + "]"), *tail
    else:
        yield start, *_leaf(value, pointer), *tail


def _members(members: Iterator[tuple[str, str, Any]], count: int, pointer: str, depth: int) -> Iterator[Line]:
    for number, (lead, key, value) in enumerate(members, 1):
        comma = () if number == count else (Value(","),)
        yield from _value(value, f"{pointer}/{_escape(key)}", lead, comma, depth + 1)


def _leaf(value: Any, pointer: str) -> Iterator[Value]:
    if isinstance(value, _Number):
        yield Value(str(value), pointer, shown(pointer, value))
        return
    if isinstance(value, str):
        yield Value('"')
        yield Value(json.dumps(value, ensure_ascii=False)[1:-1], pointer, shown(pointer, value))
        yield Value('"')
        return
    yield Value(json.dumps(value), pointer)


def shown(pointer: str, text: str) -> Show:
    """How much of `text`, the value at `pointer`, is shown."""
    path = [part for part in pointer.split("/") if part and not part.isdecimal()]
    words = [[word.lower() for word in _WORD.findall(part)] for part in path]
    if any(word in _PERSON for part in words for word in part):
        return Show.NOTHING
    if not words or not words[-1] or _names_a_condition(path):
        return Show.NOTHING
    name, last = "_".join(words[-1]), words[-1][-1]
    if name == "account" and _LEDGER_ACCOUNT.fullmatch(text):
        return Show.ALL
    if last in _CLEAR or (name in _CLEAR_NAMES and not _about_account(words[:-1])):
        return Show.ALL
    return Show.TAIL if _about_account(words) else Show.NOTHING


def _names_a_condition(path: list[str]) -> bool:
    """FHIR's `code` of a resource (Condition, Observation, ServiceRequest) is what somebody has, or has done."""
    return any(pair == ("code", "coding") for pair in zip(path, path[1:], strict=False))


def _about_account(words: list[list[str]]) -> bool:
    return any(word in _ACCOUNT for part in words for word in part)


def _escape(key: str) -> str:
    """RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")
