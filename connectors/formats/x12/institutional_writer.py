"""Write 837I files (005010X223A2): one interchange, one group, one transaction per claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.formats.x12.claim_writer import (
    Head,
    check_claim,
    diagnosis,
    write_adjudications,
    write_amount,
    write_attachments,
    write_claims,
    write_drug,
    write_other_coverages,
    write_provider,
    write_references,
)
from connectors.formats.x12.claims import Diagnosis, Receiver, Submitter
from connectors.formats.x12.institutional import CodedProcedure, InstitutionalClaim, InstitutionalLine, Occurrence
from connectors.formats.x12.values import decimal_text
from connectors.formats.x12.write_parts import composite, period
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter, UnwritableValue, given

VERSION = "005010X223A2"
#: Loop 2400 repeats so often; a HI has room for twelve codes, and those that may have more stand in two.
MAX_LINES, HI_ROOM, HI_TWICE = 999, 12, 24
_VISIT_REASONS = 3


def write_837i(
    claims: Iterable[InstitutionalClaim],
    *,
    submitter: Submitter,
    receiver: Receiver,
    reference: str,
    interchange: OutgoingInterchange,
) -> bytes:
    """The file for `claims`. `reference` becomes BHT03, followed by a count from the second claim on.

    Raises UnwritableValue for a claim that would be refused on syntax; nothing is written then.
    """
    head = Head(submitter, receiver, reference)
    return write_claims(claims, _check, _body, version=VERSION, head=head, interchange=interchange)


def _body(out: SegmentWriter, claim: InstitutionalClaim) -> None:
    _claim(out, claim)
    _codes(out, claim)
    _providers(out, claim)
    write_other_coverages(out, claim)
    for number, line in enumerate(claim.lines, 1):
        _line(out, number, line)


def _check(claim: InstitutionalClaim) -> None:
    check_claim(claim, claim.lines, MAX_LINES)
    if claim.billing.tax_id_qualifier != "EI" or claim.billing.first:
        raise UnwritableValue("NM102", "an institution bills under its employer number (EI) and is no person")
    if claim.inpatient and (claim.admission_date is None or not claim.admission_type):
        raise UnwritableValue("CL101", "an inpatient claim needs the admission's day and type")
    if not 1 <= len(claim.diagnoses) <= HI_TWICE + 1:
        raise UnwritableValue("HI01", f"a claim has 1 to {HI_TWICE + 1} diagnoses")
    for codes, most in (
        (claim.visit_reasons, _VISIT_REASONS),
        (claim.external_causes, HI_ROOM),
        (claim.procedures, HI_TWICE + 1),
        *((each, HI_TWICE) for each in (claim.occurrence_spans, claim.occurrences, claim.values)),
        *((each, HI_TWICE) for each in (claim.conditions, claim.treatments)),
    ):
        if len(codes) > most:
            raise UnwritableValue("HI01", f"a claim has at most {most} codes of each such kind")


def _claim(out: SegmentWriter, claim: InstitutionalClaim) -> None:
    if len(claim.facility_code) != 2:
        raise UnwritableValue("CLM05-1", "the facility code has two digits: the type of bill without 0 and frequency")
    out.add(
        "CLM",
        given(claim.account_number, "CLM01", "the patient account number"),
        claim.charge,
        *("", ""),
        (claim.facility_code, "A", claim.frequency_code),
        "",
        claim.accepts_assignment,
        claim.benefits_assigned,
        claim.release_of_information,
    )
    _dates(out, claim)
    status = given(claim.patient_status, "CL103", "the patient status")
    out.add("CL1", claim.admission_type, claim.admission_source, status)
    write_attachments(out, claim.attachments)
    write_amount(out, "F3", claim.estimated_due)
    write_references(
        out,
        (
            ("9F", claim.referral_number),
            ("G1", claim.prior_authorization),
            ("F8", claim.original_claim_number),
            ("D9", claim.clearinghouse_number),
            ("EA", claim.medical_record_number),
        ),
    )
    if claim.note:
        out.add("NTE", "ADD", claim.note)


def _dates(out: SegmentWriter, claim: InstitutionalClaim) -> None:
    if claim.statement_from is None or claim.statement_through is None:
        raise UnwritableValue("DTP03", "the first and last day of the statement are needed")
    if claim.discharge_hour:
        out.add("DTP", "096", "TM", claim.discharge_hour)
    out.add("DTP", "434", *period(claim.statement_from, claim.statement_through))
    if claim.admission_date is not None:
        day = f"{claim.admission_date:%Y%m%d}"
        hour = claim.admission_hour
        out.add("DTP", "435", *(("DT", day + hour) if hour else ("D8", day)))


def _codes(out: SegmentWriter, claim: InstitutionalClaim) -> None:
    """The HI segments, in the order of the guide."""
    principal, *others = claim.diagnoses
    _diagnoses(out, [principal], "BK", "ABK")
    _diagnoses(out, [claim.admitting_diagnosis] if claim.admitting_diagnosis else [], "BJ", "ABJ")
    _diagnoses(out, claim.visit_reasons, "PR", "APR")
    _diagnoses(out, claim.external_causes, "BN", "ABN")
    if claim.drg:
        out.add("HI", ("DR", claim.drg))
    _diagnoses(out, others, "BF", "ABF")
    _hi(out, [_procedure(each, "BR", "BBR") for each in claim.procedures[:1]])
    _hi(out, [_procedure(each, "BQ", "BBQ") for each in claim.procedures[1:]])
    _hi(out, [_occurrence("BI", each) for each in claim.occurrence_spans])
    _hi(out, [_occurrence("BH", each) for each in claim.occurrences])
    _hi(out, [("BE", each.code, "", "", decimal_text(each.amount)) for each in claim.values])
    _hi(out, [("BG", code) for code in claim.conditions])
    _hi(out, [("TC", code) for code in claim.treatments])


def _diagnoses(out: SegmentWriter, diagnoses: Sequence[Diagnosis], old: str, new: str) -> None:
    _hi(out, [diagnosis(each, old, new) for each in diagnoses])


def _hi(out: SegmentWriter, codes: Sequence[tuple[str, ...]]) -> None:
    for start in range(0, len(codes), HI_ROOM):
        out.add("HI", *codes[start : start + HI_ROOM])


def _procedure(each: CodedProcedure, old: str, new: str) -> tuple[str, ...]:
    if each.day is None:
        raise UnwritableValue("HI01-4", "the day of each procedure is needed")
    qualifier = old if len(each.qualifier) == 2 else new
    return qualifier, each.code.replace(".", ""), "D8", f"{each.day:%Y%m%d}"


def _occurrence(qualifier: str, each: Occurrence) -> tuple[str, ...]:
    if each.first is None or (each.last is None) == (qualifier == "BI"):
        raise UnwritableValue("HI01-4", "an occurrence has its day, an occurrence span its first and last day")
    return (qualifier, each.code, *period(each.first, each.last))


def _providers(out: SegmentWriter, claim: InstitutionalClaim) -> None:
    write_provider(out, "71", claim.attending, specialty="AT")
    write_provider(out, "72", claim.operating)
    write_provider(out, "ZZ", claim.other_operating)
    write_provider(out, "82", claim.rendering)
    write_provider(out, "77", claim.facility)
    write_provider(out, "DN", claim.referring)


def _line(out: SegmentWriter, number: int, line: InstitutionalLine) -> None:
    out.add("LX", number)
    out.add(
        "SV2",
        given(line.revenue_code, "SV201", "the revenue code"),
        composite(line.procedure) if line.procedure else None,
        line.charge,
        line.unit_basis,
        line.units,
        "",
        line.non_covered,
    )
    if line.service_date is not None:
        out.add("DTP", "472", *period(line.service_date, line.service_end))
    write_references(out, (("6R", line.control_number),))
    write_drug(out, line.drug)
    write_provider(out, "72", line.operating)
    write_provider(out, "82", line.rendering)
    write_adjudications(out, line.adjudications)
