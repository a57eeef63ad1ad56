"""Sample messages as people have them: files, recordings of a line, or what they pasted."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from django.core.exceptions import ValidationError

from connectors.formats.hl7v2 import frames_of
from connectors.models import Transport
from connectors.selectors import FeedInfo

#: One dry run holds its locks for as long as it takes: that many messages take a few seconds.
MOST = 200
LARGEST_BYTES = 5 * 1024 * 1024
_CONTENT_TYPES = {Transport.MLLP.value: "application/hl7-v2"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One message. `name` is what the report calls it: its file and its place there, never what it says."""

    name: str
    body: bytes


def read_samples(info: FeedInfo, files: list[tuple[str, bytes]]) -> list[Sample]:
    """The messages of some files, in order. Raises ValidationError where there are none, or too many."""
    if sum(len(content) for _, content in files) > LARGEST_BYTES:
        raise ValidationError(f"The samples have more than {LARGEST_BYTES // 1024 // 1024} MB; take fewer.")
    found = [
        Sample(name if len(bodies) == 1 else f"{name}, message {number}", body)
        for name, content in files
        for bodies in [_messages_of(info, content)]
        for number, body in enumerate(bodies, 1)
    ]
    if not found:
        raise ValidationError("There is no message in what was given.")
    if len(found) > MOST:
        raise ValidationError(f"These are {len(found):,} messages; {MOST} are the most of one dry run.")
    return found


def content_type(info: FeedInfo) -> str:
    return _CONTENT_TYPES.get(info.transport, "application/json")


def _messages_of(info: FeedInfo, content: bytes) -> list[bytes]:
    if not content.strip():
        return []
    if info.transport == Transport.MLLP:
        # A form sends lines ended by CR LF, an editor by LF; HL7 v2 ends its segments by CR.
        return frames_of(content.replace(b"\r\n", b"\r").replace(b"\n", b"\r"))
    return _documents(content)


def _documents(content: bytes) -> list[bytes]:
    """A JSON document, each of a list of them, or one a line; what is none is one message, and fails as such."""
    try:
        whole = msgspec.json.decode(content)
    except msgspec.DecodeError:
        lines = [line.strip() for line in content.splitlines() if line.strip()]
        return lines if len(lines) > 1 and all(line.startswith(b"{") for line in lines) else [content]
    return [msgspec.json.encode(one) for one in whole] if isinstance(whole, list) else [content]
