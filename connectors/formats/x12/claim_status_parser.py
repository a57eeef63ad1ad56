"""Read a 277CA, segment by segment, into the types of `claim_status`."""

from __future__ import annotations

from datetime import date

from connectors.formats.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatusEnd,
    ClaimStatusStart,
    LineAcknowledgement,
    Status,
    StatusCode,
)
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode
from connectors.formats.x12.name_segments import read_name
from connectors.formats.x12.parts import Name, procedure
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import day_value

_LEVELS = {"20": "2000A", "21": "2000B", "19": "2000C", "PT": "2000D"}
_NAME_LOOPS = {"20": "2100A", "21": "2100B", "19": "2100C", "PT": "2100D"}
_TRACE_LOOPS = {"20": "2200A", "21": "2200B", "19": "2200C", "PT": "2200D"}


class ClaimStatusParser(TransactionParser):
    """Holds one claim at a time, and the levels that it stands under."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers |= {
            "BHT": self._bht,
            "HL": self._hl,
            "NM1": self._nm1,
            "TRN": self._trn,
            "STC": self._stc,
            "REF": self._ref,
            "DTP": self._dtp,
            "SVC": self._svc,
            "QTY": self._passed,
            "AMT": self._passed,
            "PER": self._passed,
        }
        self._bht_segment = NO_SEGMENT
        self._level = ""
        self._started = False
        self._names: dict[str, Name] = {}
        self._traces: dict[str, str] = {}
        self._batch_statuses: list[Status] = []
        self._dates: dict[str, date] = {}
        self._claims = self._accepted = 0
        self._trn_segment = NO_SEGMENT
        self._reset_claim()

    def _reset_claim(self) -> None:
        self._claim_open: bool = False
        self._line_open: bool = False
        self._statuses: list[Status] = []
        self._references: dict[str, str] = {}
        self._service: tuple[date | None, date | None] = (None, None)
        self._lines: list[LineAcknowledgement] = []
        self._line_statuses: list[Status] = []
        self._svc_segment = NO_SEGMENT

    def _passed(self, segment: Segment) -> None:
        """Part of a 277CA, without anything that the typed form carries."""

    def _bht(self, segment: Segment) -> None:
        self._bht_segment = segment

    def _hl(self, segment: Segment) -> None:
        self._end_claim()
        level = self.code(segment, 3, frozenset(_LEVELS), "hierarchical level")
        if level in ("19", "PT") and not self._started:
            self._start(segment)
        self._level = level
        self.loop = _LEVELS.get(level, "")
        self._names.pop(level, None)

    def _nm1(self, segment: Segment) -> None:
        self.loop = _NAME_LOOPS.get(self._level, self.loop)
        self._names.setdefault(self._level, read_name(segment))

    def _trn(self, segment: Segment) -> None:
        self._end_claim()
        self.loop = _TRACE_LOOPS.get(self._level, self.loop)
        trace = self.required(segment, 2, "trace number")
        if self._level != "PT":
            self._traces[self._level] = trace
            return
        self._trn_segment = segment
        self._claim_open = True
        if "PT" not in self._names:
            self.missing(segment, "NM1", "2100D", "NM1*QC, the patient")

    def _stc(self, segment: Segment) -> None:
        status = self._status(segment)
        if self._line_open:
            self._line_statuses.append(status)
        elif self._claim_open:
            self._statuses.append(status)
        elif self._level == "21":
            self._batch_statuses.append(status)

    def _status(self, segment: Segment) -> Status:
        self.required(segment, 1, "status")
        codes: list[StatusCode] = []
        for index in (1, 10, 11):
            text = segment.get(index)
            if text:
                category, code, entity, *_ = (*text.split(self.component), "", "")
                codes.append(StatusCode(category, code, entity))
        return Status(
            tuple(codes),
            segment.get(3),
            self.day(segment, 2, "status date", required=False),
            self.optional_number(segment, 4, "claim charge"),
            segment.get(12),
        )

    def _ref(self, segment: Segment) -> None:
        if self._claim_open:
            self._references.setdefault(segment.get(1), segment.get(2))

    def _dtp(self, segment: Segment) -> None:
        first, last = self._period(segment)
        if first is None:
            return
        if not self._claim_open:
            self._dates.setdefault(segment.get(1), first)
        elif not self._line_open and segment.get(1) == "472":
            self._service = (first, last)

    def _period(self, segment: Segment) -> tuple[date | None, date | None]:
        """The day, or first and last day, that a DTP names."""
        if segment.get(2) != "RD8":
            return self.day(segment, 3, "date"), None
        first, _, last = segment.get(3).partition("-")
        days = day_value(first), day_value(last)
        if None in days:
            self.fault(FaultCode.NOT_A_DATE, "The period is not two dates", segment, 3, expected="CCYYMMDD-CCYYMMDD")
        return days

    def _svc(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "SVC after the claim's TRN")
            return
        self._end_line()
        self.loop = "2220D"
        self._line_open = True
        self._svc_segment = segment
        self.required(segment, 1, "procedure")
        self._line_statuses = []

    def _end_line(self) -> None:
        if not self._line_open:
            return
        self._line_open = False
        svc = self._svc_segment
        self._lines.append(
            LineAcknowledgement(
                procedure(svc.get(1), self.component),
                self.number(svc, 2, "line charge"),
                tuple(self._line_statuses),
                self._references.pop("FJ", ""),
            )
        )

    def _end_claim(self) -> None:
        if not self._claim_open:
            return
        self._end_line()
        trn = self._trn_segment
        if not self._statuses:
            self.missing(trn, "STC", "2200D", "STC, the claim's status, after this TRN")
        claim = ClaimAcknowledgement(
            account_number=trn.get(2),
            patient=self._names.get("PT") or Name("QC"),
            provider=self._names.get("19"),
            statuses=tuple(self._statuses),
            payer_claim_number=self._references.get("1K", ""),
            clearinghouse_number=self._references.get("D9", ""),
            service_start=self._service[0],
            service_end=self._service[1],
            lines=tuple(self._lines),
            segment=trn.number,
        )
        self._claims += 1
        self._accepted += claim.accepted
        self.out.append(claim)
        self._reset_claim()

    def _start(self, segment: Segment) -> None:
        """The header is over: `segment` is the first after it."""
        self._started = True
        for found, name, loop, what in (
            (self._bht_segment.number, "BHT", "", "BHT"),
            ("20" in self._names, "NM1", "2100A", "NM1, who answers"),
            ("21" in self._names, "NM1", "2100B", "NM1*41, who is answered"),
        ):
            if not found:
                self.missing(segment, name, loop, what)
        bht = self._bht_segment
        self.out.append(
            ClaimStatusStart(
                source=self._names.get("20") or Name("AY"),
                receiver=self._names.get("21") or Name("41"),
                reference=bht.get(3),
                source_trace=self._traces.get("20", ""),
                batch_reference=self._traces.get("21", ""),
                received=self._dates.get("050"),
                processed=self._dates.get("009"),
                created=day_value(bht.get(4)),
                statuses=tuple(self._batch_statuses),
                header=self.header,
            )
        )

    def finish(self, trailer: Segment | None) -> None:
        self._end_claim()
        if not self._started:
            self._start(trailer or self._bht_segment)
        self.out.append(
            ClaimStatusEnd(
                header=self.header,
                claims=self._claims,
                accepted=self._accepted,
                rejected=self._claims - self._accepted,
                errors=self.errors,
                complete=trailer is not None,
            )
        )
