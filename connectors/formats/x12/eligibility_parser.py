"""Read a 270 or a 271, level by level, into the types of `eligibility`."""

from __future__ import annotations

from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.eligibility import Benefit, BenefitQuestion, EligibilityAnswer, EligibilityInquiry
from connectors.formats.x12.hierarchy import HierarchyParser, Level
from connectors.formats.x12.inquiry import Participant
from connectors.formats.x12.parts import Name, Procedure, Reference, procedure
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader

_SOURCE, _RECEIVER, _SUBSCRIBER, _DEPENDENT = "20", "21", "22", "23"
#: What follows an EB and belongs to it, up to the next EB.
_OF_A_BENEFIT = frozenset({"HSD", "REF", "DTP", "AAA", "MSG", "III"})


class _EligibilityParser(HierarchyParser):
    LEVELS = {_SOURCE: "2000A", _RECEIVER: "2000B", _SUBSCRIBER: "2000C", _DEPENDENT: "2000D"}

    def source(self, level: Level) -> Participant:
        found = self.participant(level.up(_SOURCE), "NM1, who is asked")
        return found or Participant(name=Name("PR"))

    def composite(self, text: str) -> Procedure | None:
        return procedure(text, self.component) if text else None

    def repeated(self, text: str) -> tuple[str, ...]:
        """A repeated element. An envelope of 004010 declares no separator, and what is in it uses the usual one."""
        return tuple(each for each in text.split(self.repetition or "^") if each)


class EligibilityInquiryParser(_EligibilityParser):
    """270."""

    SEGMENTS = frozenset(
        {"TRN", "NM1", "REF", "N3", "N4", "PER", "PRV", "DMG", "INS", "HI", "DTP", "EQ", "III", "AMT"}
    )  # fmt: skip

    def ended(self, level: Level) -> None:
        if level.code not in (_SUBSCRIBER, _DEPENDENT):
            return
        questions = tuple(self._question(each) for each in level.of("EQ"))
        if not questions:
            if not level.has_levels_below:
                self.missing(level.hl, "EQ", self.loop, "EQ, what is asked for")
            return
        subscriber = self.participant(level.up(_SUBSCRIBER), "NM1*IL, the subscriber")
        receiver = self.participant(level.up(_RECEIVER), "NM1*1P, who asks")
        self.give(
            EligibilityInquiry(
                source=self.source(level),
                receiver=receiver or Participant(name=Name("1P")),
                subscriber=subscriber or Participant(name=Name("IL")),
                dependent=self.participant(level, "NM1*03, the patient") if level.code == _DEPENDENT else None,
                traces=self.traces(level),
                dates=self.periods(level.of("DTP")),
                questions=questions,
                segment=level.hl.number,
            )
        )

    def _question(self, segment: Segment) -> BenefitQuestion:
        service_types = self.repeated(segment.get(1)) if segment.get(1) else ()
        if not service_types and not segment.get(2):
            self.required(segment, 1, "service type")
        return BenefitQuestion(
            service_types=service_types, procedure=self.composite(segment.get(2)), coverage_level=segment.get(3)
        )


class EligibilityAnswerParser(_EligibilityParser):
    """271."""

    SEGMENTS = frozenset(
        {"TRN", "NM1", "REF", "N3", "N4", "PER", "PRV", "DMG", "INS", "HI", "MPI", "DTP", "AAA", "EB", "HSD", "MSG",
         "III", "LS", "LE"}
    )  # fmt: skip

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self._refused: Level | None = None

    def ended(self, level: Level) -> None:
        if level.code not in (_SUBSCRIBER, _DEPENDENT):
            self._above_patients(level)
            return
        self._refused = None  # whoever is answered about carries the reasons of the levels above as well
        head, tail = _cut_at_benefits(level)
        if tail or any(head.of("AAA")) or not level.has_levels_below:
            self._give(head, tail)

    def all_ended(self) -> None:
        self._give_refusal()

    def _above_patients(self, level: Level) -> None:
        """A payer that refuses the inquiry as such names no patient; where one follows, that is the answer."""
        if self._refused is not None and self._ranks[level.code] <= self._ranks[self._refused.code]:
            self._give_refusal()
        if any(level.of("AAA")):
            self._refused = level

    def _give_refusal(self) -> None:
        level, self._refused = self._refused, None
        if level is not None:
            self._give(level, [])

    def _give(self, level: Level, benefits: list[Segment]) -> None:
        self.loop = self.LEVELS[level.code]
        self.give(
            EligibilityAnswer(
                source=self.source(level),
                receiver=self.participant(level.up(_RECEIVER)),
                subscriber=self.participant(level.up(_SUBSCRIBER), "NM1*IL, the subscriber"),
                dependent=self.participant(level, "NM1*03, the patient") if level.code == _DEPENDENT else None,
                traces=self.traces(level),
                dates=self.periods(level.of("DTP")),
                benefits=tuple(self._benefits(benefits)),
                rejections=self.rejections(level),
                segment=level.hl.number,
            )
        )

    def _benefits(self, segments: list[Segment]) -> list[Benefit]:
        """Each EB with what follows it; the names of a 2120 loop (LS to LE) are left out."""
        found: list[Benefit] = []
        told: list[Segment] = []
        eb, bracketed = NO_SEGMENT, False
        self.loop = "2110D" if self.loop == "2000D" else "2110C"
        for segment in segments:
            if segment.id == "EB":
                if eb.number:
                    found.append(self._benefit(eb, told))
                eb, told = segment, []
            elif segment.id in ("LS", "LE"):
                bracketed = segment.id == "LS"
            elif segment.id in _OF_A_BENEFIT and not bracketed:
                told.append(segment)
        if eb.number:
            found.append(self._benefit(eb, told))
        return found

    def _benefit(self, eb: Segment, told: list[Segment]) -> Benefit:
        return Benefit(
            information=self.required(eb, 1, "benefit information"),
            coverage_level=eb.get(2),
            service_types=self.repeated(eb.get(3)) if eb.get(3) else (),
            insurance_type=eb.get(4),
            plan=eb.get(5),
            period=eb.get(6),
            amount=self.optional_number(eb, 7, "benefit amount"),
            percent=self.optional_number(eb, 8, "benefit percentage"),
            quantity_qualifier=eb.get(9),
            quantity=self.optional_number(eb, 10, "benefit quantity"),
            authorization=eb.get(11),
            in_network=eb.get(12),
            procedure=self.composite(eb.get(13)),
            references=tuple(Reference(each.get(1), each.get(2)) for each in told if each.id == "REF"),
            dates=self.periods(each for each in told if each.id == "DTP"),
            messages=tuple(each.get(1) for each in told if each.id == "MSG"),
            rejections=tuple(self.rejection(each, self.loop) for each in told if each.id == "AAA"),
        )


def _cut_at_benefits(level: Level) -> tuple[Level, list[Segment]]:
    """The level up to its first EB, and the rest."""
    at = next((place for place, each in enumerate(level.segments) if each.id == "EB"), len(level.segments))
    return Level(level.code, level.hl, level.above, level.segments[:at]), level.segments[at:]
