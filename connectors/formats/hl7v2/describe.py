"""A parsed file as plain JSON values and as lines for a person: what the command prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.formats.hl7v2.batch import MessageFile
from connectors.formats.hl7v2.faults import Fault, Severity
from connectors.formats.hl7v2.message import Message
from connectors.formats.hl7v2.segment import Segment


def as_json(file: MessageFile) -> dict[str, Any]:
    """`messages` with their `segments`, `envelope` (FHS, BHS, BTS, FTS) and every fault with its place."""
    return {
        "messages": [_message(message, number) for number, message in enumerate(file.messages, start=1)],
        "envelope": [_segment(segment) for segment in file.envelope],
        "unreadable": [{"bytes": len(part.raw)} for part in file.unreadable],
        "faults": [_fault(fault, number) for number, fault in placed_faults(file)],
    }


def as_lines(file: MessageFile) -> Iterator[str]:
    """The structure, one line a field, and the faults last, where they are still on the screen."""
    for segment in file.envelope:
        yield from _segment_lines(segment)
    for number, message in enumerate(file.messages, start=1):
        yield (
            f"message {number}: {message.type}^{message.trigger} version {message.version or '?'} "
            f"control id {message.control_id or '?'} read as {message.codec}"
        )
        for segment in message.all_segments:
            yield from _segment_lines(segment)
    counts = f"{len(file.messages)} messages, {len(file.unreadable)} unreadable parts"
    faults = list(placed_faults(file))
    yield f"{counts}, {len(faults)} faults"
    for number, fault in faults:
        yield f"{_word(fault)}: {f'message {number}, ' if number else ''}{fault}"


def placed_faults(file: MessageFile) -> Iterator[tuple[int, Fault]]:
    """Every fault with the number of its message; 0 is the file."""
    yield from ((0, fault) for fault in file.faults)
    yield from ((0, fault) for part in file.unreadable for fault in part.faults)
    for number, message in enumerate(file.messages, start=1):
        yield from ((number, fault) for fault in message.faults)


def _message(message: Message, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "type": message.type,
        "trigger": message.trigger,
        "version": message.version,
        "control_id": message.control_id,
        "codec": message.codec,
        "segments": [_segment(segment) for segment in message.all_segments],
        "faults": [_fault(fault, number) for fault in message.faults],
    }


def _segment(segment: Segment) -> dict[str, Any]:
    """Fields that are empty are left out; `text` is the field as it was written, so that nothing is lost."""
    return {
        "number": segment.number,
        "id": segment.id,
        "fields": [
            {
                "field": number,
                "text": segment.raw(number),
                "repetitions": [
                    [list(part) for part in repetition.components] for repetition in segment.repetitions(number)
                ],
            }
            for number in range(1, len(segment.fields))
            if segment.raw(number)
        ],
    }


def _segment_lines(segment: Segment) -> Iterator[str]:
    yield f"  {segment.number} {segment.id}"
    for number in range(1, len(segment.fields)):
        if segment.raw(number):
            yield f"      {segment.id}-{number}: {_printable(segment.raw(number))}"


def _printable(text: str) -> str:
    """Control characters would move a terminal's cursor or worse."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _fault(fault: Fault, message: int) -> dict[str, Any]:
    return {
        "message": message,
        "segment_number": fault.number,
        "segment": fault.segment,
        "element": fault.element,
        "words": fault.words,
        "expected": fault.expected,
        "code": fault.code.value,
        "severity": _word(fault),
    }


def _word(fault: Fault) -> str:
    return "error" if fault.severity is Severity.ERROR else "warning"
