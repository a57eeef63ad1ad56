"""A hospital's claim (837I): type of bill, revenue codes, dates and codes of the stay (UB-04, 005010X223A2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from connectors.formats.x12 import (
    CodedProcedure,
    Diagnosis,
    InstitutionalClaim,
    InstitutionalLine,
    LineAdjudication,
    Procedure,
    ValueAmount,
)
from hub.records.models import Charge
from orchestration.workflows.claim_heads import Bill, head, line_number, line_units, provider
from orchestration.workflows.claim_revenue import is_room, revenue_code

#: Type of bill without its frequency: a hospital's inpatients (11x), outpatients and emergencies (13x).
_INPATIENT, _OUTPATIENT = "11", "13"
#: FL 14, UB-04: emergency, elective; 9 where nobody said. FL 15: a place that is no hospital. FL 17: home.
_EMERGENCY, _NOT_KNOWN, _FROM_HOME, _TO_HOME = "1", "9", "1", "01"
#: Value code 80: covered days.
_COVERED_DAYS = "80"
_MOST_DIAGNOSES = 25
_MOST_PROCEDURES = 25


def institutional(bill: Bill, adjudications: Sequence[tuple[LineAdjudication, ...]]) -> InstitutionalClaim:
    """The claim; of an outpatient without admission, covered days and DRG."""
    inpatient = bill.encounter.encounter_class == "I"
    first, last = bill.days
    codes = bill.diagnoses[:_MOST_DIAGNOSES]
    claim = InstitutionalClaim(
        **head(bill),
        diagnoses=tuple(_diagnosis(code, "ABF" if index else "ABK") for index, code in enumerate(codes)),
        lines=tuple(
            _line(charge, bill.encounter.encounter_class, decided)
            for charge, decided in zip(bill.charges, adjudications, strict=True)
        ),
        statement_from=first,
        statement_through=last,
        facility_code=_INPATIENT if inpatient else _OUTPATIENT,
        admission_type=_admission_type(bill),
        patient_status=_patient_status(bill),
        procedures=_procedures(bill, first) if inpatient else (),
        attending=provider(bill.crosswalk, bill.encounter.provider or bill.charges[0].provider),
    )
    return _of_a_stay(bill, claim) if inpatient else _of_a_visit(bill, claim)


def _of_a_stay(bill: Bill, claim: InstitutionalClaim) -> InstitutionalClaim:
    admitted, discharged = bill.local(bill.encounter.started_at), bill.local(bill.encounter.ended_at)
    registered = bill.person.get("diagnoses") or bill.diagnoses
    nights = max((bill.days[1] - bill.days[0]).days, 1)
    return replace(
        claim,
        admission_date=bill.days[0],
        admission_hour=f"{admitted:%H%M}" if admitted else "",
        discharge_hour=f"{discharged:%H%M}" if discharged else "",
        admission_source=_FROM_HOME,
        admitting_diagnosis=_diagnosis(str(registered[0]), "ABJ"),
        drg=bill.coding.drg if bill.coding is not None else "",
        values=(ValueAmount(_COVERED_DAYS, Decimal(nights)),),
    )


def _of_a_visit(bill: Bill, claim: InstitutionalClaim) -> InstitutionalClaim:
    """Why the patient came is asked for where nobody had made an appointment."""
    if bill.encounter.encounter_class != "E":
        return claim
    return replace(claim, visit_reasons=(_diagnosis(bill.diagnoses[0], "APR"),))


def _admission_type(bill: Bill) -> str:
    said = (bill.coding.admission_type if bill.coding is not None else "") or bill.encounter.admission_type
    if said.isdigit():
        return said
    return _EMERGENCY if bill.encounter.encounter_class == "E" else _NOT_KNOWN


def _patient_status(bill: Bill) -> str:
    said = (bill.coding.discharge_status if bill.coding is not None else "") or bill.encounter.discharge_status
    return said if len(said) == 2 and said.isdigit() else _TO_HOME


def _procedures(bill: Bill, admitted: date) -> tuple[CodedProcedure, ...]:
    """ICD-10-PCS. Coding tells no days: what was operated on counts from the day of the operating room's charge."""
    codes = [str(code) for code in bill.coded.get("procedures", ())][:_MOST_PROCEDURES]
    operated = [
        charge.service_date
        for charge in bill.charges
        if revenue_code(charge, bill.encounter.encounter_class).startswith("036")
    ]
    day = min(operated, default=admitted)
    return tuple(CodedProcedure(code, day, "BBQ" if index else "BBR") for index, code in enumerate(codes))


def _diagnosis(code: str, qualifier: str) -> Diagnosis:
    return Diagnosis(code.replace(".", ""), qualifier)


def _line(charge: Charge, encounter_class: str, decided: tuple[LineAdjudication, ...]) -> InstitutionalLine:
    room = is_room(charge.procedure_code)
    return InstitutionalLine(
        revenue_code=revenue_code(charge, encounter_class),
        charge=charge.amount,
        units=line_units(charge),
        procedure=None if room else Procedure("HC", charge.procedure_code, tuple(charge.modifiers)),
        service_date=None if room else charge.service_date,
        unit_basis="DA" if room else "UN",
        control_number=line_number(charge),
        adjudications=decided,
    )
