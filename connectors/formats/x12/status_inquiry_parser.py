"""Read a 276 or a 277 (X212), level by level, into the types of `status_inquiry`."""

from __future__ import annotations

from connectors.formats.x12.claim_status import StatusCode
from connectors.formats.x12.hierarchy import HierarchyParser, Level
from connectors.formats.x12.inquiry import Participant, Trace
from connectors.formats.x12.parts import Name, Reference, procedure
from connectors.formats.x12.status_inquiry import Standing, StatusAnswer, StatusInquiry, StatusLine
from connectors.formats.x12.tokenizer import Segment

_PAYER, _RECEIVER, _PROVIDER, _SUBSCRIBER, _DEPENDENT = "20", "21", "19", "22", "23"


class _StatusParser(HierarchyParser):
    LEVELS = {
        _PAYER: "2000A",
        _RECEIVER: "2000B",
        _PROVIDER: "2000C",
        _SUBSCRIBER: "2000D",
        _DEPENDENT: "2000E",
    }

    def payer(self, level: Level) -> Participant:
        return self.participant(level.up(_PAYER), "NM1*PR, the payer") or Participant(name=Name("PR"))

    def dependent(self, level: Level) -> Participant | None:
        return self.participant(level, "NM1*QC, the patient") if level.code == _DEPENDENT else None

    def claims(self, level: Level) -> list[list[Segment]]:
        """The segments of each claim: from one TRN to the next."""
        claims: list[list[Segment]] = []
        for segment in level.segments:
            if segment.id == "TRN":
                claims.append([])
            if claims:
                claims[-1].append(segment)
        self.loop = "2200E" if level.code == _DEPENDENT else "2200D"
        return claims

    def trace(self, claim: list[Segment]) -> Trace:
        return Trace(self.required(claim[0], 2, "trace number"), claim[0].get(3), claim[0].get(1))

    def lines(self, claim: list[Segment]) -> tuple[StatusLine, ...]:
        starts = [place for place, each in enumerate(claim) if each.id == "SVC"]
        ends = [*starts[1:], len(claim)]
        return tuple(self._line(claim[start:end]) for start, end in zip(starts, ends, strict=False))

    def _line(self, segments: list[Segment]) -> StatusLine:
        svc = segments[0]
        self.required(svc, 1, "procedure")
        return StatusLine(
            procedure=procedure(svc.get(1), self.component),
            charge=self.number(svc, 2, "line charge"),
            paid=self.optional_number(svc, 3, "line payment"),
            units=self.optional_number(svc, 7, "units"),
            standings=self.standings(segments),
            control_number=next((each.get(2) for each in segments if each.id == "REF" and each.get(1) == "FJ"), ""),
            dates=self.periods(each for each in segments if each.id == "DTP"),
        )

    def standings(self, segments: list[Segment]) -> tuple[Standing, ...]:
        return tuple(self._standing(each) for each in segments if each.id == "STC")

    def _standing(self, segment: Segment) -> Standing:
        self.required(segment, 1, "status")
        codes = []
        for text in filter(None, (segment.get(index) for index in (1, 10, 11))):
            category, code, entity, *_ = (*text.split(self.component), "", "")
            codes.append(StatusCode(category, code, entity))
        return Standing(
            codes=tuple(codes),
            day=self.day(segment, 2, "status date", required=False),
            charge=self.optional_number(segment, 4, "claim charge"),
            paid=self.optional_number(segment, 5, "claim payment"),
            finalized_on=self.day(segment, 6, "adjudication date", required=False),
            paid_on=self.day(segment, 8, "payment date", required=False),
            check_number=segment.get(9),
        )


def _before_lines(claim: list[Segment]) -> list[Segment]:
    at = next((place for place, each in enumerate(claim) if each.id == "SVC"), len(claim))
    return claim[:at]


def _references(segments: list[Segment]) -> tuple[Reference, ...]:
    return tuple(Reference(each.get(1), each.get(2)) for each in segments if each.id == "REF")


class StatusInquiryParser(_StatusParser):
    """276."""

    SEGMENTS = frozenset({"NM1", "DMG", "TRN", "REF", "AMT", "DTP", "SVC", "N3", "N4", "PER"})

    def ended(self, level: Level) -> None:
        if level.code not in (_SUBSCRIBER, _DEPENDENT):
            return
        claims = self.claims(level)
        if not claims and not level.has_levels_below:
            self.missing(level.hl, "TRN", self.loop, "TRN, the trace of what is asked")
        for claim in claims:
            own = _before_lines(claim)
            amount = next((each for each in own if each.id == "AMT" and each.get(1) == "T3"), None)
            self.give(
                StatusInquiry(
                    payer=self.payer(level),
                    receiver=self.participant(level.up(_RECEIVER), "NM1*41, who asks") or Participant(name=Name("41")),
                    provider=self.participant(level.up(_PROVIDER), "NM1*1P, the provider")
                    or Participant(name=Name("1P")),
                    subscriber=self.participant(level.up(_SUBSCRIBER), "NM1*IL, the subscriber")
                    or Participant(name=Name("IL")),
                    dependent=self.dependent(level),
                    trace=self.trace(claim),
                    references=_references(own),
                    charge=self.number(amount, 2, "claim charge") if amount else None,
                    dates=self.periods(each for each in own if each.id == "DTP"),
                    lines=self.lines(claim),
                    segment=claim[0].number,
                )
            )


class StatusAnswerParser(_StatusParser):
    """277 of the guide X212."""

    SEGMENTS = frozenset({"NM1", "PER", "TRN", "STC", "REF", "DTP", "SVC", "DMG", "N3", "N4"})

    def ended(self, level: Level) -> None:
        if level.code not in (_SUBSCRIBER, _DEPENDENT):
            self._refused(level)
            return
        claims = self.claims(level)
        if not claims and not level.has_levels_below:
            self.missing(level.hl, "TRN", self.loop, "TRN, the trace of what was asked")
        for claim in claims:
            own = _before_lines(claim)
            standings = self.standings(own)
            if not standings:
                self.missing(claim[0], "STC", self.loop, "STC, where the claim stands, after this TRN")
            self.give(
                StatusAnswer(
                    payer=self.payer(level),
                    receiver=self.participant(level.up(_RECEIVER)),
                    provider=self.participant(level.up(_PROVIDER)),
                    subscriber=self.participant(level.up(_SUBSCRIBER), "NM1*IL, the subscriber"),
                    dependent=self.dependent(level),
                    trace=self.trace(claim),
                    standings=standings,
                    references=_references(own),
                    dates=self.periods(each for each in own if each.id == "DTP"),
                    lines=self.lines(claim),
                    segment=claim[0].number,
                )
            )

    def _refused(self, level: Level) -> None:
        """A status of the receiver or the provider: the payer went no further."""
        standings = self.standings(level.segments)
        if not standings:
            return
        self.give(
            StatusAnswer(
                payer=self.payer(level),
                receiver=self.participant(level.up(_RECEIVER)),
                provider=self.participant(level.up(_PROVIDER)),
                trace=next(iter(self.traces(level)), None),
                standings=standings,
                segment=level.hl.number,
            )
        )
