"""Bytes to messages: one message (an MLLP frame), or a file of many with or without FHS and BHS."""

from __future__ import annotations

import re

from connectors.formats.hl7v2.charset import decode
from connectors.formats.hl7v2.delimiters import Delimiters, declared
from connectors.formats.hl7v2.faults import ErrorCode, Fault, Hl7Refused, Severity
from connectors.formats.hl7v2.message import Message
from connectors.formats.hl7v2.segment import Segment

# Blanks, and the MLLP frame marks that survive in files which were cut out of a capture.
NOISE = "\ufeff\x0b\x1c \t\r\n"
# After the last segment blanks may be part of its last value.
_AFTER = "\x0b\x1c\r\n"
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{2}")
_VERSION = re.compile(r"2\.\d{1,2}(\.\d{1,2})?")


def parse_message(raw: bytes) -> Message:
    """Parse one message. What is wrong but leaves a message is told in `faults`; nothing is dropped for it.

    Raises Hl7Refused only where there is no message at all: empty, not beginning with MSH, or no MSH-1.
    """
    decoded = decode(raw)
    lines = segment_lines(decoded.text)
    delimiters, problem = declared(header_line(lines))
    faults: list[Fault] = []
    if problem:
        faults.append(
            Fault(
                f"{problem}; the recommended characters were assumed",
                "four different punctuation marks, usually ^~\\&",
                number=1,
                segment="MSH",
                field=2,
            )
        )
    segments = split_segments(lines, delimiters, decoded.codec, faults)
    if decoded.problem:
        faults.append(
            segments[0].fault(18, decoded.problem, "bytes in the declared character set", severity=Severity.WARNING)
        )
    faults.extend(_header_faults(segments[0]))
    return Message(raw, segments, faults=faults, delimiters=delimiters, codec=decoded.codec)


def segment_lines(text: str) -> list[str]:
    """The lines of a message. CRLF and LF end a segment like CR does: files come from everywhere."""
    text = text.lstrip(NOISE).rstrip(_AFTER)
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    return text.split("\r")


def header_line(lines: list[str]) -> str:
    """The MSH line. Raises Hl7Refused where it is not one, or too short to know the field separator."""
    header = lines[0]
    if not header:
        raise Hl7Refused([Fault("is empty", "an MSH segment", code=ErrorCode.SEGMENT_SEQUENCE)])
    if not header.startswith("MSH"):
        words = "does not begin with an MSH segment"
        raise Hl7Refused([Fault(words, "MSH as the first segment", number=1, code=ErrorCode.SEGMENT_SEQUENCE)])
    if len(header) < 4 or header[3].isalnum() or header[3].isspace():
        words = "declares no field separator"
        raise Hl7Refused([Fault(words, "a punctuation mark, usually |", number=1, segment="MSH", field=1)])
    return header


def split_segments(lines: list[str], delimiters: Delimiters, codec: str, faults: list[Fault]) -> list[Segment]:
    """The segments of one message; blank lines are skipped, odd ones kept and told in `faults`."""
    segments: list[Segment] = []
    seen: dict[str, int] = {}
    separator = delimiters.field
    for line in lines:
        if not line.strip(NOISE):
            continue
        segment_id = line[:3]
        occurrence = seen[segment_id] = seen.get(segment_id, 0) + 1
        number = len(segments) + 1
        segments.append(Segment(line, number=number, occurrence=occurrence, delimiters=delimiters, codec=codec))
        if line[3:4] not in ("", separator) or not _SEGMENT_ID.fullmatch(segment_id):
            # The id is not repeated here: on a broken line it may be the beginning of somebody's name.
            expected = f"three capital letters or digits, then {separator}"
            faults.append(Fault("has no segment id", expected, number=number, code=ErrorCode.SEGMENT_SEQUENCE))
        elif segment_id == "MSH" and number > 1:
            words = "a second message begins inside this one"
            faults.append(Fault(words, "one MSH", number=number, segment="MSH", code=ErrorCode.SEGMENT_SEQUENCE))
    return segments


def _header_faults(header: Segment) -> list[Fault]:
    faults = []
    missing = ErrorCode.REQUIRED_FIELD_MISSING
    message_type = header.get("9.1")
    if not message_type:
        faults.append(header.fault("9.1", "is empty", "a message type such as ADT", code=missing))
    elif not header.get("9.2") and message_type != "ACK":
        faults.append(header.fault("9.2", "is empty", "a trigger event such as A01", code=missing))
    if not header.get("10"):
        faults.append(header.fault("10", "is empty", "a message control id", code=missing))
    version = header.get("12.1")
    if not version:
        faults.append(header.fault("12", "is empty", "an HL7 version such as 2.5.1", code=missing))
    elif not _VERSION.fullmatch(version):
        unsupported = ErrorCode.UNSUPPORTED_VERSION
        faults.append(header.fault("12", "is no HL7 v2 version", "a version such as 2.5.1", code=unsupported))
    return faults
