"""837P, the professional claim: its typed form. `professional_parser` reads it, `professional_writer` writes it.

A file is a stream of `SubmissionStart`, then `ProfessionalClaim`s, then `SubmissionEnd`; once per ST. A claim carries
its billing provider, subscriber and payer itself, so that it can stand alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from connectors.formats.x12.parts import Address, Contact, Procedure
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
    """Loops 2000B and 2010BA: who is insured. `payer_responsibility` is P, S or T; `filing_indicator` SBR09."""

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
    """Loop 2310: rendering (82), referring (DN) or supervising (DQ) provider, or the service facility (77)."""

    last: str
    npi: str = ""
    first: str = ""
    middle: str = ""
    taxonomy: str = ""
    address: Address | None = None
    person: bool = True


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One code of HI. `qualifier` ABK is the principal one, ABF another (BK and BF for ICD-9)."""

    code: str
    qualifier: str = "ABF"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """Loop 2400. `control_number` (REF*6R) comes back in the 835; pointers count diagnoses from 1."""

    procedure: Procedure
    charge: Decimal
    units: Decimal
    service_date: date | None
    service_end: date | None = None
    unit_basis: str = "UN"
    place_of_service: str = ""
    diagnosis_pointers: tuple[int, ...] = (1,)
    control_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfessionalClaim:
    """One claim. `account_number` (CLM01) comes back as CLP01; `original_claim_number` (REF*F8) is the payer's."""

    account_number: str
    charge: Decimal
    billing: BillingProvider
    subscriber: Subscriber
    payer: Payer
    lines: tuple[ClaimLine, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    patient: Patient | None = None
    place_of_service: str = "11"
    frequency_code: str = ORIGINAL
    original_claim_number: str = ""
    prior_authorization: str = ""
    referral_number: str = ""
    clearinghouse_number: str = ""  # REF*D9
    signature_on_file: str = "Y"
    accepts_assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    rendering: ClaimProvider | None = None
    referring: ClaimProvider | None = None
    supervising: ClaimProvider | None = None
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


SubmissionItem: TypeAlias = SubmissionStart | ProfessionalClaim | SubmissionEnd
