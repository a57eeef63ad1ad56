"""Encounter, with its Patient, Coverages, Conditions and Account, to encounter events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.clinic_ehr import people
from connectors.clinic_ehr.parts import Parts, changed_at, first_code, moment, number_of, sequence_of
from connectors.formats.fhir import Resource
from hub.core.events.encounter import (
    EncounterAdmitted,
    EncounterCancelled,
    EncounterCompleted,
    EncounterDischarged,
    EncounterEvent,
    EncounterRegistered,
    EncounterUpdated,
)

# Encounter.class (v3 ActCode) as HL7 table 0004 has it: whoever stays in a bed is an inpatient, the rest come and go.
_CLASSES = {"IMP": "I", "ACUTE": "I", "NONACUTE": "I", "EMER": "E"}
_OUTPATIENT = "O"
_INPATIENT = "I"
_UNDER_WAY = frozenset({"arrived", "triaged", "in-progress", "onleave"})
_TAKEN_BACK = frozenset({"cancelled", "entered-in-error"})
ICD_10 = ("http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10")
# FL 17 of the UB-04 for HL7's discharge dispositions; a server that codes FL 17 itself sends two digits.
_DISPOSITIONS: Mapping[str, str] = {
    "home": "01", "alt-home": "01", "other-hcf": "70", "hosp": "50", "long": "63", "aadvice": "07", "exp": "20",
    "psy": "65", "rehab": "62", "snf": "03",
}  # fmt: skip


def encounters(resource: Resource, parts: Parts) -> Iterator[EncounterEvent]:
    """One event for a version of a visit that has begun; none for one that is only planned."""
    model = resource.model
    if model.status == "planned":
        return
    visit_class = _CLASSES.get(model.class_fhir.code or "", _OUTPATIENT)
    kind = _kind(model.status, visit_class)
    patient = parts.find(model.subject, model)
    insured = [*people.insurance(parts, patient), ("", ""), ("", "")]
    yield kind(
        occurred_at=_occurred_at(kind, resource, parts),
        entity_key=f"{parts.incoming.system}:{visit_number(model)}",
        facility=parts.code(model.serviceProvider, model) or parts.incoming.facility_hint,
        account_number=account_number(model, parts),
        sequence=sequence_of(resource),
        visit_number=visit_number(model),
        encounter_class=visit_class,
        appointment_id=_appointment(model, parts),
        department=first_code(model.serviceType),
        provider=_provider(model, parts),
        location=parts.code(model.location[-1].location, model) if model.location else "",
        payer=insured[0][0],
        member_id=insured[0][1],
        secondary_payer=insured[1][0],
        secondary_member_id=insured[1][1],
        diagnoses=_diagnoses(model, parts),
        discharge_status=_disposition(model),
        **people.demographics(patient),
        **people.address(patient),
    )


def visit_number(model: Any) -> str:
    return number_of(model, "VN")


def account_number(model: Any, parts: Parts) -> str:
    """The account that the visit is billed to."""
    return parts.account(model.account, model)


def _kind(status: str, visit_class: str) -> type[EncounterEvent]:
    if status in _TAKEN_BACK:
        return EncounterCancelled
    if status == "finished":
        return EncounterDischarged if visit_class == _INPATIENT else EncounterCompleted
    if status in _UNDER_WAY:
        return EncounterAdmitted if visit_class == _INPATIENT else EncounterRegistered
    return EncounterUpdated


def _occurred_at(kind: type[EncounterEvent], resource: Resource, parts: Parts) -> datetime:
    """When it began or ended, as the clinic says; else when the server learned of it."""
    period = resource.model.period
    start = moment(period.start, parts.incoming) if period else None
    end = moment(period.end, parts.incoming) if period else None
    if kind in (EncounterDischarged, EncounterCompleted) and end is not None:
        return end
    if kind in (EncounterAdmitted, EncounterRegistered) and start is not None:
        return start
    return changed_at(resource, end, start)


def _appointment(model: Any, parts: Parts) -> str:
    """The appointment's id at the clinic, as its own events bear it."""
    for reference in model.appointment or ():
        literal: str = reference.reference or ""
        return literal.split("/_history/")[0].rpartition("/")[2] or parts.code(reference, model)
    return ""


def _provider(model: Any, parts: Parts) -> str:
    individuals = [one for one in model.participant or () if one.individual is not None]
    attending = [one for one in individuals if first_code(one.type or []) in ("ATND", "PPRF")]
    chosen = (attending or individuals)[:1]
    return parts.code(chosen[0].individual, model) if chosen else ""


def _diagnoses(model: Any, parts: Parts) -> tuple[str, ...]:
    """ICD-10 codes in the order of their rank, else of their listing; without any, the coded reasons for the visit."""
    listed = sorted(model.diagnosis or (), key=lambda one: one.rank or 1_000_000)
    conditions = (parts.find(one.condition, model) for one in listed)
    codes = [first_code(one.code, *ICD_10) for one in conditions if getattr(one, "code", None) is not None]
    found = [code for code in codes if code] or [first_code(one, *ICD_10) for one in model.reasonCode or ()]
    return tuple(dict.fromkeys(code for code in found if code))


def _disposition(model: Any) -> str:
    code = first_code(model.hospitalization.dischargeDisposition) if model.hospitalization else ""
    return code if len(code) == 2 and code.isdecimal() else _DISPOSITIONS.get(code, "")
