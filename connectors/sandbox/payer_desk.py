"""One of the sandbox's payers at its desk: an X12 inquiry in, an X12 answer out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.formats.x12 import (
    Benefit,
    ClaimPayment,
    Decision,
    EligibilityAnswer,
    EligibilityInquiry,
    Fault,
    InquiryStart,
    InterchangeHeader,
    OutgoingInterchange,
    Participant,
    Period,
    Reference,
    Rejection,
    ReviewRequest,
    ReviewResponse,
    Severity,
    Standing,
    StatusAnswer,
    StatusCode,
    StatusInquiry,
    Trace,
    acknowledge,
    read,
    write_271,
    write_277,
    write_278_response,
    write_999,
)
from connectors.formats.x12.review import CERTIFIED, DENIED, EFFECTIVE, PENDED, URGENT
from connectors.formats.x12.status_inquiry import PATIENT_ACCOUNT, PAYER_CLAIM_NUMBER
from connectors.sandbox import group, payer_rules
from connectors.sandbox.claims_kept import ClaimShelf, KeptClaim
from connectors.sandbox.payer_books import PayerBooks
from connectors.sandbox.payers import trace_number
from connectors.sandbox.remitting import Remitting
from hub.core import clock

#: AAA03: not found under this member id; and AAA04: correct it and ask again.
_NOT_FOUND, _CORRECT = "75", "C"
#: HCR03 of a denial: not medically necessary as submitted.
_NOT_NECESSARY = "0V"
_CERTIFIED_FOR = timedelta(days=90)
_CONTROL_NUMBERS = 10**9
#: Payers certify from the day that it is where they are.
_ZONE = ZoneInfo(group.TIME_ZONE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: CORE's name of the document, and the document."""

    payload_type: str
    content: bytes


class Desk:
    """Answers for `payer`."""

    def __init__(self, payer: group.Payer, books: PayerBooks, shelf: ClaimShelf) -> None:
        self._payer = payer
        self._books = books
        self._shelf = shelf

    def answer(self, document: bytes) -> Answer:
        """The answer; a 999 where the inquiry breaks X12."""
        faults, sender, start = [], "", None
        inquiries: list[EligibilityInquiry | StatusInquiry | ReviewRequest] = []
        for item in read([document]):
            match item:
                case Fault() if item.severity is Severity.ERROR:
                    faults.append(item)
                case InterchangeHeader():
                    sender = item.sender
                case InquiryStart():
                    start = item
                case EligibilityInquiry() | StatusInquiry() | ReviewRequest():
                    inquiries.append(item)
        interchange = self._interchange(document, sender)
        if faults or start is None or not inquiries:
            return Answer("X12_999_Response_1_231A1", write_999(acknowledge([document]), interchange=interchange))
        return self._decide(inquiries[0], start.reference, interchange)

    def _interchange(self, document: bytes, sender: str) -> OutgoingInterchange:
        """Numbered after what it answers, so that the same question is answered alike."""
        moment = clock.now()
        number = _digest(document, moment) % (_CONTROL_NUMBERS - 1) + 1
        return OutgoingInterchange(
            sender=self._payer.payer_id,
            receiver=sender or "UNKNOWN",
            control_number=number,
            group_control_number=number,
            created=moment,
        )

    def _decide(
        self,
        inquiry: EligibilityInquiry | StatusInquiry | ReviewRequest,
        reference: str,
        interchange: OutgoingInterchange,
    ) -> Answer:
        match inquiry:
            case EligibilityInquiry():
                self._books.count("270", self._payer.code)
                answer = self._coverage(inquiry)
                return Answer(
                    "X12_271_Response_005010X279A1",
                    write_271([answer], reference=reference, interchange=interchange),
                )
            case StatusInquiry():
                self._books.count("276", self._payer.code)
                status = self._status(inquiry, interchange.created)
                return Answer(
                    "X12_277_Response_005010X212",
                    write_277([status], reference=f"{interchange.control_number:09}", interchange=interchange),
                )
            case ReviewRequest():
                self._books.count("278", self._payer.code)
                response = self._review(inquiry, interchange.created)
                return Answer(
                    "X12_278_Response_005010X217",
                    write_278_response([response], reference=reference, interchange=interchange),
                )

    # --- eligibility ---

    def _coverage(self, asked: EligibilityInquiry) -> EligibilityAnswer:
        found = payer_rules.standing(asked.subscriber.name.id, self._payer)
        answer = EligibilityAnswer(
            source=asked.source,
            receiver=asked.receiver,
            subscriber=asked.subscriber,
            dependent=asked.dependent,
            traces=_echoed(asked.traces),
        )
        if found is None:
            loop = "2000D" if asked.dependent else "2000C"
            return replace(answer, rejections=(Rejection(_NOT_FOUND, _CORRECT, loop),))
        services = tuple(name for question in asked.questions for name in question.service_types) or ("30",)
        return replace(answer, dates=asked.dates, benefits=tuple(_benefits(found, services)))

    # --- claim status ---

    def _status(self, asked: StatusInquiry, moment: datetime) -> StatusAnswer:
        """A claim still worked on is pending (P1); one decided is paid (F1) or denied (F2); one unknown is D0."""
        account = next((each.value for each in asked.references if each.qualifier == PATIENT_ACCOUNT), "")
        kept = self._shelf.all().get(account)
        if kept is None or kept.claim.payer.identifier != self._payer.payer_id:
            return self._standing(asked, Standing(codes=(StatusCode("D0", "35"),), day=moment.date()))
        numbered = (Reference(PAYER_CLAIM_NUMBER, kept.payer_number),)
        if moment - _aware(kept, moment) < payer_rules.CLAIM_TAKES:
            pending = Standing(codes=(StatusCode("P1", "20"),), day=moment.date(), charge=kept.claim.charge)
            return self._standing(asked, pending, numbered)
        paid = Remitting(self._shelf.standing()).payment_of(account)
        decided = _decided(paid, kept, self._payer, moment) if paid else None
        return self._standing(asked, decided or Standing(codes=(StatusCode("P1", "20"),), day=moment.date()), numbered)

    def _standing(self, asked: StatusInquiry, standing: Standing, numbers: tuple[Reference, ...] = ()) -> StatusAnswer:
        ours = tuple(each for each in asked.references if each.qualifier != PAYER_CLAIM_NUMBER)
        return StatusAnswer(
            payer=asked.payer,
            receiver=asked.receiver,
            provider=asked.provider,
            subscriber=Participant(name=asked.subscriber.name),
            dependent=Participant(name=asked.dependent.name) if asked.dependent else None,
            trace=replace(asked.trace, kind="2"),
            standings=(standing,),
            references=(*numbers, *ours),
            dates=asked.dates,
        )

    # --- authorization ---

    def _review(self, asked: ReviewRequest, moment: datetime) -> ReviewResponse:
        """Asked again under the same trace, it says what stands; a request that is thought over is pended first."""
        response = ReviewResponse(
            payer=asked.payer,
            requester=asked.requester,
            subscriber=asked.subscriber,
            dependent=asked.dependent,
        )
        member = asked.subscriber.name.id if asked.subscriber else ""
        if payer_rules.standing(member, self._payer) is None:
            return replace(response, rejections=(Rejection(_NOT_FOUND, _CORRECT, "2000C"),))
        trace = next((each.number for each in asked.traces), "")
        number, asked_at = self._books.review(self._payer.code, trace, moment)
        expedited = asked.review is not None and asked.review.urgency == URGENT
        decided_at = asked_at + payer_rules.review_takes(self._payer, expedited=expedited)
        decision = self._decision(number, member, pended=moment < decided_at)
        day = decided_at.astimezone(_ZONE).date()
        valid = (Period(EFFECTIVE, day, day + _CERTIFIED_FOR),) if decision.action == CERTIFIED else ()
        return replace(
            response,
            traces=_echoed(asked.traces),
            review=asked.review,
            dates=(*asked.dates, *valid),
            diagnoses=asked.diagnoses,
            services=asked.services,
            decision=decision,
        )

    def _decision(self, number: int, member: str, *, pended: bool) -> Decision:
        reference = f"{self._payer.payer_id}A{number:06}"
        if pended:
            return Decision(PENDED, reference)
        if not payer_rules.allowed(member):
            return Decision(DENIED, reference, _NOT_NECESSARY)
        return Decision(CERTIFIED, reference)


def _digest(document: bytes, moment: datetime) -> int:
    return int(hashlib.sha256(document + moment.isoformat().encode()).hexdigest()[:15], 16)


def _echoed(traces: tuple[Trace, ...]) -> tuple[Trace, ...]:
    return tuple(replace(each, kind="2") for each in traces)


def _benefits(found: payer_rules.Standing, services: tuple[str, ...]) -> list[Benefit]:
    """EB: whether it is in force, and what the patient pays of the services asked about."""
    if not found.active:
        return [Benefit(information="6", service_types=services, plan=found.plan)]
    authorization = "Y" if found.authorization else "N"
    return [
        Benefit(information="1", coverage_level="IND", service_types=services, plan=found.plan),
        Benefit(information="B", service_types=services, period="27", amount=found.copay, in_network="Y"),
        Benefit(
            information="A", service_types=services, period="27", percent=found.coinsurance,
            authorization=authorization, in_network="Y",
        ),
        Benefit(
            information="C", coverage_level="IND", service_types=services, period="29", amount=found.deductible_left,
            in_network="Y",
        ),
    ]  # fmt: skip


def _decided(paid: ClaimPayment, kept: KeptClaim, payer: group.Payer, moment: datetime) -> Standing:
    """What the remittance will say, or has said."""
    day = (_aware(kept, moment) + payer_rules.CLAIM_TAKES).date()
    if paid.is_denied:
        return Standing(
            codes=(StatusCode("F2", "88", "QC"),), day=day, charge=paid.charge, paid=paid.paid, finalized_on=day
        )  # fmt: skip
    return Standing(
        codes=(StatusCode("F1", "65"),),
        day=day,
        charge=paid.charge,
        paid=paid.paid,
        finalized_on=day,
        paid_on=day,
        check_number=trace_number(payer, 1, day),
    )


def _aware(kept: KeptClaim, moment: datetime) -> datetime:
    """When the claim came; a time without a zone is the payer's own, as X12 has it."""
    return kept.received if kept.received.tzinfo else kept.received.replace(tzinfo=moment.tzinfo)
