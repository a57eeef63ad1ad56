"""Write 837P files (005010X222A1): one interchange, one group, one transaction per claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from connectors.formats.x12.parts import Name
from connectors.formats.x12.professional import (
    REPLACEMENT,
    VOID,
    ClaimLine,
    ClaimProvider,
    Diagnosis,
    Patient,
    ProfessionalClaim,
    Receiver,
    Submitter,
    Subscriber,
)
from connectors.formats.x12.values import ZERO
from connectors.formats.x12.write_parts import composite, write_address, write_contact, write_name
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter, UnwritableValue, given

VERSION = "005010X222A1"
#: HI has room for twelve codes, SV107 for four pointers.
MAX_DIAGNOSES, MAX_POINTERS = 12, 4


@dataclass(frozen=True, slots=True)
class _Head:
    submitter: Submitter
    receiver: Receiver
    reference: str


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
    out = SegmentWriter(interchange, "HC", VERSION)
    for claim in claims:
        _check(claim)
        number = out.begin("837")
        _header(out, _Head(submitter, receiver, f"{reference}-{number + 1}" if number else reference), interchange)
        _billing(out, claim)
        _subscriber(out, claim)
        if claim.patient is not None:
            _patient(out, claim.patient)
        _claim(out, claim)
        for line_number, line in enumerate(claim.lines, 1):
            _line(out, line_number, line)
        out.end()
    return out.finish()


def _check(claim: ProfessionalClaim) -> None:
    """What the guide demands across elements, and a payer would refuse."""
    if not claim.lines:
        raise UnwritableValue("LX01", "a claim needs a service line")
    if sum((line.charge for line in claim.lines), ZERO) != claim.charge:
        raise UnwritableValue("CLM02", "is not the sum of the line charges")
    if not 1 <= len(claim.diagnoses) <= MAX_DIAGNOSES:
        raise UnwritableValue("HI01", f"a claim has 1 to {MAX_DIAGNOSES} diagnoses")
    if claim.frequency_code in (REPLACEMENT, VOID) and not claim.original_claim_number:
        raise UnwritableValue("REF02", "a replaced or voided claim needs the payer's claim number (REF*F8)")
    for line in claim.lines:
        if not 1 <= len(line.diagnosis_pointers) <= MAX_POINTERS:
            raise UnwritableValue("SV107", f"a line points to 1 to {MAX_POINTERS} diagnoses")
        if not all(1 <= pointer <= len(claim.diagnoses) for pointer in line.diagnosis_pointers):
            raise UnwritableValue("SV107", "points to a diagnosis that the claim does not have")


def _header(out: SegmentWriter, head: _Head, interchange: OutgoingInterchange) -> None:
    created = interchange.created
    out.add("BHT", "0019", "00", given(head.reference, "BHT03", "a reference"), created.date(), f"{created:%H%M}", "CH")
    submitter, receiver = head.submitter, head.receiver
    write_name(out, Name("41", submitter.name, id_qualifier="46", id=submitter.identifier, person=False))
    write_contact(out, submitter.contact)
    write_name(out, Name("40", receiver.name, id_qualifier="46", id=receiver.identifier, person=False))


def _billing(out: SegmentWriter, claim: ProfessionalClaim) -> None:
    billing = claim.billing
    out.add("HL", 1, None, "20", 1)
    if billing.taxonomy:
        out.add("PRV", "BI", "PXC", billing.taxonomy)
    name = given(billing.name, "NM103", "the billing provider's name")
    write_name(out, Name("85", name, billing.first, id_qualifier="XX", id=billing.npi, person=bool(billing.first)))
    write_address(out, billing.address)
    out.add("REF", billing.tax_id_qualifier, given(billing.tax_id, "REF02", "the billing provider's tax number"))


def _subscriber(out: SegmentWriter, claim: ProfessionalClaim) -> None:
    who, is_patient = claim.subscriber, claim.patient is None
    out.add("HL", 2, 1, "22", 0 if is_patient else 1)
    out.add(
        "SBR",
        who.payer_responsibility,
        "18" if is_patient else "",
        who.group_number,
        "" if who.group_number else who.group_name,  # the guide: the name only where there is no number
        *("", "", "", ""),
        who.filing_indicator,
    )
    last = given(who.last, "NM103", "the subscriber's name")
    member = given(who.member_id, "NM109", "the subscriber's member number")
    write_name(out, Name("IL", last, who.first, who.middle, who.suffix, "MI", member))
    if is_patient and (who.address is None or who.birth_date is None):
        raise UnwritableValue("DMG02", "address and birth date are needed where the subscriber is the patient")
    write_address(out, who.address)
    if who.birth_date is not None:
        _demographics(out, who)
    payer = claim.payer
    name = given(payer.name, "NM103", "the payer's name")
    write_name(out, Name("PR", name, id_qualifier=payer.id_qualifier, id=payer.identifier, person=False))


def _patient(out: SegmentWriter, patient: Patient) -> None:
    out.add("HL", 3, 2, "23", 0)
    out.add("PAT", patient.relationship)
    last = given(patient.last, "NM103", "the patient's name")
    write_name(out, Name("QC", last, patient.first, patient.middle, patient.suffix))
    if patient.address is None or patient.birth_date is None:
        raise UnwritableValue("DMG02", "address and birth date of the patient are needed")
    write_address(out, patient.address)
    _demographics(out, patient)


def _demographics(out: SegmentWriter, who: Patient | Subscriber) -> None:
    out.add("DMG", "D8", who.birth_date, who.gender or "U")


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
    for qualifier, value in (
        ("9F", claim.referral_number),
        ("G1", claim.prior_authorization),
        ("F8", claim.original_claim_number),
        ("D9", claim.clearinghouse_number),
    ):
        if value:
            out.add("REF", qualifier, value)
    out.add("HI", *(_diagnosis(index, each) for index, each in enumerate(claim.diagnoses)))
    for role, provider in (
        ("DN", claim.referring),
        ("82", claim.rendering),
        ("77", claim.facility),
        ("DQ", claim.supervising),
    ):
        if provider is not None:
            _provider(out, role, provider)


def _diagnosis(index: int, diagnosis: Diagnosis) -> tuple[str, str]:
    """The first code is the principal one, whatever its qualifier says; the list (ICD-9 or -10) stays."""
    old_list = diagnosis.qualifier in ("BK", "BF")
    qualifier = ("BK" if index == 0 else "BF") if old_list else ("ABK" if index == 0 else "ABF")
    return qualifier, diagnosis.code.replace(".", "")


def _provider(out: SegmentWriter, role: str, provider: ClaimProvider) -> None:
    person = provider.person and role != "77"
    name = Name(role, provider.last, provider.first, provider.middle, id_qualifier="XX", id=provider.npi, person=person)
    write_name(out, name)
    if role == "82" and provider.taxonomy:
        out.add("PRV", "PE", "PXC", provider.taxonomy)
    if role == "77":
        write_address(out, provider.address)


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
    out.add("DTP", "472", *_period(line.service_date, line.service_end))
    if line.control_number:
        out.add("REF", "6R", line.control_number)


def _period(first: date, last: date | None) -> tuple[str, str]:
    if last is None:
        return "D8", f"{first:%Y%m%d}"
    return "RD8", f"{first:%Y%m%d}-{last:%Y%m%d}"
