"""What the 837s share: their people, coverages, attachments and claim heads.

`professional` and `institutional` add what is theirs. A file is a stream of `SubmissionStart`, then claims, then
`SubmissionEnd`; once per ST. A claim carries its billing provider, subscriber and payer itself, so that it can stand
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.formats.x12.parts import Address, Contact, Procedure
from connectors.formats.x12.remittance import Adjustment
from connectors.formats.x12.transaction import TransactionHeader

#: CLM05-3: what this claim is to an earlier one.
ORIGINAL, CORRECTED, REPLACEMENT, VOID = "1", "6", "7", "8"


@dataclass(frozen=True, slots=True)
class Submitter:
    """Loop 1000A: who sends the file, under the identifier that the receiver gave it."""

    name: str
    identifier: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class Receiver:
    """Loop 1000B."""

    name: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProvider:
    """Loop 2010AA. `tax_id_qualifier` is EI (employer) or SY (social security); a person has a `first` name."""

    name: str
    npi: str
    tax_id: str
    address: Address
    tax_id_qualifier: str = "EI"
    taxonomy: str = ""
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Loops 2000B and 2010BA: who is insured. `payer_responsibility` is P, S or T; `filing_indicator` SBR09.

    `insurance_type` (SBR05, 837P only) says why Medicare comes second: 12 working aged, 13 kidney disease, 47 other
    liability insurance …
    """

    last: str
    member_id: str
    first: str = ""
    middle: str = ""
    suffix: str = ""
    payer_responsibility: str = "P"
    filing_indicator: str = "CI"
    group_number: str = ""
    group_name: str = ""
    address: Address | None = None
    birth_date: date | None = None
    gender: str = "U"
    insurance_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Loops 2000C and 2010CA: a patient who is not the subscriber. `relationship` is PAT01 (01 spouse, 19 child …)."""

    last: str
    relationship: str
    birth_date: date | None
    address: Address | None
    first: str = ""
    middle: str = ""
    suffix: str = ""
    gender: str = "U"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Loop 2010BB: who is billed."""

    name: str
    identifier: str
    id_qualifier: str = "PI"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimProvider:
    """Loop 2310 or 2420: rendering (82), referring (DN), attending (71) … provider, or the service facility (77)."""

    last: str
    npi: str = ""
    first: str = ""
    middle: str = ""
    taxonomy: str = ""
    address: Address | None = None
    person: bool = True


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One code of HI. `qualifier` ABK is the principal one, ABF another (BK and BF for ICD-9).

    `present_on_admission` (837I only) is Y, N, U (unknown), W (cannot be told), or empty where exempt.
    """

    code: str
    qualifier: str = "ABF"
    present_on_admission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """PWK: a document that goes beside the claim, under `control_number` (PWK06, the ACN).

    `report_type` is PWK01 (OZ other, OB operative note, DS discharge summary …), `transmission` PWK02: EL
    electronically, BM by mail, FX by fax, FT by file transfer, EM by email; AA is available on request and needs no
    control number.
    """

    control_number: str = ""
    report_type: str = "OZ"
    transmission: str = "EL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """Loop 2410: the National Drug Code of what a line gave; `unit` is UN, ML, GR, F2 or ME."""

    ndc: str
    quantity: Decimal
    unit: str = "UN"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAdjudication:
    """Loop 2430: what another payer, named by its identifier in `OtherCoverage`, decided on one line.

    `bundled_into` is the number of the line that this one was paid with (SVD06).
    """

    payer_identifier: str
    paid: Decimal
    units: Decimal
    procedure: Procedure | None = None
    revenue_code: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    paid_date: date | None = None
    remaining_liability: Decimal | None = None
    bundled_into: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCoverage:
    """Loops 2320, 2330A and 2330B: another coverage of the same patient, and what its payer decided already.

    `relationship` is SBR02, the patient's to that subscriber (18 self, 01 spouse, 19 child). Of `subscriber`, birth
    date, gender and (in an 837I) insurance type have no place here. `paid` is None before that payer has decided.
    `claim_number` is that payer's own. `remarks` come from MIA or MOA and are written as MOA.
    """

    subscriber: Subscriber
    payer: Payer
    relationship: str = "18"
    paid: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    non_covered: Decimal | None = None
    remaining_liability: Decimal | None = None
    remarks: tuple[str, ...] = ()
    paid_date: date | None = None
    claim_number: str = ""
    authorization_number: str = ""
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHead:
    """What every claim says. `account_number` (CLM01) comes back as CLP01.

    `original_claim_number` (REF*F8) is the payer's number of the claim that this one replaces or voids;
    `prior_authorization` is REF*G1, `clearinghouse_number` REF*D9, `medical_record_number` REF*EA.
    """

    account_number: str
    charge: Decimal
    billing: BillingProvider
    subscriber: Subscriber
    payer: Payer
    diagnoses: tuple[Diagnosis, ...] = ()
    patient: Patient | None = None
    frequency_code: str = ORIGINAL
    original_claim_number: str = ""
    prior_authorization: str = ""
    referral_number: str = ""
    clearinghouse_number: str = ""
    medical_record_number: str = ""
    accepts_assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    attachments: tuple[Attachment, ...] = ()
    note: str = ""  # NTE*ADD
    other_coverages: tuple[OtherCoverage, ...] = ()
    rendering: ClaimProvider | None = None
    referring: ClaimProvider | None = None
    facility: ClaimProvider | None = None
    segment: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionStart:
    """The head of one 837: BHT, submitter and receiver. `purpose` 00 original, 18 reissue."""

    submitter: Submitter
    receiver: Receiver
    reference: str
    created: date | None
    purpose: str = "00"
    header: TransactionHeader | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionEnd:
    """The totals of one 837."""

    header: TransactionHeader
    claims: int
    charge_total: Decimal
    errors: int
    complete: bool
