"""Write 276 and 277 files (005010X212): one interchange, one group, one transaction per claim."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from connectors.formats.x12.hierarchy_writer import (
    LevelWriter,
    needed,
    write_demographics,
    write_participant,
    write_periods,
    write_start,
    write_trace,
)
from connectors.formats.x12.inquiry import REQUEST, STATUS_REPORT, Trace
from connectors.formats.x12.parts import Reference
from connectors.formats.x12.status_inquiry import Standing, StatusAnswer, StatusInquiry, StatusLine
from connectors.formats.x12.write_parts import composite
from connectors.formats.x12.writer import Element, OutgoingInterchange, SegmentWriter, UnwritableValue

VERSION = "005010X212"
#: An STC has room for three codes: STC01, STC10 and STC11.
CODE_ROOM = 3


def write_276(inquiries: Iterable[StatusInquiry], *, reference: str, interchange: OutgoingInterchange) -> bytes:
    """The file that asks `inquiries`; `reference` is BHT03. Raises UnwritableValue for what cannot stand in a 276."""
    out = SegmentWriter(interchange, "HR", VERSION)
    for inquiry in inquiries:
        out.begin("276")
        write_start(out, interchange, structure="0010", purpose=REQUEST, reference=reference)
        levels = LevelWriter(out)
        payer = levels.add("20", None, more=True)
        write_participant(out, inquiry.payer)
        receiver = levels.add("21", payer, more=True)
        write_participant(out, inquiry.receiver)
        provider = levels.add("19", receiver, more=True)
        write_participant(out, inquiry.provider)
        patient = inquiry.dependent
        subscriber = levels.add("22", provider, more=patient is not None)
        if patient is None:
            write_demographics(out, inquiry.subscriber)
        write_participant(out, inquiry.subscriber, demographics=False)
        if patient is not None:
            levels.add("23", subscriber, more=None)
            write_demographics(out, patient)
            write_participant(out, patient, demographics=False)
        write_trace(out, inquiry.trace)
        _references(out, inquiry.references)
        if inquiry.charge is not None:
            out.add("AMT", "T3", inquiry.charge)
        write_periods(out, inquiry.dates)
        for line in inquiry.lines:
            _line(out, line)
        out.end()
    return out.finish()


def write_277(answers: Iterable[StatusAnswer], *, reference: str, interchange: OutgoingInterchange) -> bytes:
    """The file of `answers`; `reference` is the payer's own (BHT03). Raises UnwritableValue."""
    out = SegmentWriter(interchange, "HN", VERSION)
    for answer in answers:
        out.begin("277")
        write_start(out, interchange, structure="0010", purpose=STATUS_REPORT, reference=reference, kind="DG")
        _answer(out, answer)
        out.end()
    return out.finish()


def _answer(out: SegmentWriter, answer: StatusAnswer) -> None:
    """Down to the claim, or to the level at which the payer refused."""
    levels = LevelWriter(out)
    payer = levels.add("20", None, more=True)
    write_participant(out, answer.payer)
    receiver = levels.add("21", payer, more=answer.provider is not None)
    write_participant(out, needed(answer.receiver, "NM103", "who is answered"))
    if answer.provider is None:
        _claim(out, answer)
        return
    provider = levels.add("19", receiver, more=answer.subscriber is not None)
    write_participant(out, answer.provider)
    if answer.subscriber is None:
        _claim(out, answer)
        return
    subscriber = levels.add("22", provider, more=answer.dependent is not None)
    write_participant(out, answer.subscriber, demographics=False)
    if answer.dependent is not None:
        levels.add("23", subscriber, more=None)
        write_participant(out, answer.dependent, demographics=False)
    _claim(out, answer)


def _claim(out: SegmentWriter, answer: StatusAnswer) -> None:
    if not answer.standings:
        raise UnwritableValue("STC01", "an answer needs a status")
    write_trace(out, answer.trace or Trace("0", kind="1"))
    for standing in answer.standings:
        _standing(out, standing)
    _references(out, answer.references)
    write_periods(out, answer.dates)
    for line in answer.lines:
        _line(out, line)


def _line(out: SegmentWriter, line: StatusLine) -> None:
    out.add("SVC", composite(line.procedure), line.charge, line.paid, "", "", "", line.units or Decimal(1))
    for standing in line.standings:
        _standing(out, standing)
    if line.control_number:
        out.add("REF", "FJ", line.control_number)
    write_periods(out, line.dates)


def _references(out: SegmentWriter, references: Iterable[Reference]) -> None:
    for reference in references:
        out.add("REF", reference.qualifier, reference.value)


def _standing(out: SegmentWriter, standing: Standing) -> None:
    if not 1 <= len(standing.codes) <= CODE_ROOM:
        raise UnwritableValue("STC01", f"a status has 1 to {CODE_ROOM} codes")
    if standing.day is None:
        raise UnwritableValue("STC02", "the day of the status is needed")
    first, *rest = ((code.category, code.code, code.entity) for code in standing.codes)
    second, third = (*rest, None, None)[:2]
    money: tuple[Element, ...] = (standing.charge, standing.paid, standing.finalized_on)
    out.add("STC", first, standing.day, "", *money, "", standing.paid_on, standing.check_number, second, third)
