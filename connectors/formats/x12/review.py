"""278 (005010X217), health care services review: its typed form. `review_parser` reads request and response,
`review_writer` writes them.

A request asks for leave in `ReviewRequest`s, a response decides in `ReviewResponse`s; each is one patient event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from connectors.formats.x12.inquiry import Participant, Period, Rejection, Trace
from connectors.formats.x12.parts import Procedure, Reference

#: HCR01 (X12 list 306): certified in total, in part and modified; not certified; pended; the rest.
CERTIFIED, PARTIAL, MODIFIED = "A1", "A2", "A6"
DENIED, PENDED, CANCELLED = "A3", "A4", "C"
CONTACT_PAYER, NOT_NEEDED = "CT", "NA"
#: BHT06 of a response: nothing follows, or a decision does.
FINAL, MORE_TO_COME = "18", "19"
#: UM06 (list 1338): what the payer's 72-hour clock stands for.
URGENT = "U"
#: DTP01: the event itself, and the days a certification holds.
EVENT, EFFECTIVE, EXPIRES, SERVICE = "AAH", "007", "036", "472"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """UM: what kind of review is asked for. `facility` and `facility_kind` are UM04 (a place of service, B)."""

    category: str
    certification: str = "I"  # initial
    service_type: str = ""
    facility: str = ""
    facility_kind: str = ""
    urgency: str = ""  # UM06


@dataclass(frozen=True, slots=True)
class Decision:
    """HCR. `number` is the payer's certification number, `reason` HCR03."""

    action: str
    number: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedService:
    """A service asked for, or decided (level SS): what, how often, when."""

    procedure: Procedure | None = None
    amount: Decimal | None = None
    unit_basis: str = ""
    units: Decimal | None = None
    review: Review | None = None
    decision: Decision | None = None
    dates: tuple[Period, ...] = ()
    traces: tuple[Trace, ...] = ()
    providers: tuple[Participant, ...] = ()
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _PatientEvent:
    """What a request and its response share (level EV)."""

    payer: Participant
    requester: Participant | None = None
    subscriber: Participant | None = None
    dependent: Participant | None = None
    traces: tuple[Trace, ...] = ()
    review: Review | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    diagnoses: tuple[tuple[str, str], ...] = ()  # qualifier (ABK principal, ABF other …) and code
    providers: tuple[Participant, ...] = ()
    services: tuple[ReviewedService, ...] = ()
    messages: tuple[str, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def patient(self) -> Participant | None:
        return self.dependent or self.subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest(_PatientEvent):
    """One patient event for which certification is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResponse(_PatientEvent):
    """One patient event decided, or refused (`rejections`), services included.

    `rejections` holds those of the levels above as well; one that refuses there comes without patient or event.
    """

    decision: Decision | None = None
    rejections: tuple[Rejection, ...] = ()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """That of the event, then those of its services."""
        every = (self.decision, *(service.decision for service in self.services))
        return tuple(each for each in every if each is not None)


ReviewItem: TypeAlias = ReviewRequest | ReviewResponse
