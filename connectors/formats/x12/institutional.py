"""837I, the institutional claim: its typed form. `institutional_parser` reads it, `institutional_writer` writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.formats.x12.claims import ClaimHead, ClaimProvider, Diagnosis, Drug, LineAdjudication
from connectors.formats.x12.parts import Procedure

#: First two digits of the types of bill of stays: hospital, swing bed, skilled nursing, religious, intermediate care.
INPATIENT = frozenset({"11", "12", "18", "21", "22", "28", "41", "65", "66", "86"})


@dataclass(frozen=True, slots=True)
class CodedProcedure:
    """A procedure of the stay and its day: BBR and BBQ are ICD-10-PCS, BR and BQ ICD-9."""

    code: str
    day: date | None
    qualifier: str = "BBQ"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An occurrence code (BH), or with a `last` day an occurrence span (BI)."""

    code: str
    first: date | None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ValueAmount:
    """A value code (BE) and its amount: 80 covered days, A1 deductible of payer A …"""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionalLine:
    """Loop 2400. `procedure` is HCPCS (HC) or a HIPPS rate code (HP), None for room and board and the like.

    `unit_basis` is UN or DA (days); `non_covered` is SV207. `control_number` (REF*6R) comes back in the 835.
    """

    revenue_code: str
    charge: Decimal
    units: Decimal
    procedure: Procedure | None = None
    service_date: date | None = None
    service_end: date | None = None
    unit_basis: str = "UN"
    non_covered: Decimal | None = None
    control_number: str = ""
    drug: Drug | None = None
    operating: ClaimProvider | None = None
    rendering: ClaimProvider | None = None
    adjudications: tuple[LineAdjudication, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionalClaim(ClaimHead):
    """One claim (UB-04). `facility_code` with `frequency_code` is its type of bill: 11 and 1 is 0111.

    The first of `diagnoses` and of `procedures` is the principal one. Hours are HHMM. `admission_type` (CL101) and
    `admission_source` (CL102) come with inpatient claims, `patient_status` (CL103: 01 home, 30 still a patient …) with
    every one. `estimated_due` is AMT*F3.
    """

    lines: tuple[InstitutionalLine, ...]
    statement_from: date | None
    statement_through: date | None
    facility_code: str = "11"
    admission_date: date | None = None
    admission_hour: str = ""
    discharge_hour: str = ""
    admission_type: str = ""
    admission_source: str = ""
    patient_status: str = "01"
    admitting_diagnosis: Diagnosis | None = None
    visit_reasons: tuple[Diagnosis, ...] = ()
    external_causes: tuple[Diagnosis, ...] = ()
    drg: str = ""
    procedures: tuple[CodedProcedure, ...] = ()
    occurrence_spans: tuple[Occurrence, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    values: tuple[ValueAmount, ...] = ()
    conditions: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    attending: ClaimProvider | None = None
    operating: ClaimProvider | None = None
    other_operating: ClaimProvider | None = None
    estimated_due: Decimal | None = None

    @property
    def type_of_bill(self) -> str:
        """Form locator 4: four digits, the first always 0."""
        return f"0{self.facility_code}{self.frequency_code}"

    @property
    def inpatient(self) -> bool:
        """Whether the type of bill is one of an inpatient stay (11 hospital, 21 skilled nursing …)."""
        return self.facility_code in INPATIENT
