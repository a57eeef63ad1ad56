"""Write 837P files (005010X222A1): one interchange, one group, one transaction per claim."""

from __future__ import annotations

from collections.abc import Iterable

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
from connectors.formats.x12.claims import Receiver, Submitter
from connectors.formats.x12.professional import ClaimLine, ProfessionalClaim
from connectors.formats.x12.write_parts import composite, period
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter, UnwritableValue, given

VERSION = "005010X222A1"
#: Loop 2400 repeats so often; HI has room for twelve codes, SV107 for four pointers.
MAX_LINES, MAX_DIAGNOSES, MAX_POINTERS = 50, 12, 4


def write_837p(
    claims: Iterable[ProfessionalClaim],
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


def _body(out: SegmentWriter, claim: ProfessionalClaim) -> None:
    _claim(out, claim)
    write_other_coverages(out, claim)
    for number, line in enumerate(claim.lines, 1):
        _line(out, number, line)


def _check(claim: ProfessionalClaim) -> None:
    check_claim(claim, claim.lines, MAX_LINES)
    if not 1 <= len(claim.diagnoses) <= MAX_DIAGNOSES:
        raise UnwritableValue("HI01", f"a claim has 1 to {MAX_DIAGNOSES} diagnoses")
    for line in claim.lines:
        if not 1 <= len(line.diagnosis_pointers) <= MAX_POINTERS:
            raise UnwritableValue("SV107", f"a line points to 1 to {MAX_POINTERS} diagnoses")
        if not all(1 <= pointer <= len(claim.diagnoses) for pointer in line.diagnosis_pointers):
            raise UnwritableValue("SV107", "points to a diagnosis that the claim does not have")


def _claim(out: SegmentWriter, claim: ProfessionalClaim) -> None:
    out.add(
        "CLM",
        given(claim.account_number, "CLM01", "the patient account number"),
        claim.charge,
        *("", ""),
        (claim.place_of_service, "B", claim.frequency_code),
        claim.signature_on_file,
        claim.accepts_assignment,
        claim.benefits_assigned,
        claim.release_of_information,
    )
    for qualifier, day in (("435", claim.admission_date), ("096", claim.discharge_date)):
        if day is not None:
            out.add("DTP", qualifier, "D8", day)
    write_attachments(out, claim.attachments)
    write_amount(out, "F5", claim.patient_paid)
    write_references(
        out,
        (
            ("9F", claim.referral_number),
            ("G1", claim.prior_authorization),
            ("F8", claim.original_claim_number),
            ("X4", claim.clia_number),
            ("D9", claim.clearinghouse_number),
            ("EA", claim.medical_record_number),
        ),
    )
    if claim.note:
        out.add("NTE", "ADD", claim.note)
    # The first code is the principal one, whatever its qualifier says.
    kinds = [("BF", "ABF") if index else ("BK", "ABK") for index in range(len(claim.diagnoses))]
    out.add("HI", *(diagnosis(each, *kind) for each, kind in zip(claim.diagnoses, kinds, strict=True)))
    write_provider(out, "DN", claim.referring)
    write_provider(out, "82", claim.rendering, specialty="PE")
    write_provider(out, "77", claim.facility)
    write_provider(out, "DQ", claim.supervising)


def _line(out: SegmentWriter, number: int, line: ClaimLine) -> None:
    out.add("LX", number)
    out.add(
        "SV1",
        composite(line.procedure),
        line.charge,
        line.unit_basis,
        line.units,
        line.place_of_service,
        "",
        line.diagnosis_pointers,
    )
    if line.service_date is None:
        raise UnwritableValue("DTP03", "the service date is needed")
    out.add("DTP", "472", *period(line.service_date, line.service_end))
    write_references(out, (("6R", line.control_number),))
    write_drug(out, line.drug)
    write_provider(out, "82", line.rendering, specialty="PE")
    write_adjudications(out, line.adjudications)
