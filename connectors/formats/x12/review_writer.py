"""Write 278 requests and responses (005010X217): one interchange, one group, one transaction per patient event."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.formats.x12.hierarchy_writer import (
    LevelWriter,
    needed,
    write_participant,
    write_periods,
    write_rejections,
    write_start,
    write_trace,
)
from connectors.formats.x12.inquiry import REQUEST, RESPONSE
from connectors.formats.x12.review import (
    FINAL,
    MORE_TO_COME,
    PENDED,
    Decision,
    Review,
    ReviewedService,
    ReviewRequest,
    ReviewResponse,
)
from connectors.formats.x12.write_parts import composite
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter, UnwritableValue

VERSION = "005010X217"
#: An HI has room for twelve diagnoses.
_DIAGNOSIS_ROOM = 12


def write_278_request(requests: Iterable[ReviewRequest], *, reference: str, interchange: OutgoingInterchange) -> bytes:
    """The file that asks `requests`; `reference` is BHT03. Raises UnwritableValue for what cannot stand in a 278."""
    out = SegmentWriter(interchange, "HI", VERSION)
    for request in requests:
        out.begin("278")
        write_start(out, interchange, structure="0007", purpose=REQUEST, reference=reference)
        levels = LevelWriter(out)
        patient = _people(out, levels, request)
        _event(out, levels, patient, request, None)
        out.end()
    return out.finish()


def write_278_response(
    responses: Iterable[ReviewResponse], *, reference: str, interchange: OutgoingInterchange
) -> bytes:
    """The file of `responses`; `reference` is the BHT03 of what was asked. Raises UnwritableValue."""
    out = SegmentWriter(interchange, "HI", VERSION)
    for response in responses:
        pended = any(decision.action == PENDED for decision in response.decisions)
        out.begin("278")
        write_start(
            out,
            interchange,
            structure="0007",
            purpose=RESPONSE,
            reference=reference,
            kind=MORE_TO_COME if pended else FINAL,
        )
        _response(out, response)
        out.end()
    return out.finish()


def _response(out: SegmentWriter, response: ReviewResponse) -> None:
    """Down to the event, or to the level at which the payer refused."""
    levels = LevelWriter(out)
    if response.requester is None:
        levels.add("20", None, more=False)
        write_rejections(out, response.rejections, "2000A")
        write_participant(out, response.payer)
        return
    payer = levels.add("20", None, more=True)
    write_participant(out, response.payer)
    if response.subscriber is None:
        levels.add("21", payer, more=False)
        write_participant(out, response.requester)
        write_rejections(out, response.rejections, "2000B")
        return
    requester = levels.add("21", payer, more=True)
    write_participant(out, response.requester)
    decided = bool(response.traces or response.review or response.decisions)
    subscriber = levels.add("22", requester, more=decided or response.dependent is not None)
    write_participant(out, response.subscriber)
    write_rejections(out, response.rejections, "2000C")
    patient = subscriber
    if response.dependent is not None:
        patient = levels.add("23", subscriber, more=decided)
        write_participant(out, response.dependent)
        write_rejections(out, response.rejections, "2000D")
    if decided:
        _event(out, levels, patient, response, response)


def _people(out: SegmentWriter, levels: LevelWriter, request: ReviewRequest) -> int:
    """The levels down to the patient; gives the patient's number."""
    payer = levels.add("20", None, more=True)
    write_participant(out, request.payer)
    requester = levels.add("21", payer, more=True)
    write_participant(out, needed(request.requester, "NM103", "who asks"))
    patient = levels.add("22", requester, more=True)
    write_participant(out, needed(request.subscriber, "NM103", "the subscriber"))
    if request.dependent is not None:
        patient = levels.add("23", patient, more=True)
        write_participant(out, request.dependent)
    return patient


def _event(
    out: SegmentWriter,
    levels: LevelWriter,
    patient: int,
    event: ReviewRequest | ReviewResponse,
    response: ReviewResponse | None,
) -> None:
    number = levels.add("EV", patient, more=bool(event.services))
    for trace in event.traces:
        write_trace(out, trace)
    if response is not None:
        write_rejections(out, response.rejections, "2000E")
    if event.review is None and response is None:
        raise UnwritableValue("UM01", "the kind of review is needed")
    _review(out, event.review)
    if response is not None:
        _decision(out, response.decision)
    for reference in event.references:
        out.add("REF", reference.qualifier, reference.value)
    write_periods(out, event.dates)
    if len(event.diagnoses) > _DIAGNOSIS_ROOM:
        raise UnwritableValue("HI", f"has room for {_DIAGNOSIS_ROOM} diagnoses")
    if event.diagnoses:
        out.add("HI", *event.diagnoses)
    for message in event.messages:
        out.add("MSG", message)
    for provider in event.providers:
        write_participant(out, provider)
    for service in event.services:
        levels.add("SS", number, more=False)
        _service(out, service)


def _service(out: SegmentWriter, service: ReviewedService) -> None:
    for trace in service.traces:
        write_trace(out, trace)
    write_rejections(out, service.rejections, "2000F")
    _review(out, service.review)
    _decision(out, service.decision)
    write_periods(out, service.dates)
    if service.procedure is not None:
        out.add("SV1", composite(service.procedure), service.amount, service.unit_basis, service.units)
    for provider in service.providers:
        write_participant(out, provider)


def _review(out: SegmentWriter, review: Review | None) -> None:
    if review is None:
        return
    place = (review.facility, review.facility_kind) if review.facility else None
    out.add("UM", review.category, review.certification, review.service_type, place, "", review.urgency)


def _decision(out: SegmentWriter, decision: Decision | None) -> None:
    if decision is not None:
        out.add("HCR", decision.action, decision.number, decision.reason)
