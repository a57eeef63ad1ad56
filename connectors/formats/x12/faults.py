"""What is wrong with an X12 file, said so that a person can find the place and a program can answer with a 999.

A fault never carries what may be patient data: `found` is filled for codes, counts, control numbers and amounts only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether the content may still be used."""

    ERROR = "error"  # the transaction (or the whole file) must not be acted on
    WARNING = "warning"  # read tolerantly; the content is usable and the sender should be told


class FaultCode(StrEnum):
    """The kind of fault. `acknowledgement` maps these to the codes of a 999."""

    UNREADABLE = "unreadable"
    NOT_X12 = "not_x12"
    MISSING_INTERCHANGE = "missing_interchange"
    DELIMITERS = "delimiters"
    ISA_WIDTH = "isa_width"
    OLD_VERSION = "old_version"
    UNKNOWN_GUIDE = "unknown_guide"
    SURROUNDING_BYTES = "surrounding_bytes"
    OVERSIZE_SEGMENT = "oversize_segment"
    UNTERMINATED = "unterminated"
    MISSING_TRAILER = "missing_trailer"
    STRAY_TRAILER = "stray_trailer"
    STRAY_SEGMENT = "stray_segment"
    COUNT = "count"
    CONTROL_NUMBER = "control_number"
    DUPLICATE_CONTROL_NUMBER = "duplicate_control_number"
    UNKNOWN_SEGMENT = "unknown_segment"
    MISPLACED_SEGMENT = "misplaced_segment"
    MISSING_SEGMENT = "missing_segment"
    MISSING_ELEMENT = "missing_element"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_DATE = "not_a_date"
    UNKNOWN_CODE = "unknown_code"
    CLAIM_TOTAL = "claim_total"
    LINE_BALANCE = "line_balance"
    CLAIM_BALANCE = "claim_balance"
    TRANSACTION_BALANCE = "transaction_balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where.

    `segment` is the 1-based number in the file (0: the file as a whole), `position` the 1-based place inside its
    transaction with ST as 1 (0: not inside one). `element` reads like "CLP04" or "SVC01-2". `group` and
    `transaction` are GS06 and ST02.
    """

    code: FaultCode
    message: str
    severity: Severity = Severity.ERROR
    segment: int = 0
    segment_id: str = ""
    loop: str = ""
    element: str = ""
    expected: str = ""
    found: str = ""
    position: int = 0
    group: str = ""
    transaction: str = ""

    @property
    def place(self) -> str:
        """Where it is, for a line of text: "segment 12 CLP04 in loop 2100"."""
        if not self.segment:
            return "file"
        where = f"segment {self.segment} {self.element or self.segment_id}".rstrip()
        return f"{where} in loop {self.loop}" if self.loop else where

    def __str__(self) -> str:
        detail = "; ".join(
            part
            for part in (
                self.expected and f"expected {self.expected}",
                self.found and f"found {self.found}",
            )
            if part
        )
        return f"{self.place}: {self.message}" + (f" ({detail})" if detail else "")
