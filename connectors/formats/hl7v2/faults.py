"""What is wrong with a message, said so that its sender can correct it: places and shapes, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from hub.core.errors import DataFault


class ErrorCode(IntEnum):
    """HL7 table 0357, message error condition codes."""

    SEGMENT_SEQUENCE = 100
    REQUIRED_FIELD_MISSING = 101
    DATA_TYPE = 102
    TABLE_VALUE_NOT_FOUND = 103
    UNSUPPORTED_TYPE = 200
    UNSUPPORTED_EVENT = 201
    UNSUPPORTED_PROCESSING_ID = 202
    UNSUPPORTED_VERSION = 203
    UNKNOWN_KEY = 204
    DUPLICATE_KEY = 205
    RECORD_LOCKED = 206
    INTERNAL = 207

    @property
    def text(self) -> str:
        """The wording of table 0357."""
        return _TEXTS[self]


_TEXTS = {
    ErrorCode.SEGMENT_SEQUENCE: "Segment sequence error",
    ErrorCode.REQUIRED_FIELD_MISSING: "Required field missing",
    ErrorCode.DATA_TYPE: "Data type error",
    ErrorCode.TABLE_VALUE_NOT_FOUND: "Table value not found",
    ErrorCode.UNSUPPORTED_TYPE: "Unsupported message type",
    ErrorCode.UNSUPPORTED_EVENT: "Unsupported event code",
    ErrorCode.UNSUPPORTED_PROCESSING_ID: "Unsupported processing id",
    ErrorCode.UNSUPPORTED_VERSION: "Unsupported version id",
    ErrorCode.UNKNOWN_KEY: "Unknown key identifier",
    ErrorCode.DUPLICATE_KEY: "Duplicate key identifier",
    ErrorCode.RECORD_LOCKED: "Application record locked",
    ErrorCode.INTERNAL: "Application internal error",
}


class Severity(StrEnum):
    """HL7 table 0516. A warning leaves the message usable; an error does not."""

    ERROR = "E"
    WARNING = "W"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `number` counts the message's segments from 1; 0 is the message as a whole."""

    words: str
    expected: str = ""
    number: int = 0
    segment: str = ""
    occurrence: int = 1
    field: int = 0
    component: int = 0
    code: ErrorCode = ErrorCode.DATA_TYPE
    severity: Severity = Severity.ERROR

    @property
    def element(self) -> str:
        """The place as people write it: `PID-18`, `MSH-9.2`, or only the segment id."""
        if not self.field:
            return self.segment
        place = f"{self.segment}-{self.field}"
        return f"{place}.{self.component}" if self.component else place

    def __str__(self) -> str:
        where = " ".join(part for part in (f"segment {self.number}" if self.number else "", self.element) if part)
        expected = f"; expected {self.expected}" if self.expected else ""
        return f"{where or 'message'}: {self.words}{expected}"


class Hl7Refused(DataFault):
    """The HL7 message cannot be used as it is; its sender must correct it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """`faults` has at least one entry; the first names the cause."""
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(
            f"hl7-{first.code.name.lower().replace('_', '-')}",
            "; ".join(str(fault) for fault in self.faults),
            cause=(first.element or "message",),
            hint=f"Expected {first.expected}." if first.expected else "",
        )
