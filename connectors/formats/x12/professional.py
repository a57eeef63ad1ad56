"""837P, the professional claim: its typed form. `professional_parser` reads it, `professional_writer` writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.formats.x12.claims import ClaimHead, ClaimProvider, Drug, LineAdjudication
from connectors.formats.x12.parts import Procedure


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """Loop 2400. `control_number` (REF*6R) comes back in the 835; pointers count diagnoses from 1.

    `rendering` stands where another provider than the claim's did this line.
    """

    procedure: Procedure
    charge: Decimal
    units: Decimal
    service_date: date | None
    service_end: date | None = None
    unit_basis: str = "UN"
    place_of_service: str = ""
    diagnosis_pointers: tuple[int, ...] = (1,)
    control_number: str = ""
    drug: Drug | None = None
    rendering: ClaimProvider | None = None
    adjudications: tuple[LineAdjudication, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfessionalClaim(ClaimHead):
    """One claim. An inpatient one (place of service 21, 51 …) has an `admission_date`.

    `patient_paid` is AMT*F5, `clia_number` REF*X4, the laboratory's certificate.
    """

    lines: tuple[ClaimLine, ...]
    place_of_service: str = "11"
    signature_on_file: str = "Y"
    supervising: ClaimProvider | None = None
    admission_date: date | None = None
    discharge_date: date | None = None
    patient_paid: Decimal | None = None
    clia_number: str = ""
