"""Write 277CA files (005010X214): one interchange, one group, one transaction per batch answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from connectors.formats.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatusStart,
    LineAcknowledgement,
    Status,
    StatusCode,
)
from connectors.formats.x12.parts import Name
from connectors.formats.x12.write_parts import composite, write_name
from connectors.formats.x12.writer import Element, OutgoingInterchange, SegmentWriter, UnwritableValue, given

VERSION = "005010X214"
#: An STC has room for three codes: STC01, STC10 and STC11.
CODE_ROOM = 3


@dataclass(frozen=True, slots=True)
class ClaimStatusReport:
    """One 277CA as a whole, to be written."""

    start: ClaimStatusStart
    claims: Sequence[ClaimAcknowledgement]


def write_277ca(reports: Iterable[ClaimStatusReport], *, interchange: OutgoingInterchange) -> bytes:
    """The file for `reports`. Raises UnwritableValue for what cannot stand in a 277CA."""
    out = SegmentWriter(interchange, "HN", VERSION)
    for report in reports:
        out.begin("277")
        _head(out, report, interchange)
        _providers(out, report.claims)
        out.end()
    return out.finish()


def _head(out: SegmentWriter, report: ClaimStatusReport, interchange: OutgoingInterchange) -> None:
    start, created = report.start, interchange.created
    out.add(
        "BHT", "0085", "08", given(start.reference, "BHT03", "a reference"), created.date(), f"{created:%H%M}", "TH"
    )
    out.add("HL", 1, "", "20", 1)
    write_name(out, start.source)
    out.add("TRN", "1", given(start.source_trace, "TRN02", "the trace number of who answers"))
    for qualifier, day in (("050", start.received), ("009", start.processed)):
        out.add("DTP", qualifier, "D8", _needed(day, "DTP03"))
    out.add("HL", 2, 1, "21", 1 if report.claims else 0)
    write_name(out, start.receiver)
    out.add("TRN", "2", given(start.batch_reference, "TRN02", "the reference of the batch answered"))
    if not start.statuses:
        raise UnwritableValue("STC01", "the batch needs a status")
    for status in start.statuses:
        _needed(status.day, "STC02")
        _status(out, status)


def _needed(day: date | None, element: str) -> date:
    if day is None:
        raise UnwritableValue(element, "a date is needed")
    return day


def _providers(out: SegmentWriter, claims: Sequence[ClaimAcknowledgement]) -> None:
    """The claims under their billing providers, in the order given."""
    level = 2
    for provider, members in groupby(claims, key=lambda claim: claim.provider):
        if provider is None:
            raise UnwritableValue("NM103", "the billing provider is needed")
        group = list(members)
        level += 1
        _provider(out, level, provider, group)
        parent = level
        for claim in group:
            level += 1
            out.add("HL", level, parent, "PT")
            _claim(out, claim)


def _provider(out: SegmentWriter, level: int, provider: Name, claims: Sequence[ClaimAcknowledgement]) -> None:
    out.add("HL", level, 2, "19", 1)
    write_name(out, provider)
    out.add("TRN", "1", "0")
    refused = not any(claim.accepted for claim in claims)
    total = sum((status.amount for claim in claims for status in claim.statuses[:1] if status.amount), Decimal(0))
    code = StatusCode("A3", "16", "PR") if refused else StatusCode("A1", "19", "PR")
    _status(out, Status((code,), "U" if refused else "WQ", None, total))


def _claim(out: SegmentWriter, claim: ClaimAcknowledgement) -> None:
    write_name(out, claim.patient)
    out.add("TRN", "2", given(claim.account_number, "TRN02", "the patient account number"))
    if not claim.statuses:
        raise UnwritableValue("STC01", "a claim needs a status")
    for status in claim.statuses:
        _needed(status.day, "STC02")
        _status(out, status)
    for qualifier, number in (("1K", claim.payer_claim_number), ("D9", claim.clearinghouse_number)):
        if number:
            out.add("REF", qualifier, number)
    first = _needed(claim.service_start, "DTP03")
    if claim.service_end is None:
        out.add("DTP", "472", "D8", first)
    else:
        out.add("DTP", "472", "RD8", f"{first:%Y%m%d}-{claim.service_end:%Y%m%d}")
    for line in claim.lines:
        _line(out, line)


def _line(out: SegmentWriter, line: LineAcknowledgement) -> None:
    out.add("SVC", composite(line.procedure), line.charge)
    for status in line.statuses:
        _needed(status.day, "STC02")
        _status(out, status)
    if line.control_number:
        out.add("REF", "FJ", line.control_number)


def _status(out: SegmentWriter, status: Status) -> None:
    if not 1 <= len(status.codes) <= CODE_ROOM:
        raise UnwritableValue("STC01", f"a status has 1 to {CODE_ROOM} codes")
    first, *rest = (_code(each) for each in status.codes)
    second, third = (*rest, None, None)[:2]
    between: tuple[Element, ...] = ("",) * 5
    out.add("STC", first, status.day, status.action, status.amount, *between, second, third, status.message)


def _code(code: StatusCode) -> tuple[str, str, str]:
    return code.category, code.code, code.entity
