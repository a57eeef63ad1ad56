"""What an acknowledgement, a dedupe key and routing need of a message, read from its first line alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.formats.hl7v2.charset import decode
from connectors.formats.hl7v2.delimiters import STANDARD, Delimiters, declared
from connectors.formats.hl7v2.escapes import unescape
from connectors.formats.hl7v2.parser import NOISE, segment_lines

# No header is longer; garbage of megabytes without a line end is not searched further.
_SEARCHED_BYTES = 16 * 1024
# No header field is longer (MSH-10 has 199 since v2.8): what is echoed to a stranger has a bound.
_MAX_FIELD = 256
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of MSH as the sender wrote them, still escaped; all '' where there is no MSH."""

    delimiters: Delimiters = STANDARD
    sending_application: str = ""
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    sent_at: str = ""
    message_type: str = ""
    control_id: str = ""
    processing_id: str = ""
    version: str = ""
    accept_ack: str = ""  # MSH-15: AL, NE, ER or SU asks for enhanced mode
    application_ack: str = ""  # MSH-16
    character_set: str = ""
    codec: str = "utf-8"

    @property
    def type(self) -> str:
        """MSH-9.1"""
        return self._component(self.message_type, 0)

    @property
    def trigger(self) -> str:
        """MSH-9.2"""
        return self._component(self.message_type, 1)

    @property
    def version_number(self) -> str:
        """MSH-12.1"""
        return self._component(self.version, 0)

    def decoded(self, field: str) -> str:
        """A field's first component as its value."""
        return unescape(self._component(field, 0), self.delimiters, self.codec)

    def _component(self, field: str, index: int) -> str:
        parts = field.split(self.delimiters.component)
        return parts[index] if index < len(parts) else ""


def peek_header(raw: bytes) -> Header:
    """The header of `raw`. Never raises: garbage has an empty header, and can still be acknowledged."""
    decoded = decode(raw[:_SEARCHED_BYTES])
    line = segment_lines(decoded.text.lstrip(NOISE))[0]
    if not line.startswith("MSH") or len(line) < 4 or line[3].isalnum() or line[3].isspace():
        return Header(codec=decoded.codec)
    delimiters, _ = declared(line)
    fields = [_CONTROL.sub("", field)[:_MAX_FIELD] for field in line[4:].split(delimiters.field)[:18]]
    fields = ["", "", *fields, *[""] * (18 - len(fields))]
    return Header(
        delimiters=delimiters,
        sending_application=fields[3],
        sending_facility=fields[4],
        receiving_application=fields[5],
        receiving_facility=fields[6],
        sent_at=fields[7],
        message_type=fields[9],
        control_id=fields[10],
        processing_id=fields[11],
        version=fields[12],
        accept_ack=fields[15],
        application_ack=fields[16],
        character_set=fields[18],
        codec=decoded.codec,
    )
