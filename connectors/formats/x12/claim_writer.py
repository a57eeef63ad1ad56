"""What the writers of 837P and 837I share: header, levels, other coverages, and the rules across elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from connectors.formats.x12.claims import (
    REPLACEMENT,
    VOID,
    Attachment,
    BillingProvider,
    ClaimHead,
    ClaimProvider,
    Diagnosis,
    Drug,
    LineAdjudication,
    OtherCoverage,
    Patient,
    Payer,
    Receiver,
    Submitter,
    Subscriber,
)
from connectors.formats.x12.institutional import InstitutionalLine
from connectors.formats.x12.parts import Name
from connectors.formats.x12.professional import ClaimLine, ProfessionalClaim
from connectors.formats.x12.values import ZERO
from connectors.formats.x12.write_parts import composite, write_address, write_adjustments, write_contact, write_name
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter, UnwritableValue, given

AnyClaim = TypeVar("AnyClaim", bound=ClaimHead)
#: PWK02: the document waits at the provider, so it has no control number.
ON_REQUEST = "AA"
#: MOA and the loops have room for so many.
MAX_REMARKS, MAX_COVERAGES, MAX_ATTACHMENTS, MAX_ADJUDICATIONS = 5, 10, 10, 15


@dataclass(frozen=True, slots=True)
class Head:
    """Who sends to whom; `reference` is BHT03 of the first transaction, and counted on in those after it."""

    submitter: Submitter
    receiver: Receiver
    reference: str


def write_claims(
    claims: Iterable[AnyClaim],
    check: Callable[[AnyClaim], None],
    body: Callable[[SegmentWriter, AnyClaim], None],
    *,
    version: str,
    head: Head,
    interchange: OutgoingInterchange,
) -> bytes:
    """One file, one transaction for each claim that `check` lets pass; `body` writes loop 2300 and all below it."""
    out = SegmentWriter(interchange, "HC", version)
    for claim in claims:
        check(claim)
        number = out.begin("837")
        _header(out, head, f"{head.reference}-{number + 1}" if number else head.reference, interchange)
        _levels(out, claim)
        body(out, claim)
        out.end()
    return out.finish()


def check_claim(claim: ClaimHead, lines: Sequence[ClaimLine] | Sequence[InstitutionalLine], most_lines: int) -> None:
    """What the guides demand across elements, and a payer would refuse."""
    if not lines:
        raise UnwritableValue("LX01", "a claim needs a service line")
    if len(lines) > most_lines:
        raise UnwritableValue("LX01", f"a claim has at most {most_lines} service lines")
    if sum((line.charge for line in lines), ZERO) != claim.charge:
        raise UnwritableValue("CLM02", "is not the sum of the line charges")
    if claim.frequency_code in (REPLACEMENT, VOID) and not claim.original_claim_number:
        raise UnwritableValue("REF02", "a replaced or voided claim needs the payer's claim number (REF*F8)")
    if len(claim.other_coverages) > MAX_COVERAGES:
        raise UnwritableValue("SBR01", f"a claim has at most {MAX_COVERAGES} other coverages")
    if len(claim.attachments) > MAX_ATTACHMENTS:
        raise UnwritableValue("PWK01", f"a claim has at most {MAX_ATTACHMENTS} attachments")
    for coverage in claim.other_coverages:
        _check_coverage(claim, coverage, lines)
    for line in lines:
        _check_adjudications(claim, line)


def _check_coverage(
    claim: ClaimHead, coverage: OtherCoverage, lines: Sequence[ClaimLine] | Sequence[InstitutionalLine]
) -> None:
    """Charge less what that payer took off, on claim and lines, is what it paid (X222 and X223, section 1.4.4)."""
    if len(coverage.remarks) > MAX_REMARKS:
        raise UnwritableValue("MOA07", f"a coverage has at most {MAX_REMARKS} remark codes")
    if coverage.paid is None:
        return
    mine = coverage.payer.identifier
    on_lines = [each for line in lines for each in line.adjudications if each.payer_identifier == mine]
    taken_off = [*coverage.adjustments, *(adjustment for each in on_lines for adjustment in each.adjustments)]
    if claim.charge - sum((each.amount for each in taken_off), ZERO) != coverage.paid:
        raise UnwritableValue("AMT02", "the other payer's payment and adjustments do not add up to the claim charge")


def _check_adjudications(claim: ClaimHead, line: ClaimLine | InstitutionalLine) -> None:
    payers = {coverage.payer.identifier for coverage in claim.other_coverages}
    if len(line.adjudications) > MAX_ADJUDICATIONS:
        raise UnwritableValue("SVD01", f"a line has at most {MAX_ADJUDICATIONS} adjudications")
    for each in line.adjudications:
        if each.payer_identifier not in payers:
            raise UnwritableValue("SVD01", "names a payer that is none of the claim's other coverages")
        if each.paid_date is None:
            raise UnwritableValue("DTP03", "the day on which the other payer decided is needed")


def _header(out: SegmentWriter, head: Head, reference: str, interchange: OutgoingInterchange) -> None:
    """BHT, loops 1000A and 1000B."""
    created = interchange.created
    out.add("BHT", "0019", "00", given(reference, "BHT03", "a reference"), created.date(), f"{created:%H%M}", "CH")
    submitter, receiver = head.submitter, head.receiver
    write_name(out, Name("41", submitter.name, id_qualifier="46", id=submitter.identifier, person=False))
    write_contact(out, submitter.contact)
    write_name(out, Name("40", receiver.name, id_qualifier="46", id=receiver.identifier, person=False))


def _levels(out: SegmentWriter, claim: ClaimHead) -> None:
    """Loops 2000A to 2010CA: the billing provider, the subscriber and its payer, and a patient of its own."""
    _billing(out, claim.billing)
    _subscriber(out, claim)
    if claim.patient is not None:
        _patient(out, claim.patient)


def _billing(out: SegmentWriter, billing: BillingProvider) -> None:
    out.add("HL", 1, None, "20", 1)
    if billing.taxonomy:
        out.add("PRV", "BI", "PXC", billing.taxonomy)
    name = given(billing.name, "NM103", "the billing provider's name")
    write_name(out, Name("85", name, billing.first, id_qualifier="XX", id=billing.npi, person=bool(billing.first)))
    write_address(out, billing.address)
    out.add("REF", billing.tax_id_qualifier, given(billing.tax_id, "REF02", "the billing provider's tax number"))


def _subscriber(out: SegmentWriter, claim: ClaimHead) -> None:
    who, is_patient = claim.subscriber, claim.patient is None
    out.add("HL", 2, 1, "22", 0 if is_patient else 1)
    _coverage(out, claim, who, "18" if is_patient else "")
    _insured(out, who, "the subscriber")
    if is_patient and (who.address is None or who.birth_date is None):
        raise UnwritableValue("DMG02", "address and birth date are needed where the subscriber is the patient")
    write_address(out, who.address)
    if who.birth_date is not None:
        _demographics(out, who)
    _payer(out, claim.payer)


def _coverage(out: SegmentWriter, claim: ClaimHead, who: Subscriber, relationship: str) -> None:
    """SBR. The 837I does not use SBR05."""
    out.add(
        "SBR",
        who.payer_responsibility,
        relationship,
        who.group_number,
        "" if who.group_number else who.group_name,  # the guide: the name only where there is no number
        who.insurance_type if isinstance(claim, ProfessionalClaim) else "",
        *("", "", ""),
        who.filing_indicator,
    )


def _insured(out: SegmentWriter, who: Subscriber, what: str) -> None:
    last = given(who.last, "NM103", f"{what}'s name")
    member = given(who.member_id, "NM109", f"{what}'s member number")
    write_name(out, Name("IL", last, who.first, who.middle, who.suffix, "MI", member))


def _payer(out: SegmentWriter, payer: Payer) -> None:
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


def write_attachments(out: SegmentWriter, attachments: Sequence[Attachment]) -> None:
    """PWK."""
    for each in attachments:
        if each.transmission == ON_REQUEST:
            out.add("PWK", each.report_type, each.transmission)
            continue
        number = given(each.control_number, "PWK06", "the attachment's control number")
        out.add("PWK", each.report_type, each.transmission, *("", ""), "AC", number)


def write_references(out: SegmentWriter, references: Sequence[tuple[str, str]]) -> None:
    """REF, those with a value."""
    for qualifier, value in references:
        if value:
            out.add("REF", qualifier, value)


def write_amount(out: SegmentWriter, qualifier: str, amount: Decimal | None) -> None:
    """AMT, where there is one."""
    if amount is not None:
        out.add("AMT", qualifier, amount)


def diagnosis(each: Diagnosis, old: str, new: str) -> tuple[str, ...]:
    """The composite of HI: `old` where the code is of ICD-9 (qualifiers of two letters), else `new`."""
    qualifier = old if len(each.qualifier) == 2 else new
    code = each.code.replace(".", "")
    return (qualifier, code, *([""] * 6), each.present_on_admission)


def write_provider(out: SegmentWriter, role: str, provider: ClaimProvider | None, *, specialty: str = "") -> None:
    """A loop 2310 or 2420; `specialty` is PRV01 where the role may name its taxonomy."""
    if provider is None:
        return
    person = provider.person and role != "77"
    name = Name(role, provider.last, provider.first, provider.middle, id_qualifier="XX", id=provider.npi, person=person)
    write_name(out, name)
    if specialty and provider.taxonomy:
        out.add("PRV", specialty, "PXC", provider.taxonomy)
    if role == "77":
        write_address(out, provider.address)


def write_other_coverages(out: SegmentWriter, claim: ClaimHead) -> None:
    """Loops 2320, 2330A and 2330B."""
    for coverage in claim.other_coverages:
        _coverage(out, claim, coverage.subscriber, coverage.relationship)
        write_adjustments(out, coverage.adjustments)
        write_amount(out, "D", coverage.paid)
        write_amount(out, "A8", coverage.non_covered)
        write_amount(out, "EAF", coverage.remaining_liability)
        out.add("OI", *("", ""), coverage.benefits_assigned, *("", ""), coverage.release_of_information)
        if coverage.remarks:
            out.add("MOA", *("", ""), *coverage.remarks)
        _insured(out, coverage.subscriber, "the other subscriber")
        write_address(out, coverage.subscriber.address)
        _payer(out, coverage.payer)
        if coverage.paid_date is not None:
            out.add("DTP", "573", "D8", coverage.paid_date)
        write_references(out, (("G1", coverage.authorization_number), ("F8", coverage.claim_number)))


def write_drug(out: SegmentWriter, drug: Drug | None) -> None:
    """Loop 2410."""
    if drug is not None:
        out.add("LIN", "", "N4", given(drug.ndc, "LIN03", "the drug code").replace("-", ""))
        out.add("CTP", *("", "", ""), drug.quantity, (drug.unit,))


def write_adjudications(out: SegmentWriter, adjudications: Sequence[LineAdjudication]) -> None:
    """Loop 2430."""
    for each in adjudications:
        procedure = composite(each.procedure) if each.procedure else None
        out.add("SVD", each.payer_identifier, each.paid, procedure, each.revenue_code, each.units, each.bundled_into)
        write_adjustments(out, each.adjustments)
        out.add("DTP", "573", "D8", each.paid_date)
        write_amount(out, "EAF", each.remaining_liability)
