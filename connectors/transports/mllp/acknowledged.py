"""The acknowledgements that a sender hears, and which of them a message asks for (HL7 v2.5.1 §2.9)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from connectors.formats.hl7v2 import Header, peek_header
from connectors.transports.mllp.framing import Framer
from hub.core.errors import DataFault

# An acknowledgement is a few hundred bytes; one of megabytes is a wrong peer.
_MAX_ACK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What came back for one message. `commit` is the CA, CE or CR of enhanced mode, `application` the AA, AE or AR;
    b"" where it was not asked for, or, of the application's, did not come in time."""

    commit: bytes = b""
    application: bytes = b""


class Answers:
    """Frames as they come back, in order."""

    def __init__(self) -> None:
        self._framer = Framer(_MAX_ACK_BYTES)
        self._frames: deque[bytes] = deque()

    def next(self) -> bytes | None:
        return self._frames.popleft() if self._frames else None

    def feed(self, data: bytes) -> None:
        """Raises ConnectionError where no more can come: the far side ended, or sends what never ends."""
        self._frames.extend(self._framer.feed(data))
        if not self._frames and (not data or self._framer.oversized is not None):
            raise ConnectionError("no acknowledgement")


def wanted(header: Header, system: str) -> tuple[bool, bool]:
    """Whether a commit and an application acknowledgement will come (MSH-15, MSH-16: AL or NE).

    Raises DataFault for conditions under which silence could mean anything.
    """
    conditions = (header.accept_ack, header.application_ack)
    if "AL" in conditions and set(conditions) <= {"AL", "NE", ""}:
        return conditions[0] == "AL", conditions[1] == "AL"
    words = "MSH-15 and MSH-16 ask for acknowledgements so that silence could mean anything."
    hint = "Ask with AL for one of them at least, and with NE for what is not wanted."
    raise DataFault("acknowledgement-conditions", words, cause=(system,), hint=hint)


def code_of(acknowledgement: bytes) -> str:
    """MSA-1"""
    return _msa(acknowledgement, 1)


def answered(acknowledgement: bytes) -> str:
    """MSA-2, as it was written in the MSH-10 that it repeats."""
    return _msa(acknowledgement, 2)


def _msa(acknowledgement: bytes, field: int) -> str:
    header = peek_header(acknowledgement)
    lines = acknowledgement.decode(header.codec, errors="replace").split("\r")
    fields = next((line for line in lines if line.startswith("MSA")), "").split(header.delimiters.field)
    return fields[field] if field < len(fields) else ""
