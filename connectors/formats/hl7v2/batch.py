"""Files of messages: FHS [BHS [MSH …] BTS] FTS (HL7 v2.5.1 §2.10.3), or simply one message after another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.formats.hl7v2.charset import decode, wide_codec
from connectors.formats.hl7v2.delimiters import STANDARD, Delimiters, declared
from connectors.formats.hl7v2.faults import ErrorCode, Fault, Hl7Refused, Severity
from connectors.formats.hl7v2.message import Message
from connectors.formats.hl7v2.parser import NOISE, parse_message, split_segments
from connectors.formats.hl7v2.segment import Segment

_NOISE_BYTES = b"\xef\xbb\xbf\x0b\x1c \t\r\n"
# Blanks and marks that may stand before the first segment, and its id.
_LONGEST_LEAD = 64
# Where a message or an envelope segment begins: at a line's start, followed by a field separator or nothing.
_START = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|(?<=[\r\n\x0b\x1c]))[\x0b\x1c \t]*(MSH|FHS|BHS|BTS|FTS)(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stretch of a file that is no message: kept whole, with what is wrong."""

    raw: bytes
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file in order. `envelope` holds FHS, BHS, BTS, FTS; `faults` is what is wrong with the file."""

    messages: tuple[Message, ...]
    unreadable: tuple[Unreadable, ...]
    envelope: tuple[Segment, ...]
    faults: tuple[Fault, ...]

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """Of the file, of what could not be read, and of each message."""
        unreadable = (fault for part in self.unreadable for fault in part.faults)
        in_messages = (fault for message in self.messages for fault in message.faults)
        return (*self.faults, *unreadable, *in_messages)


def parse_file(raw: bytes) -> MessageFile:
    """Every message of `raw`, one or many. Never raises: what is no message is in `unreadable`, `faults`."""
    messages: list[Message] = []
    unreadable: list[Unreadable] = []
    envelope: list[Segment] = []
    faults: list[Fault] = []
    for piece in split_messages(raw):
        start = _START.match(piece)
        if start is not None and start[1] != b"MSH":
            _add_envelope(piece, envelope, unreadable, faults)
            continue
        try:
            messages.append(parse_message(piece))
        except Hl7Refused as refusal:
            unreadable.append(Unreadable(piece, refusal.faults))
    if not messages and not unreadable:
        faults.append(Fault("holds no message", "at least one MSH segment", code=ErrorCode.SEGMENT_SEQUENCE))
    faults.extend(_count_faults(raw, envelope))
    return MessageFile(tuple(messages), tuple(unreadable), tuple(envelope), tuple(faults))


def split_messages(raw: bytes) -> list[bytes]:
    """The bytes of each message and each envelope segment, in order; nothing but blanks between them is lost.

    UTF-16 is left whole: its message boundaries do not show in bytes, and nobody sends batches in it.
    """
    if wide_codec(raw):
        return [raw]
    starts = [match.start() for match in _START.finditer(raw)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    pieces = [raw[start:end] for start, end in zip(starts, [*starts[1:], len(raw)], strict=True)]
    return [piece for piece in pieces if piece.strip(_NOISE_BYTES)]


def is_batch(raw: bytes) -> bool:
    """Whether an envelope (FHS, BHS) begins it."""
    start = _START.match(raw[:_LONGEST_LEAD])
    return start is not None and start[1] in (b"FHS", b"BHS")


def batch_faults(raw: bytes) -> tuple[Fault, ...]:
    """Where the counts of an envelope (BTS-1, FTS-1) disagree with what is in it, and what is wrong with it else."""
    return tuple(fault for fault in parse_file(raw).faults if fault.severity is Severity.ERROR)


def frames_of(raw: bytes) -> list[bytes]:
    """What a sender would send of this file, frame by frame: its messages, and whatever is none, but no envelope."""
    return [_unframed(piece) for piece in split_messages(raw) if not _is_envelope(piece)]


def _is_envelope(piece: bytes) -> bool:
    """An envelope segment and nothing else; segments that follow one without MSH are kept as what they are."""
    start = _START.match(piece)
    return start is not None and start[1] != b"MSH" and len(piece.strip(_NOISE_BYTES).splitlines()) == 1


def _unframed(piece: bytes) -> bytes:
    """Without the marks of MLLP, for files that are a recording of it."""
    inner = piece.rstrip(b"\r\n")
    return (inner[:-1] if inner.endswith(b"\x1c") else piece).removeprefix(b"\x0b")


def _add_envelope(piece: bytes, envelope: list[Segment], unreadable: list[Unreadable], faults: list[Fault]) -> None:
    decoded = decode(piece)
    text = decoded.text.strip(NOISE).replace("\r\n", "\r").replace("\n", "\r")
    line, _, rest = text.partition("\r")
    delimiters, problem = _envelope_delimiters(line, envelope)
    number = len(envelope) + 1
    found: list[Fault] = []
    segment = split_segments([line], delimiters, decoded.codec, found)[0]
    occurrence = sum(1 for other in envelope if other.id == segment.id) + 1
    envelope.append(Segment(line, number=number, occurrence=occurrence, delimiters=delimiters, codec=decoded.codec))
    faults.extend(replace(fault, segment=segment.id) for fault in found)
    if problem:
        faults.append(Fault(problem, "usually ^~\\&", number=number, segment=segment.id, field=2))
    if rest.strip(NOISE):
        words = f"segments follow {segment.id} without a message header"
        fault = Fault(words, "an MSH segment", segment=segment.id, code=ErrorCode.SEGMENT_SEQUENCE)
        unreadable.append(Unreadable(piece, (fault,)))


def _envelope_delimiters(line: str, envelope: Sequence[Segment]) -> tuple[Delimiters, str]:
    """A header declares its own; a trailer follows the header before it."""
    if line[:3] in ("FHS", "BHS"):
        return declared(line) if len(line) > 4 else (STANDARD, "is missing")
    return (envelope[-1].delimiters if envelope else STANDARD), ""


def _count_faults(raw: bytes, envelope: Sequence[Segment]) -> list[Fault]:
    """BTS-1 counts the messages of its batch, FTS-1 the batches: where they disagree, something was lost."""
    trailers = iter([segment for segment in envelope if segment.id in ("BTS", "FTS")])
    faults = []
    messages = batches = 0
    for match in _START.finditer(raw):
        kind = match[1].decode("ascii")
        if kind == "MSH":
            messages += 1
        elif kind == "BHS":
            messages = 0
            batches += 1
        elif kind in ("BTS", "FTS"):
            found, noun = (messages, "messages") if kind == "BTS" else (batches, "batches")
            trailer = next(trailers, None)
            fault = _count_fault(trailer, found, noun) if trailer else None
            faults.extend([fault] if fault else [])
    return faults


def _count_fault(trailer: Segment, found: int, noun: str) -> Fault | None:
    stated = trailer.get("1")
    if not stated or (stated.isdecimal() and int(stated) == found):
        return None
    words = f"does not match the {found} {noun} that arrived"
    return trailer.fault(1, words, f"the number of {noun}", severity=Severity.ERROR)
