"""Acknowledgements (HL7 v2.5.1 §2.9): MSH, MSA and one ERR for each fault; possible even for garbage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from connectors.formats.hl7v2.build import FieldValue, build_segment
from connectors.formats.hl7v2.charset import decode
from connectors.formats.hl7v2.delimiters import STANDARD, Delimiters, declared
from connectors.formats.hl7v2.escapes import escape
from connectors.formats.hl7v2.faults import Fault
from connectors.formats.hl7v2.header import Header, peek_header
from connectors.formats.hl7v2.message import Message
from connectors.formats.hl7v2.parser import segment_lines
from connectors.formats.hl7v2.timestamps import format_timestamp

_DEFAULT_VERSION = "2.5.1"
# A sender has to read them; the rest stands in the case.
_MAX_ERRORS = 20


class AckCode(StrEnum):
    """HL7 table 0008: A… is the application's answer, C… the commit answer of enhanced mode."""

    ACCEPT = "AA"
    ERROR = "AE"
    REJECT = "AR"
    COMMIT_ACCEPT = "CA"
    COMMIT_ERROR = "CE"
    COMMIT_REJECT = "CR"


def build_ack(
    original: Message | Header | bytes,
    code: AckCode,
    *,
    control_id: str,
    at: datetime,
    errors: Sequence[Fault] = (),
    text: str = "",
    unanswered: bool = False,
) -> bytes:
    """The acknowledgement of `original`, in its own delimiters, character set and version.

    `at` is aware, `control_id` is the acknowledgement's own; equal input gives equal bytes. Up to 20 errors
    become ERR segments: the layout of v2.5 and later, and ERR-1 for older versions. `text` becomes MSA-3,
    which for older versions is otherwise the first error's words. Nothing of the message but its header is
    repeated. `unanswered` asks for no acknowledgement of this one (MSH-15 and MSH-16 NE): an application's
    answer of enhanced mode is a message of its own, which could else be answered.
    """
    header = _header_of(original)
    delimiters = header.delimiters
    modern = _is_modern(header.version_number)
    lines = [
        _msh(header, control_id, at, unanswered=unanswered),
        _msa(header, code, _msa_text(text, errors, modern=modern)),
    ]
    for error in errors[:_MAX_ERRORS]:
        lines.append(build_segment("ERR", _err(error) if modern else _old_err(error), delimiters))
    return "".join(line + "\r" for line in lines).encode(header.codec, errors="replace")


def _header_of(original: Message | Header | bytes) -> Header:
    if isinstance(original, Header):
        return original
    return peek_header(original.raw if isinstance(original, Message) else original)


def _is_modern(version: str) -> bool:
    """ERR has its new layout from v2.5 on; an unreadable version counts as new."""
    parts = version.split(".")
    return not (len(parts) > 1 and parts[0] == "2" and parts[1].isdecimal() and int(parts[1]) < 5)


def build_batch_ack(
    original: bytes, acks: Sequence[bytes], *, control_id: str, at: datetime, comment: str = ""
) -> bytes:
    """The acknowledgements of a batch's messages as a batch: the envelope of `original` mirrored around `acks`.

    v2.5.1 §2.10.3: BHS-12 and FHS-12 name the control id that is answered. `comment` becomes BTS-2.
    """
    decoded = decode(original)
    heads = [line for line in segment_lines(decoded.text)[:2] if line[:3] in ("FHS", "BHS")]
    lines = [_envelope_head(line, control_id, at) for line in heads]
    body = b"".join(acks)
    delimiters = _delimiters_of(heads[-1]) if heads else STANDARD
    if any(line.startswith("BHS") for line in heads):
        trailer = build_segment("BTS", {1: len(acks), 2: comment or None}, delimiters)
        body += trailer.encode(decoded.codec, errors="replace") + b"\r"
    if any(line.startswith("FHS") for line in heads):
        body += build_segment("FTS", {1: len(heads) - 1}, delimiters).encode(decoded.codec) + b"\r"
    return "".join(line + "\r" for line in lines).encode(decoded.codec, errors="replace") + body


def _envelope_head(line: str, control_id: str, at: datetime) -> str:
    """FHS or BHS back to its sender. Copied fields are already escaped for these delimiters."""
    delimiters = _delimiters_of(line)
    fields = [*line.split(delimiters.field), *[""] * 11]
    sent_by, sent_to, number = fields[2:4], fields[4:6], fields[10]
    mirrored = [line[:3], delimiters.encoding_characters, *sent_to, *sent_by, format_timestamp(at)]
    return delimiters.field.join([*mirrored, "", "", "", escape(control_id, delimiters), number])


def _delimiters_of(line: str) -> Delimiters:
    return declared(line)[0] if len(line) > 4 else STANDARD


def _msh(header: Header, control_id: str, at: datetime, *, unanswered: bool = False) -> str:
    """Copied fields are already escaped for these delimiters; they must not be escaped again."""
    delimiters = header.delimiters
    event = [part for part in ("ACK", header.trigger, "ACK" if header.trigger else "") if part]
    fields = [
        "MSH",
        delimiters.encoding_characters,
        header.receiving_application,
        header.receiving_facility,
        header.sending_application,
        header.sending_facility,
        format_timestamp(at),
        "",
        delimiters.component.join(event),
        escape(control_id, delimiters),
        header.processing_id or "P",
        header.version or _DEFAULT_VERSION,
    ]
    if unanswered or header.character_set:
        wish = "NE" if unanswered else ""
        fields += ["", "", wish, wish, "", header.character_set]
    return delimiters.field.join(fields)


def _msa(header: Header, code: AckCode, text: str) -> str:
    fields = ["MSA", code.value, header.control_id]
    if text:
        fields.append(escape(text, header.delimiters))
    return header.delimiters.field.join(fields)


def _msa_text(text: str, errors: Sequence[Fault], *, modern: bool) -> str:
    """MSA-3 holds 80 characters, and is for versions whose ERR has no words of its own."""
    if text or modern or not errors:
        return text[:80]
    return str(errors[0])[:80]


def _err(error: Fault) -> dict[int, FieldValue]:
    """ERR-2 location (ERL), ERR-3 table 0357, ERR-4 severity, ERR-8 words for a person (v2.5.1 §2.14.5)."""
    location: list[str | int] = [error.segment, error.occurrence] if error.segment else []
    if error.field:
        location += [error.field, 1]  # ERL-4 is the repetition
    if error.component:
        location.append(error.component)
    return {
        2: tuple(location),
        3: (str(error.code.value), error.code.text, "HL70357"),
        4: error.severity.value,
        8: str(error),
    }


def _old_err(error: Fault) -> dict[int, FieldValue]:
    """ERR-1 before v2.5 (ELD): segment ^ sequence ^ field ^ code with its text."""
    code = (str(error.code.value), error.code.text, "HL70357")
    return {1: (error.segment or None, error.occurrence if error.segment else None, error.field or None, code)}
