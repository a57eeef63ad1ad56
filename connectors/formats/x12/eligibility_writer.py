"""Write 270 and 271 files (005010X279A1): one interchange, one group, one transaction per patient."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.formats.x12.eligibility import Benefit, EligibilityAnswer, EligibilityInquiry
from connectors.formats.x12.hierarchy_writer import (
    LevelWriter,
    write_participant,
    write_periods,
    write_rejections,
    write_start,
    write_trace,
)
from connectors.formats.x12.inquiry import REQUEST, RESPONSE
from connectors.formats.x12.write_parts import composite
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter

VERSION = "005010X279A1"


def write_270(inquiries: Iterable[EligibilityInquiry], *, reference: str, interchange: OutgoingInterchange) -> bytes:
    """The file that asks `inquiries`; `reference` is BHT03. Raises UnwritableValue for what cannot stand in a 270."""
    out = SegmentWriter(interchange, "HS", VERSION)
    for inquiry in inquiries:
        out.begin("270")
        write_start(out, interchange, structure="0022", purpose=REQUEST, reference=reference)
        levels = LevelWriter(out)
        source = levels.add("20", None, more=True)
        write_participant(out, inquiry.source)
        receiver = levels.add("21", source, more=True)
        write_participant(out, inquiry.receiver)
        subscriber = levels.add("22", receiver, more=inquiry.dependent is not None)
        if inquiry.dependent is None:
            _traces(out, inquiry)
            write_participant(out, inquiry.subscriber)
        else:
            write_participant(out, inquiry.subscriber)
            levels.add("23", subscriber, more=False)
            _traces(out, inquiry)
            write_participant(out, inquiry.dependent)
        write_periods(out, inquiry.dates)
        for question in inquiry.questions:
            procedure = composite(question.procedure) if question.procedure else None
            out.add("EQ", list(question.service_types), procedure, question.coverage_level)
        out.end()
    return out.finish()


def write_271(answers: Iterable[EligibilityAnswer], *, reference: str, interchange: OutgoingInterchange) -> bytes:
    """The file of `answers`; `reference` is the BHT03 of what was asked. Raises UnwritableValue."""
    out = SegmentWriter(interchange, "HB", VERSION)
    for answer in answers:
        out.begin("271")
        write_start(out, interchange, structure="0022", purpose=RESPONSE, reference=reference)
        _answer(out, answer)
        out.end()
    return out.finish()


def _answer(out: SegmentWriter, answer: EligibilityAnswer) -> None:
    levels = LevelWriter(out)
    source = levels.add("20", None, more=answer.receiver is not None)
    write_participant(out, answer.source)
    write_rejections(out, answer.rejections, "2000A")
    if answer.receiver is None:
        return
    receiver = levels.add("21", source, more=answer.subscriber is not None)
    write_participant(out, answer.receiver)
    write_rejections(out, answer.rejections, "2000B")
    if answer.subscriber is None:
        return
    subscriber = levels.add("22", receiver, more=answer.dependent is not None)
    if answer.dependent is None:
        _traces(out, answer)
    write_participant(out, answer.subscriber)
    write_rejections(out, answer.rejections, "2000C")
    if answer.dependent is not None:
        levels.add("23", subscriber, more=False)
        _traces(out, answer)
        write_participant(out, answer.dependent)
        write_rejections(out, answer.rejections, "2000D")
    write_periods(out, answer.dates)
    for benefit in answer.benefits:
        _benefit(out, benefit)


def _traces(out: SegmentWriter, item: EligibilityInquiry | EligibilityAnswer) -> None:
    for trace in item.traces:
        write_trace(out, trace)


def _benefit(out: SegmentWriter, benefit: Benefit) -> None:
    out.add(
        "EB",
        benefit.information,
        benefit.coverage_level,
        list(benefit.service_types),
        benefit.insurance_type,
        benefit.plan,
        benefit.period,
        benefit.amount,
        benefit.percent,
        benefit.quantity_qualifier,
        benefit.quantity,
        benefit.authorization,
        benefit.in_network,
        composite(benefit.procedure) if benefit.procedure else None,
    )
    for reference in benefit.references:
        out.add("REF", reference.qualifier, reference.value)
    write_periods(out, benefit.dates)
    write_rejections(out, benefit.rejections, "2110C", "2110D")
    for message in benefit.messages:
        out.add("MSG", message)
