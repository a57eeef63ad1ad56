"""Read a 999, segment by segment, into the types of `acknowledgement`."""

from __future__ import annotations

from connectors.formats.x12.acknowledgement import ElementError, GroupResponse, SegmentError, TransactionResponse
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import count_value, shown

_STATUSES = frozenset("AEMPRWX")


class AcknowledgementParser(TransactionParser):
    """Holds one AK2 at a time."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers |= {
            "AK1": self._ak1,
            "AK2": self._ak2,
            "IK3": self._ik3,
            "CTX": self._ctx,
            "IK4": self._ik4,
            "IK5": self._ik5,
            "AK9": self._ak9,
        }
        self._ak1_segment = NO_SEGMENT
        self._ak2_segment = NO_SEGMENT
        self._ik3_segment = NO_SEGMENT
        self._errors: list[SegmentError] = []
        self._elements: list[ElementError] = []
        self._closed = False

    def _ak1(self, segment: Segment) -> None:
        self._ak1_segment = segment
        self.required(segment, 1, "functional identifier")
        self.required(segment, 2, "group control number")

    def _ak2(self, segment: Segment) -> None:
        if self._ak2_segment.number:
            self.missing(segment, "IK5", "2000", "IK5 for the transaction before")
        self._forget()
        self.loop = "2000"
        self._ak2_segment = segment
        self.required(segment, 1, "transaction code")
        self.required(segment, 2, "transaction control number")

    def _forget(self) -> None:
        self._ak2_segment = self._ik3_segment = NO_SEGMENT
        self._errors, self._elements = [], []

    def _ik3(self, segment: Segment) -> None:
        if not self._ak2_segment.number:
            self.misplaced(segment, "IK3 after AK2")
            return
        self._end_segment_error()
        self.loop = "2100"
        self._ik3_segment = segment
        self._whole_number(segment, 2, "segment position")

    def _ctx(self, segment: Segment) -> None:
        """The context of an error; nothing to keep."""

    def _ik4(self, segment: Segment) -> None:
        if not self._ik3_segment.number:
            self.misplaced(segment, "IK4 after IK3")
            return
        self.loop = "2110"
        position, _, component = segment.get(1).partition(self.component)
        code = self.required(segment, 3, "element error code")
        self._elements.append(
            ElementError(count_value(position) or 0, code, count_value(component.split(self.component)[0]) or 0)
        )

    def _end_segment_error(self) -> None:
        found = self._ik3_segment
        if found.number:
            self._errors.append(
                SegmentError(
                    found.get(1), count_value(found.get(2)) or 0, found.get(4), found.get(3), tuple(self._elements)
                )
            )
        self._ik3_segment = NO_SEGMENT
        self._elements = []

    def _ik5(self, segment: Segment) -> None:
        if not self._ak2_segment.number:
            self.misplaced(segment, "IK5 after AK2")
            return
        self._end_segment_error()
        self.loop = "2000"
        opened = self._ak2_segment
        self.out.append(
            TransactionResponse(
                code=opened.get(1),
                control_number=opened.get(2),
                version=opened.get(3),
                status=self.code(segment, 1, _STATUSES, "acknowledgement code"),
                errors=tuple(self._errors),
                reasons=tuple(code for code in segment.elements[2:7] if code),
                group_control_number=self._ak1_segment.get(2),
            )
        )
        self._forget()

    def _ak9(self, segment: Segment) -> None:
        if self._ak2_segment.number:
            self.missing(segment, "IK5", "2000", "IK5 for the transaction before")
        self._forget()
        self.loop = ""
        self._closed = True
        if not self._ak1_segment.number:
            self.missing(segment, "AK1", "", "AK1, the group acknowledged")
        opened = self._ak1_segment
        self.out.append(
            GroupResponse(
                functional_id=opened.get(1).strip(),
                control_number=opened.get(2),
                version=opened.get(3),
                status=self.code(segment, 1, _STATUSES, "acknowledgement code"),
                included=self._whole_number(segment, 2, "number of transactions included"),
                received=self._whole_number(segment, 3, "number of transactions received"),
                accepted_count=self._whole_number(segment, 4, "number of transactions accepted"),
                reasons=tuple(code for code in segment.elements[5:10] if code),
                header=self.header,
            )
        )

    def _whole_number(self, segment: Segment, index: int, what: str) -> int:
        text = self.required(segment, index, what)
        value = count_value(text)
        if value is None and text:
            self.fault(
                FaultCode.NOT_A_NUMBER,
                f"The {what} is not a whole number",
                segment,
                index,
                expected="a whole number",
                found=shown(text),
            )
        return value or 0

    def finish(self, trailer: Segment | None) -> None:
        if not self._closed and trailer is not None:
            self.missing(trailer, "AK9", "", "AK9, the answer for the group")
