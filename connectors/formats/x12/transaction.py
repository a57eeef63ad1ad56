"""What every transaction shares: its headers, and the base of the parsers that turn its segments into typed items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import Fault, FaultCode, Severity
from connectors.formats.x12.tokenizer import Segment, shown_id
from connectors.formats.x12.values import ZERO, day_value, decimal_value, shown


@dataclass(frozen=True, slots=True)
class InterchangeHeader:
    """What an ISA says. Sender and receiver are without their padding."""

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    control_number: str
    version: str
    usage: str  # P production, T test
    delimiters: Delimiters = field(compare=False, default=Delimiters())
    segment: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class GroupHeader:
    """What a GS says."""

    functional_id: str
    sender: str
    receiver: str
    control_number: str
    version: str
    interchange: InterchangeHeader | None = None
    created: datetime | None = None  # GS04 and GS05; X12 carries no zone
    segment: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class TransactionHeader:
    """What an ST says; `version` is the implementation guide, from ST03 or else GS08."""

    code: str
    control_number: str
    version: str
    group: GroupHeader | None = None
    segment: int = field(compare=False, default=0)

    @property
    def group_control(self) -> str:
        return self.group.control_number if self.group else ""


@dataclass(frozen=True, slots=True)
class TransactionTrailer:
    """The end of a transaction. `complete` is False where its SE never came; `errors` counts its errors."""

    header: TransactionHeader
    segments: int
    complete: bool
    errors: int


class TransactionParser:
    """Turns the segments of one transaction, ST and SE left out, into typed items and faults.

    A subclass fills `handlers`, one method a segment id, and puts what is finished into `out`; whoever feeds it empties
    `out`. This class alone is the parser of transactions that have no typed form yet: it takes everything.
    """

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        self.header = header
        self.component = delimiters.component
        self.repetition = delimiters.repetition
        self.out: list[Any] = []
        self.errors = 0
        self.loop = ""
        self.handlers: dict[str, Callable[[Segment], None]] = {}

    def again(self, header: TransactionHeader, delimiters: Delimiters) -> bool:
        """Start over with another transaction, where this parser can and reads its kind. It must have finished."""
        return False

    def feed(self, segment: Segment) -> None:
        """Take the next segment."""
        self.handlers.get(segment.id, self.other)(segment)

    def other(self, segment: Segment) -> None:
        """A segment without a handler: nothing to say where the transaction has no typed form."""
        if self.handlers:
            self.unknown(segment)

    def finish(self, trailer: Segment | None) -> None:
        """The transaction ends, with its SE or (None) without."""

    def fault(
        self,
        code: FaultCode,
        message: str,
        segment: Segment,
        index: int = 0,
        *,
        component: int = 0,
        segment_id: str = "",
        loop: str | None = None,
        expected: str = "",
        found: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report what is wrong at element `index` of `segment` (0: the segment as a whole)."""
        name = segment_id or shown_id(segment.id)
        element = f"{name}{index:02}" if index else ""
        if severity is Severity.ERROR:
            self.errors += 1
        self.out.append(
            Fault(
                code=code,
                message=message,
                severity=severity,
                segment=segment.number,
                segment_id=name,
                loop=self.loop if loop is None else loop,
                element=f"{element}-{component}" if component else element,
                expected=expected,
                found=found,
                position=segment.number - self.header.segment + 1,
                group=self.header.group_control,
                transaction=self.header.control_number,
            )
        )

    def unknown(self, segment: Segment) -> None:
        """A segment id that this transaction does not have."""
        self.fault(
            FaultCode.UNKNOWN_SEGMENT,
            f"The segment is not part of a {self.header.code}",
            segment,
            expected=f"a segment of the {self.header.code}",
        )

    def misplaced(self, segment: Segment, expected: str) -> None:
        """A segment that this transaction has, but not here."""
        self.fault(FaultCode.MISPLACED_SEGMENT, "The segment stands in the wrong place", segment, expected=expected)

    def missing(self, segment: Segment, segment_id: str, loop: str, expected: str) -> None:
        """A segment that should have come before `segment`."""
        self.fault(
            FaultCode.MISSING_SEGMENT,
            f"Segment {segment_id} is missing before this point",
            segment,
            segment_id=segment_id,
            loop=loop,
            expected=expected,
        )

    def required(self, segment: Segment, index: int, what: str) -> str:
        """The text of an element that must be there; `what` says in plain words what it is."""
        text = segment.get(index)
        if not text:
            self.fault(FaultCode.MISSING_ELEMENT, f"The {what} is missing", segment, index, expected=what)
        return text

    def optional_number(self, segment: Segment, index: int, what: str) -> Decimal | None:
        """The number at `index`, or None where there is none or it cannot be read (reported)."""
        text = segment.get(index)
        if not text:
            return None
        value = decimal_value(text)
        if value is None:
            self.fault(
                FaultCode.NOT_A_NUMBER,
                f"The {what} is not a number",
                segment,
                index,
                expected="a decimal number such as 125.00",
                found=shown(text),
            )
        return value

    def number(self, segment: Segment, index: int, what: str) -> Decimal:
        """The number at `index`; zero where it is missing or cannot be read, which is reported."""
        text = segment.get(index)
        value = decimal_value(text)
        if value is not None:
            return value
        if text:
            self.optional_number(segment, index, what)
        else:
            self.required(segment, index, what)
        return ZERO

    def day(self, segment: Segment, index: int, what: str, *, required: bool = True) -> date | None:
        """The day at `index`, or None; a date that is none is reported but never shown: it may be a date of birth."""
        text = segment.get(index)
        value = day_value(text)
        if value is not None:
            return value
        if text:
            self.fault(FaultCode.NOT_A_DATE, f"The {what} is not a date", segment, index, expected="a date as CCYYMMDD")
        elif required:
            self.required(segment, index, what)
        return None

    def code(self, segment: Segment, index: int, allowed: frozenset[str], what: str) -> str:
        """The code at `index`, reported where it is missing or not one of `allowed`, and given back all the same."""
        text = segment.get(index)
        if text in allowed:
            return text
        if not text:
            return self.required(segment, index, what)
        self.fault(
            FaultCode.UNKNOWN_CODE,
            f"The {what} is not a known code",
            segment,
            index,
            expected=f"one of {' '.join(sorted(allowed))}",
            found=shown(text),
        )
        return text
