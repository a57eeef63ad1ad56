"""Read transactions that are built of levels (HL): whoever is asked, who asks, the patient, the event, the service.

A level is gathered whole and handed on when it ends, with the levels above it; so one patient at a time is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode, Severity
from connectors.formats.x12.inquiry import InquiryEnd, InquiryStart, Participant, Period, Rejection, Trace
from connectors.formats.x12.name_segments import party_address, read_contact, read_name
from connectors.formats.x12.parts import Reference
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import count_value, day_value

#: What may follow an NM1 and tells more about whom it names.
_OF_A_NAME = frozenset({"N2", "N3", "N4", "DMG", "REF", "PER", "PRV", "INS", "AAA"})


#: Segments that a level may hold. No answer about one patient comes near it; a file that goes on is not kept in memory.
MOST_SEGMENTS = 20_000


@dataclass(slots=True)
class Level:
    """One HL and the segments under it, those of the levels below left out."""

    code: str
    hl: Segment
    above: Level | None
    segments: list[Segment] = field(default_factory=list)
    overflowed: bool = False

    @property
    def has_levels_below(self) -> bool:
        """What HL04 says; a level ends before anything below it is seen."""
        return self.hl.get(4) == "1"

    def of(self, *ids: str) -> Iterator[Segment]:
        return (segment for segment in self.segments if segment.id in ids)

    def up(self, *codes: str) -> Level | None:
        """This level or the nearest above it with one of `codes`."""
        level: Level | None = self
        while level is not None and level.code not in codes:
            level = level.above
        return level


class HierarchyParser(TransactionParser):
    """Gathers levels. A subclass names its `LEVELS` (HL03 to loop, outermost first) and `SEGMENTS`, and takes each
    level in `ended`."""

    LEVELS: dict[str, str] = {}
    SEGMENTS: frozenset[str] = frozenset()

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.items = 0
        self._level: Level | None = None
        self._bht = NO_SEGMENT
        self._ranks = {code: rank for rank, code in enumerate(self.LEVELS)}
        self.handlers |= {"BHT": self._start, "HL": self._hl}
        self.handlers |= dict.fromkeys(self.SEGMENTS, self._gather)

    def ended(self, level: Level) -> None:
        """A level is whole; `self.loop` is its loop."""

    def all_ended(self) -> None:
        """The last level has ended."""

    def give(self, item: object) -> None:
        """Put out one inquiry or answer."""
        self.items += 1
        self.out.append(item)

    # --- the envelope of levels ---

    def _start(self, segment: Segment) -> None:
        self._bht = segment
        self.out.append(
            InquiryStart(
                reference=segment.get(3),
                purpose=self.required(segment, 2, "purpose"),
                created=_moment(segment.get(4), segment.get(5)),
                kind=segment.get(6),
                header=self.header,
            )
        )

    def _hl(self, segment: Segment) -> None:
        if not self._bht.number:
            self.missing(segment, "BHT", "", "BHT before the first HL")
            self._bht = segment
        self._end_level()
        self.loop = ""
        code = self.code(segment, 3, frozenset(self.LEVELS), "hierarchical level")
        above = self._above(code)
        stated = segment.get(2)
        if stated != (above.hl.get(1) if above else ""):
            self.fault(
                FaultCode.MISPLACED_SEGMENT,
                "The level stands under another one than it says",
                segment,
                2,
                expected="the number of the level above" if above else "nothing: it is the first",
                severity=Severity.WARNING,  # the order of the levels says the same, and says it clearly
            )
        self._level = Level(code, segment, above)
        self.loop = self.LEVELS.get(code, "")

    def _above(self, code: str) -> Level | None:
        rank = self._ranks.get(code, len(self._ranks))
        level = self._level
        while level is not None and self._ranks.get(level.code, len(self._ranks)) >= rank:
            level = level.above
        return level

    def _gather(self, segment: Segment) -> None:
        level = self._level
        if level is None:
            self.misplaced(segment, "HL before it")
        elif len(level.segments) < MOST_SEGMENTS:
            level.segments.append(segment)
        elif not level.overflowed:
            level.overflowed = True
            self.fault(
                FaultCode.OVERSIZE_SEGMENT,
                "The level does not end; the rest of it is left out",
                segment,
                expected=f"at most {MOST_SEGMENTS} segments",
            )

    def _end_level(self) -> None:
        """The segments of the level have come. Those of its ancestors went out before, so each ends once.

        One of a kind that nobody knows was reported when it began; nothing is made of it.
        """
        level = self._level
        if level is not None and level.code in self.LEVELS:
            self.loop = self.LEVELS[level.code]
            self.ended(level)

    def finish(self, trailer: Segment | None) -> None:
        self._end_level()
        self.all_ended()
        last = trailer or self._bht
        if self._level is None and last.number:
            self.missing(last, "HL", "", "HL, a level")
        self.out.append(
            InquiryEnd(header=self.header, items=self.items, errors=self.errors, complete=trailer is not None)
        )

    # --- what levels are made of ---

    def participant(self, level: Level | None, expected: str = "") -> Participant | None:
        """The first that a level names. `expected`, where given, is reported if there is none ("NM1*PR, the payer")."""
        if level is None:
            return None
        found = next(self.participants(level), None)
        if found is None and expected:
            self.missing(level.hl, "NM1", self.LEVELS.get(level.code, ""), expected)
        return found

    def participants(self, level: Level) -> Iterator[Participant]:
        """Everybody that a level names. A DMG before the first NM1 (276) tells of that one."""
        told: list[Segment] = [segment for segment in level.of("DMG")][:1]
        name: Segment | None = None
        for segment in level.segments:
            if segment.id == "NM1":
                if name is not None:
                    yield self._participant(name, told)
                    told = []
                name = segment
            elif name is not None and segment.id in _OF_A_NAME and segment not in told:
                told.append(segment)
            elif name is not None and segment.id not in _OF_A_NAME:
                break
        if name is not None:
            yield self._participant(name, told)

    def _participant(self, nm1: Segment, told: list[Segment]) -> Participant:
        demographics = next((each for each in told if each.id == "DMG"), NO_SEGMENT)
        provider = next((each for each in told if each.id == "PRV"), NO_SEGMENT)
        return Participant(
            name=read_name(nm1),
            birth_date=self.day(demographics, 2, "birth date", required=False) if demographics.number else None,
            sex=demographics.get(3),
            address=party_address([each for each in told if each.id in ("N3", "N4")]),
            references=tuple(Reference(each.get(1), each.get(2)) for each in told if each.id == "REF"),
            contacts=tuple(read_contact(each) for each in told if each.id == "PER"),
            taxonomy=provider.get(3),
        )

    def traces(self, level: Level) -> tuple[Trace, ...]:
        return tuple(
            Trace(self.required(each, 2, "trace number"), each.get(3), each.get(1)) for each in level.of("TRN")
        )

    def rejections(self, level: Level | None) -> tuple[Rejection, ...]:
        """Every AAA of a level and of those above it, the outermost first."""
        if level is None:
            return ()
        own = tuple(self.rejection(each, self.LEVELS.get(level.code, "")) for each in level.of("AAA"))
        return self.rejections(level.above) + own

    def rejection(self, segment: Segment, loop: str) -> Rejection:
        reason = self.required(segment, 3, "reject reason")
        return Rejection(reason, segment.get(4), loop, segment.get(1) == "Y")

    def periods(self, segments: Iterator[Segment]) -> tuple[Period, ...]:
        read = (self.period(each) for each in segments)
        return tuple(each for each in read if each is not None)

    def period(self, segment: Segment) -> Period | None:
        """The day, or first and last day, that a DTP names; None where it names none (reported)."""
        qualifier = segment.get(1)
        if segment.get(2) != "RD8":
            day = self.day(segment, 3, "date")
            return None if day is None else Period(qualifier, day)
        first, _, last = segment.get(3).partition("-")
        days: tuple[date | None, date | None] = (day_value(first), day_value(last))
        if days[0] is None or days[1] is None:
            self.fault(FaultCode.NOT_A_DATE, "The period is not two dates", segment, 3, expected="CCYYMMDD-CCYYMMDD")
            return None
        return Period(qualifier, days[0], days[1])


def _moment(day_text: str, time_text: str) -> datetime | None:
    """BHT04 and BHT05, which may carry seconds."""
    day = day_value(day_text)
    if day is None:
        return None
    parts = [count_value(time_text[at : at + 2]) or 0 for at in (0, 2, 4)]
    try:
        return datetime.combine(day, time(parts[0], parts[1], parts[2]))
    except ValueError:
        return datetime.combine(day, time())
