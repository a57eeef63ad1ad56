"""Messages written: values in, escaped bytes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from connectors.formats.hl7v2.charset import codec_for
from connectors.formats.hl7v2.delimiters import HEADER_IDS, STANDARD, Delimiters
from connectors.formats.hl7v2.escapes import escape
from connectors.formats.hl7v2.faults import Fault, Hl7Refused
from connectors.formats.hl7v2.segment import NULL
from connectors.formats.hl7v2.timestamps import format_timestamp

Leaf = str | int | Decimal | date | datetime | None
Component = Leaf | tuple[Leaf, ...]
Repetition = Leaf | tuple[Component, ...]
FieldValue = Repetition | list[Repetition]
"""A leaf, a tuple of components (each a leaf or a tuple of subcomponents), or a list of repetitions."""
SegmentSpec = tuple[str, Mapping[int, FieldValue]]
"""A segment id and its fields by HL7 number; fields that are not named are written empty."""

_MSH_CHARACTER_SET = 18


def build_message(
    segments: Iterable[SegmentSpec], *, delimiters: Delimiters = STANDARD, character_set: str = ""
) -> bytes:
    """One message, each segment ended by CR. MSH-1 and MSH-2 are written from `delimiters`.

    `character_set` is an MSH-18 value; without it MSH-18 stays as given, and UNICODE UTF-8 is declared as
    soon as a character needs it. Raises Hl7Refused where a character does not exist in the character set,
    and ValueError for a character set nobody knows.
    """
    specs = [(segment_id, dict(fields)) for segment_id, fields in segments]
    header = specs[0][1]
    declared = character_set or str(header.get(_MSH_CHARACTER_SET) or "")
    codec = codec_for(declared)
    if codec is None:
        raise ValueError(f"unknown MSH-18 character set: {declared}")
    if declared:
        header[_MSH_CHARACTER_SET] = declared
    text = _written(specs, delimiters)
    if not declared and not text.isascii():
        header[_MSH_CHARACTER_SET] = "UNICODE UTF-8"
        text = _written(specs, delimiters)
    return _encode(text, codec)


def build_segment(segment_id: str, fields: Mapping[int, FieldValue], delimiters: Delimiters = STANDARD) -> str:
    """One escaped segment without its end."""
    first = 3 if segment_id in HEADER_IDS else 1
    values = [_field(fields.get(number), delimiters) for number in range(first, max(fields, default=0) + 1)]
    if segment_id in HEADER_IDS:
        values.insert(0, delimiters.encoding_characters)
    return delimiters.field.join([segment_id, *values])


def _written(specs: Iterable[tuple[str, Mapping[int, FieldValue]]], delimiters: Delimiters) -> str:
    return "".join(build_segment(segment_id, fields, delimiters) + "\r" for segment_id, fields in specs)


def _encode(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        number = text.count("\r", 0, error.start) + 1
        words = "holds a character outside the declared character set"
        raise Hl7Refused([Fault(words, "characters of MSH-18", number=number)]) from None


def _field(value: FieldValue, delimiters: Delimiters) -> str:
    repetitions = value if isinstance(value, list) else [value]
    return delimiters.repetition.join(_repetition(repetition, delimiters) for repetition in repetitions)


def _repetition(value: Repetition, delimiters: Delimiters) -> str:
    if not isinstance(value, tuple):
        return _leaf(value, delimiters)
    return delimiters.component.join(_component(component, delimiters) for component in value)


def _component(value: Component, delimiters: Delimiters) -> str:
    if not isinstance(value, tuple):
        return _leaf(value, delimiters)
    return delimiters.subcomponent.join(_leaf(leaf, delimiters) for leaf in value)


def _leaf(value: Leaf, delimiters: Delimiters) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):  # before date, which it also is
        return format_timestamp(value)
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    return value if value == NULL else escape(value, delimiters)
