"""Read a 278, level by level, into the types of `review`. BHT02 says whether it asks or answers."""

from __future__ import annotations

from typing import Any

from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode
from connectors.formats.x12.hierarchy import MOST_SEGMENTS, HierarchyParser, Level
from connectors.formats.x12.inquiry import RESPONSE, Participant
from connectors.formats.x12.parts import Name, Procedure, Reference, procedure
from connectors.formats.x12.review import Decision, Review, ReviewedService, ReviewRequest, ReviewResponse
from connectors.formats.x12.tokenizer import NO_SEGMENT
from connectors.formats.x12.transaction import TransactionHeader

_PAYER, _REQUESTER, _SUBSCRIBER, _DEPENDENT, _EVENT, _SERVICE = "20", "21", "22", "23", "EV", "SS"
#: A service's procedure, and its amount, basis and units, by the segment that names it.
_SERVICE_SEGMENTS = {"SV1": (1, 2, 3, 4), "SV2": (2, 3, 4, 5), "SV3": (1, 2, 0, 6)}


class ReviewParser(HierarchyParser):
    """Holds one patient event with its services."""

    LEVELS = {
        _PAYER: "2000A",
        _REQUESTER: "2000B",
        _SUBSCRIBER: "2000C",
        _DEPENDENT: "2000D",
        _EVENT: "2000E",
        _SERVICE: "2000F",
    }
    SEGMENTS = frozenset(
        {"AAA", "NM1", "N3", "N4", "PER", "PRV", "REF", "DMG", "INS", "TRN", "UM", "HCR", "DTP", "HI", "HSD", "CL1",
         "CR1", "CR2", "CR5", "CR6", "CRC", "PWK", "MSG", "SV1", "SV2", "SV3", "TOO"}
    )  # fmt: skip

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self._event: Level | None = None
        self._services: list[ReviewedService] = []
        self._overflowed = False

    def ended(self, level: Level) -> None:
        if level.code == _SERVICE:
            self._add_service(level)
            return
        self._end_event()
        if level.code == _EVENT:
            self._event = level
        elif any(level.of("AAA")):
            self.give(
                ReviewResponse(
                    payer=self._payer(level),
                    requester=self.participant(level.up(_REQUESTER)),
                    subscriber=self.participant(level.up(_SUBSCRIBER)),
                    dependent=self.participant(level.up(_DEPENDENT)),
                    rejections=self.rejections(level),
                    segment=level.hl.number,
                )
            )

    def all_ended(self) -> None:
        self._end_event()

    def _end_event(self) -> None:
        """The event's services have come as well."""
        level, self._event = self._event, None
        services, self._services = tuple(self._services), []
        if level is None:
            return
        self.loop = self.LEVELS[_EVENT]
        answers = self._bht.get(2) == RESPONSE
        shared: dict[str, Any] = {
            "payer": self._payer(level),
            "requester": self.participant(level.up(_REQUESTER), "" if answers else "NM1, who asks"),
            "subscriber": self.participant(level.up(_SUBSCRIBER), "NM1*IL, the subscriber"),
            "dependent": self.participant(level.up(_DEPENDENT)),
            "traces": self.traces(level),
            "review": self._review(level),
            "references": _references(level),
            "dates": self.periods(level.of("DTP")),
            "diagnoses": tuple(self._diagnoses(level)),
            "providers": tuple(self.participants(level)),
            "services": services,
            "messages": tuple(each.get(1) for each in level.of("MSG")),
            "segment": level.hl.number,
        }
        if not answers:
            self.give(ReviewRequest(**shared))
            return
        rejections = self.rejections(level) + tuple(each for service in services for each in service.rejections)
        self.give(ReviewResponse(**shared, decision=self._decision(level), rejections=rejections))

    def _payer(self, level: Level) -> Participant:
        return self.participant(level.up(_PAYER), "NM1*X3, who reviews") or Participant(name=Name("X3"))

    def _add_service(self, level: Level) -> None:
        if len(self._services) < MOST_SEGMENTS:
            self._services.append(self._service(level))
        elif not self._overflowed:
            self._overflowed = True
            self.fault(
                FaultCode.OVERSIZE_SEGMENT,
                "The event does not end; the rest of its services is left out",
                level.hl,
                expected=f"at most {MOST_SEGMENTS} services",
            )

    def _service(self, level: Level) -> ReviewedService:
        named = next(level.of(*_SERVICE_SEGMENTS), NO_SEGMENT)
        code, amount, basis, units = _SERVICE_SEGMENTS.get(named.id, (0, 0, 0, 0))
        return ReviewedService(
            procedure=self._procedure(named.get(code)) if code else None,
            amount=self.optional_number(named, amount, "service charge") if amount else None,
            unit_basis=named.get(basis) if basis else "",
            units=self.optional_number(named, units, "units") if units else None,
            review=self._review(level),
            decision=self._decision(level),
            dates=self.periods(level.of("DTP")),
            traces=self.traces(level),
            providers=tuple(self.participants(level)),
            rejections=tuple(self.rejection(each, self.loop) for each in level.of("AAA")),
        )

    def _procedure(self, text: str) -> Procedure | None:
        return procedure(text, self.component) if text else None

    def _review(self, level: Level) -> Review | None:
        segment = next(level.of("UM"), None)
        if segment is None:
            if level.code == _EVENT and self._bht.get(2) != RESPONSE:
                self.missing(level.hl, "UM", self.loop, "UM, what kind of review is asked for")
            return None
        facility, kind, *_ = (*segment.get(4).split(self.component), "")
        return Review(
            category=self.required(segment, 1, "request category"),
            certification=segment.get(2),
            service_type=segment.get(3),
            facility=facility,
            facility_kind=kind,
            urgency=segment.get(6),
        )

    def _decision(self, level: Level) -> Decision | None:
        segment = next(level.of("HCR"), None)
        if segment is None:
            return None
        return Decision(self.required(segment, 1, "action code"), segment.get(2), segment.get(3))

    def _diagnoses(self, level: Level) -> list[tuple[str, str]]:
        found = []
        for segment in level.of("HI"):
            for text in filter(None, segment.elements[1:]):
                qualifier, code, *_ = (*text.split(self.component), "")
                found.append((qualifier, code))
        return found


def _references(level: Level) -> tuple[Reference, ...]:
    """The REF of the event itself, which stand before anybody is named in it."""
    found = []
    for segment in level.segments:
        if segment.id == "NM1":
            break
        if segment.id == "REF":
            found.append(Reference(segment.get(1), segment.get(2)))
    return tuple(found)
