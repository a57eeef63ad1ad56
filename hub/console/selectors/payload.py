"""Payloads as pages show them: masked lines, with the place that a failure names marked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from connectors.models import Delivery, Message
from connectors.selectors import open_body
from hub.core.errors import Failure
from hub.core.identifiers import masked_key
from hub.core.masking import HIDDEN, Line, Value, lay_out, masked_text, readable_text
from hub.core.masking.values import Show
from hub.core.sealing import open_json
from hub.records.models import Event
from hub.ui.payload import MAX_LINES, Highlight, PayloadLine, payload_lines

#: As much of a payload is read for a page; a fault further into a larger file is named, not shown.
READ_BYTES = 4 * 1024 * 1024
#: Where the fault lies behind the lines that a page shows, this many before it are shown too.
_BEFORE = 40

_SEGMENT = re.compile(r"\bsegment (\d+)\b")
_OF_CLAIM = re.compile(r"\bof claim (\d+)\b")
_X12_ELEMENT = re.compile(r"\b([A-Z][A-Z0-9]{1,2}\d{2})(?:-\d+)?\b")
_HL7_FIELD = re.compile(r"\b([A-Z][A-Z0-9]{2})(?:\((\d+)\))?-(\d+)(?:\.\d+)*\b")
_POINTER = re.compile(r"(?<![\w/])(/[\w~/.-]*)")
#: Fields of canonical events by which a patient can be found, and those in which a sender may write anything.
_IDENTIFYING = frozenset({"account_number", "claim_number", "entity_key", "visit_number", "payer_claim_control_number"})
_FREE_TEXT = frozenset({"reason"})
# What the hub itself wrote, or a system's answer to it: words of ours and references, never of a patient.
_OURS = frozenset(
    """
    accepts_assignment benefits_assigned charge control_number cost_center description error file filing_indicator
    id_qualifier memo message npi number payer_responsibility place_of_service qualifier release_of_information
    signature_on_file tax_id_qualifier taxonomy unit_basis
    """.split()
)
_OURS_BELOW = ("/claim/payer/", "/claim/billing/name")
_PATIENT_BELOW = ("/claim/subscriber", "/claim/patient", "/claim/diagnoses")


@dataclass(frozen=True, slots=True)
class PayloadView:
    """`note` says what is shown; without lines, why nothing is. `place` is what is marked, in words."""

    lines: list[PayloadLine]
    note: str
    place: str = ""


# --- messages -----------------------------------------------------------------------------------------------
def message_view(message: Message, *, subject: Mapping[str, str] | None = None) -> PayloadView:
    """A stored message, masked; the place that its fault names is marked."""
    try:
        with open_body(message) as body:
            layout = lay_out(body.read(READ_BYTES))
    except Failure as failure:
        return PayloadView([], failure.message)
    if message.body is None and not message.chunks:
        return PayloadView([], "A repetition of an earlier message: its payload is kept with that one.")
    found = find_place(layout, message.detail, subject or {})
    place = _named(layout, found)
    lines, cut = _windowed(masked_text(layout), found)
    whole = "" if message.size <= READ_BYTES and not cut else " A part of it is shown."
    return PayloadView(lines, f"What may concern a patient is masked.{whole}", place)


def unmasked_view(body: bytes, *, detail: str = "") -> PayloadView:
    """A payload in the clear, behind the glass."""
    layout = lay_out(body[:READ_BYTES])
    found = find_place(layout, detail, {}, shown=lambda value: value.text)
    lines, cut = _windowed(readable_text(layout), found)
    part = " A part of it is shown." if cut or len(body) > READ_BYTES else ""
    return PayloadView(lines, f"Shown in the clear for this one look.{part}", _named(layout, found))


def plain_view(body: bytes) -> PayloadView:
    """A payload in which nobody is left, as it is."""
    lines, cut = _windowed(readable_text(lay_out(body)), None)
    return PayloadView(lines, "A part of it is shown." if cut else "")


def _windowed(text: str, found: Highlight | None) -> tuple[list[PayloadLine], bool]:
    """The lines a page can carry, from the beginning or from shortly before the fault."""
    all_lines = text.split("\n")
    first = max(0, found.line - 1 - _BEFORE) if found and found.line > MAX_LINES else 0
    cut = first > 0 or len(all_lines) - first > MAX_LINES
    hits = [replace(found, line=found.line - first)] if found else []
    shown = payload_lines("\n".join(all_lines[first : first + MAX_LINES]), hits)
    return [replace(line, number=line.number + first) for line in shown], cut


# --- exchanges ----------------------------------------------------------------------------------------------
def request_lines(delivery: Delivery) -> list[PayloadLine]:
    return _value_lines(open_json(delivery.sealed_request))


def response_lines(delivery: Delivery) -> list[PayloadLine]:
    return _value_lines(open_json(delivery.sealed_response)) if delivery.sealed_response else []


def event_lines(event: Event, *, marked: Collection[str] = ()) -> list[PayloadLine]:
    """What an event says, without what is sealed: identifiers by their end, free text hidden.

    The lines of the fields that are `marked` by name are highlighted.
    """
    shown = {
        name: _event_value(name, value) for name, value in sorted(event.data.items()) if value not in ("", None, [])
    }
    text = json.dumps(shown, indent=2, ensure_ascii=False)
    names = tuple(f'  "{name}": ' for name in marked)
    hits = [Highlight(number) for number, line in enumerate(text.split("\n"), 1) if names and line.startswith(names)]
    return payload_lines(text, hits)


def request_layout(delivery: Delivery) -> list[Line]:
    """What was sent, in lines of values."""
    return _value_layout(open_json(delivery.sealed_request))


def marked_lines(layout: Sequence[Line], is_it: Callable[[Value], bool]) -> list[PayloadLine]:
    """A layout, masked, with the first value of each line that `is_it` marked."""
    hits = (_hit(layout, number, is_it, lambda value: value.masked) for number in range(1, len(layout) + 1))
    return payload_lines(masked_text(layout), [hit for hit in hits if hit])


def source_lines(message: Message, is_it: Callable[[Value], bool]) -> list[PayloadLine]:
    """A stored message of ordinary size, masked, with what `is_it` marked; nothing where its payload is gone."""
    try:
        with open_body(message) as body:
            return marked_lines(lay_out(body.read(READ_BYTES))[:MAX_LINES], is_it)
    except Failure:
        return []


def _event_value(name: str, value: Any) -> Any:
    if name in _FREE_TEXT:
        return HIDDEN
    return masked_key(str(value)) if name in _IDENTIFYING else value


def _value_lines(value: Any) -> list[PayloadLine]:
    return payload_lines(masked_text(_value_layout(value)))


def _value_layout(value: Any) -> list[Line]:
    return [tuple(_ours(part) for part in line) for line in lay_out(msgspec.json.encode(value))]


def _ours(value: Value) -> Value:
    name = value.place.rpartition("/")[2]
    if name == "reference":
        return Value(masked_key(value.text), value.place)
    ours = (name in _OURS or value.place.startswith(_OURS_BELOW)) and not value.place.startswith(_PATIENT_BELOW)
    return Value(value.text, value.place, Show.ALL) if ours else value


# --- where a fault lies -------------------------------------------------------------------------------------
def find_place(
    layout: Sequence[Line],
    words: str,
    subject: Mapping[str, str],
    *,
    shown: Callable[[Value], str] = lambda value: value.masked,
) -> Highlight | None:
    """The element that `words` or a case's `subject` name; else where the subject's local code stands."""
    wanted = " ".join((words, *(subject.get(name, "") for name in ("pointer", "element", "field"))))
    number = _number(_SEGMENT, wanted) or _plain_number(subject.get("segment", ""))
    for name in _names(wanted):
        lines = [number] if number else range(1, len(layout) + 1)
        skip = _number(_OF_CLAIM, wanted) or _occurrence(wanted) or 1
        hits = (_hit(layout, line, lambda value, name=name: value.place == name, shown) for line in lines)  # type: ignore[misc]
        for count, hit in enumerate((hit for hit in hits if hit), start=1):
            if count == skip or number:
                return hit
    if 0 < number <= len(layout):
        return Highlight(number)
    code = subject.get("local_code", "")
    found = (_hit(layout, line, lambda value: _holds(value.text, code), shown) for line in range(1, len(layout) + 1))
    return next((hit for hit in found if hit), None) if code else None


def _names(words: str) -> Iterator[str]:
    """The places that `words` may mean, as the layout calls them: fields whole, pointers up to what there is."""
    for found in _HL7_FIELD.finditer(words):
        yield f"{found.group(1)}-{found.group(3)}"
    for found in _X12_ELEMENT.finditer(words):
        yield found.group(1)
    for found in _POINTER.finditer(words):
        pointer = found.group(1).rstrip("/.")
        while pointer:
            yield pointer
            pointer = pointer.rpartition("/")[0]


def _hit(
    layout: Sequence[Line], number: int, is_it: Callable[[Value], bool], shown: Callable[[Value], str]
) -> Highlight | None:
    if not 0 < number <= len(layout):
        return None
    offset = 0
    for value in layout[number - 1]:
        if value.place and is_it(value):
            return Highlight(number, offset, offset + len(shown(value)))
        offset += len(shown(value))
    return None


def _holds(text: str, code: str) -> bool:
    return text == code or code in re.split(r"[\^~&:]", text)


def _number(pattern: re.Pattern[str], words: str) -> int:
    found = pattern.search(words)
    return int(found.group(1)) if found else 0


def _plain_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0


def _occurrence(words: str) -> int:
    found = _HL7_FIELD.search(words)
    return int(found.group(2) or 0) if found else 0


def _named(layout: Sequence[Line], found: Highlight | None) -> str:
    """`CLP04 in line 12`."""
    if found is None or not 0 < found.line <= len(layout):
        return ""
    offset = 0
    for value in layout[found.line - 1]:
        if found.end is not None and value.place and offset == found.start:
            return f"{value.place} in line {found.line}"
        offset += len(value.masked)
    return f"line {found.line}"
