"""The envelope: ISA/GS/ST against SE/GE/IEA. Counts, control numbers, what is missing and what is twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from connectors.formats.x12.control_numbers import ControlNumbers
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import Fault, FaultCode, Severity
from connectors.formats.x12.interchange_acknowledgement import InterchangeAcknowledgement
from connectors.formats.x12.tokenizer import Segment, shown_id
from connectors.formats.x12.transaction import (
    GroupHeader,
    InterchangeHeader,
    TransactionHeader,
    TransactionParser,
    TransactionTrailer,
)
from connectors.formats.x12.values import count_value, moment_value, shown_control

ParserFactory = Callable[[TransactionHeader, Delimiters], TransactionParser]


class Envelope:
    """Follows the envelope of a file. What it finds goes to `out`; `parser` is that of the open transaction.

    It never refuses: a trailer that is missing closes what it should have closed, and is reported.
    """

    def __init__(self, factory: ParserFactory) -> None:
        self.out: list[Any] = []
        self.delimiters = Delimiters()
        self.parser: TransactionParser | None = None
        self.interchange: InterchangeHeader | None = None
        self.group: GroupHeader | None = None
        self.transaction: TransactionHeader | None = None
        self._factory = factory
        self._spare: TransactionParser | None = None  # that of the transaction before
        self._groups = 0
        self._transactions = 0
        self._seen_groups = ControlNumbers()
        self._seen_transactions = ControlNumbers()
        self._stray = False
        self._bare = False  # the file came without an interchange, which is reported once
        self._handlers = {
            "ISA": self._isa,
            "GS": self._gs,
            "ST": self._st,
            "SE": self._se,
            "GE": self._ge,
            "IEA": self._iea,
            "TA1": self._ta1,
        }

    def take(self, segment: Segment) -> None:
        """Take any segment."""
        handler = self._handlers.get(segment.id)
        if handler is not None:
            self._stray = False
            handler(segment)
        elif self.parser is not None:
            self.parser.feed(segment)
        else:
            self._stray_segment(segment)

    def hot_path(self) -> tuple[dict[str, Callable[[Segment], None]], list[Any]]:
        """The open transaction's handlers and output, for feeding it without detour until the envelope changes."""
        return (self.parser.handlers, self.parser.out) if self.parser is not None else ({}, [])

    def drain(self) -> Iterator[Any]:
        """Give out what has come up, the open transaction's part included."""
        yield from self.out
        self.out.clear()
        if self.parser is not None and self.parser.out:
            yield from self.parser.out
            self.parser.out.clear()

    def _stray_segment(self, segment: Segment) -> None:
        """A segment in no transaction. A run of them is one fault."""
        if not self._stray:
            self._fault(
                FaultCode.STRAY_SEGMENT,
                "The segment stands outside of any transaction",
                segment,
                expected="ST before it",
            )
        self._stray = True

    def tokenizer_fault(self, fault: Fault) -> None:
        """Pass on a fault of the bytes, with the place in the envelope where it struck."""
        if fault.code is FaultCode.MISSING_INTERCHANGE:
            self._bare = True
        if self.transaction and self.parser and fault.segment and fault.segment_id != "ISA":
            self.parser.errors += fault.severity is Severity.ERROR
            fault = replace(
                fault,
                position=fault.segment - self.transaction.segment + 1,
                group=self.transaction.group_control,
                transaction=self.transaction.control_number,
            )
        self.out.append(fault)

    def end(self, last: Segment | None) -> None:
        """The file ends."""
        if last is not None:
            self._close_interchange(last)

    def _isa(self, segment: Segment) -> None:
        self._close_interchange(segment)
        self.interchange = InterchangeHeader(
            sender_qualifier=segment.get(5).strip(),
            sender=segment.get(6).strip(),
            receiver_qualifier=segment.get(7).strip(),
            receiver=segment.get(8).strip(),
            control_number=segment.get(13).strip(),
            version=segment.get(12).strip(),
            usage=segment.get(15).strip(),
            delimiters=self.delimiters,
            segment=segment.number,
        )
        self._groups = 0
        self._seen_groups = ControlNumbers()
        self._bare = False
        self.out.append(self.interchange)

    def _gs(self, segment: Segment) -> None:
        self._close_group(segment)
        self.group = GroupHeader(
            functional_id=segment.get(1).strip(),
            sender=segment.get(2).strip(),
            receiver=segment.get(3).strip(),
            control_number=segment.get(6).strip(),
            version=segment.get(8).strip(),
            interchange=self.interchange,
            created=moment_value(segment.get(4), segment.get(5)),
            segment=segment.number,
        )
        self.out.append(self.group)
        self._groups += 1
        self._transactions = 0
        self._seen_transactions = ControlNumbers()
        if self.interchange is None and not self._bare:
            self._fault(
                FaultCode.MISSING_INTERCHANGE, "The group stands outside of an interchange", segment, expected="ISA"
            )
        self._once(segment, 6, self.group.control_number, self._seen_groups, "group control number")
        if not self.group.version.startswith("005010") and self._says_5010():
            self._fault(
                FaultCode.OLD_VERSION,
                "The group is not version 005010; it is read tolerantly",
                segment,
                8,
                expected="a version that starts with 005010",
                severity=Severity.WARNING,
            )

    def _says_5010(self) -> bool:
        return self.interchange is None or self.interchange.version == "00501"

    def _st(self, segment: Segment) -> None:
        self._close_transaction(segment)
        version = segment.get(3).strip() or (self.group.version if self.group else "")
        code, number = segment.get(1).strip(), segment.get(2).strip()
        self.transaction = TransactionHeader(code, number, version, self.group, segment.number)
        self.out.append(self.transaction)
        # Files of a transaction a claim are common: making a parser anew for each would cost as much as the claim.
        if self._spare is not None and self._spare.again(self.transaction, self.delimiters):
            self.parser = self._spare
        else:
            self.parser = self._factory(self.transaction, self.delimiters)
        self._transactions += 1
        if self.group is None:
            self._fault(
                FaultCode.MISSING_SEGMENT, "The transaction stands outside of a group", segment, expected="GS before it"
            )
        if not number:
            self._fault(
                FaultCode.MISSING_ELEMENT,
                "The transaction control number is missing",
                segment,
                2,
                expected="a number",
            )
        self._once(segment, 2, number, self._seen_transactions, "transaction control number")

    def _se(self, segment: Segment) -> None:
        if self.transaction is None:
            self._fault(
                FaultCode.STRAY_TRAILER, "A transaction ends that never began", segment, expected="ST before it"
            )
            return
        actual = segment.number - self.transaction.segment + 1
        self._count(segment, actual, "number of segments, ST and SE included")
        self._same(segment, self.transaction.control_number, "ST02")
        self._end_transaction(segment, actual)

    def _ge(self, segment: Segment) -> None:
        if self.transaction is not None:
            self._missing_trailer(segment, "SE", "transaction")
            self._end_transaction(None, segment.number - self.transaction.segment)
        if self.group is None:
            self._fault(FaultCode.STRAY_TRAILER, "A group ends that never began", segment, expected="GS before it")
            return
        self._count(segment, self._transactions, "number of transactions in the group")
        self._same(segment, self.group.control_number, "GS06")
        self.group = None

    def _iea(self, segment: Segment) -> None:
        if self.group is not None:
            self._close_group(segment)
        elif self.transaction is not None:
            self._close_transaction(segment)
        if self.interchange is None:
            if not self._bare:
                self._fault(
                    FaultCode.STRAY_TRAILER, "An interchange ends that never began", segment, expected="ISA before it"
                )
            return
        self._count(segment, self._groups, "number of groups in the interchange")
        self._same(segment, self.interchange.control_number, "ISA13")
        self.interchange = None

    def _ta1(self, segment: Segment) -> None:
        if self.group is not None or self.interchange is None:
            self._fault(
                FaultCode.MISPLACED_SEGMENT,
                "The segment stands in the wrong place",
                segment,
                expected="TA1 right after ISA",
            )
            return
        self.out.append(
            InterchangeAcknowledgement(
                control_number=segment.get(1).strip(),
                created=moment_value(_century(segment.get(2)), segment.get(3)),
                status=segment.get(4).strip(),
                note=segment.get(5).strip(),
                interchange=self.interchange,
                segment=segment.number,
            )
        )

    def _close_interchange(self, segment: Segment) -> None:
        self._close_group(segment)
        if self.interchange is not None:
            self._missing_trailer(segment, "IEA", "interchange")
            self.interchange = None

    def _close_group(self, segment: Segment) -> None:
        self._close_transaction(segment)
        if self.group is not None:
            self._missing_trailer(segment, "GE", "group")
            self.group = None

    def _close_transaction(self, segment: Segment) -> None:
        if self.transaction is not None:
            self._missing_trailer(segment, "SE", "transaction")
            self._end_transaction(None, segment.number - self.transaction.segment)

    def _end_transaction(self, trailer: Segment | None, segments: int) -> None:
        if self.transaction is None or self.parser is None:
            return
        self.parser.finish(trailer)
        self.out.extend(self.parser.out)
        self.parser.out.clear()
        self.out.append(TransactionTrailer(self.transaction, segments, trailer is not None, self.parser.errors))
        self._spare = self.parser
        self.transaction = self.parser = None

    def _missing_trailer(self, segment: Segment, trailer: str, what: str) -> None:
        self._fault(
            FaultCode.MISSING_TRAILER,
            f"The {what} has no end: the file is cut short or damaged",
            segment,
            expected=f"{trailer} before this point",
            segment_id=trailer,
        )

    def _count(self, segment: Segment, actual: int, what: str) -> None:
        stated = count_value(segment.get(1).strip())
        if stated != actual:
            self._fault(
                FaultCode.COUNT,
                f"The {what} is stated wrongly",
                segment,
                1,
                expected=str(actual),
                found=shown_control(segment.get(1)),
            )

    def _same(self, segment: Segment, opened: str, where: str) -> None:
        closed = segment.get(2).strip()
        if closed != opened:
            self._fault(
                FaultCode.CONTROL_NUMBER,
                f"The control number is not that of {where}",
                segment,
                2,
                expected=shown_control(opened),
                found=shown_control(closed),
            )

    def _once(self, segment: Segment, index: int, number: str, seen: ControlNumbers, what: str) -> None:
        if number and not seen.add(number):
            self._fault(
                FaultCode.DUPLICATE_CONTROL_NUMBER,
                f"The {what} was used before",
                segment,
                index,
                expected=f"a {what} not used before",
                found=shown_control(number),
            )

    def _fault(
        self,
        code: FaultCode,
        message: str,
        segment: Segment,
        index: int = 0,
        *,
        expected: str = "",
        found: str = "",
        severity: Severity = Severity.ERROR,
        segment_id: str = "",
    ) -> None:
        name = segment_id or shown_id(segment.id)
        if self.parser is not None and severity is Severity.ERROR:
            self.parser.errors += 1
        self.out.append(
            Fault(
                code=code,
                message=message,
                severity=severity,
                segment=segment.number,
                segment_id=name,
                element=f"{name}{index:02}" if index else "",
                expected=expected,
                found=found,
                position=segment.number - self.transaction.segment + 1 if self.transaction else 0,
                group=self.group.control_number if self.group else "",
                transaction=self.transaction.control_number if self.transaction else "",
            )
        )


def _century(text: str) -> str:
    """YYMMDD of this century as CCYYMMDD."""
    return f"20{text}" if len(text) == 6 else text
