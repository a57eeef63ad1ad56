"""Appointment to appointment events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.clinic_ehr import people
from connectors.clinic_ehr.parts import Parts, absent, changed_at, first_code, sequence_of
from connectors.formats.fhir import Resource
from hub.core.events.appointment import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentEvent,
    AppointmentNoShow,
    AppointmentRescheduled,
)

# Appointment.status. What is proposed, pending or waitlisted is not booked: it has no event yet.
_EVENTS: Mapping[str, type[AppointmentEvent]] = {
    "booked": AppointmentBooked,
    "arrived": AppointmentCheckedIn,
    "checked-in": AppointmentCheckedIn,
    "fulfilled": AppointmentCompleted,
    "cancelled": AppointmentCancelled,
    "entered-in-error": AppointmentCancelled,
    "noshow": AppointmentNoShow,
}
# HL7 table 0276, which R4 proposes for Appointment.appointmentType; other codes are visit types of the clinic's own.
_VISIT_TYPES = {
    "ROUTINE": "office", "CHECKUP": "office", "FOLLOWUP": "office", "WALKIN": "office", "EMERGENCY": "emergency",
}  # fmt: skip
_FIRST_VERSION = "1"


def appointments(resource: Resource, parts: Parts) -> Iterator[AppointmentEvent]:
    """One event for a version of an appointment that is booked or was; none before."""
    model = resource.model
    kind = _EVENTS.get(model.status)
    if kind is None:
        return
    if model.start is None:
        raise absent(resource, "start")
    department = first_code(model.serviceType or []) or first_code(model.specialty or [])
    if not department:
        raise absent(resource, "serviceType")
    patient = parts.find(_actor(model, "Patient"), model)
    insured = people.insurance(parts, patient)
    payer, member = insured[0] if insured else ("", "")
    yield (AppointmentRescheduled if _is_moved(kind, resource) else kind)(
        occurred_at=changed_at(resource, model.start),
        entity_key=f"{parts.incoming.system}:{resource.id}",
        facility=_facility(model, parts),
        account_number=_account(model, parts),
        sequence=sequence_of(resource),
        appointment_id=resource.id,
        starts_at=model.start,
        duration_minutes=_minutes(model),
        department=department,
        provider=parts.code(_actor(model, "Practitioner") or _actor(model, "PractitionerRole"), model),
        location=parts.code(_actor(model, "Location"), model),
        payer=payer,
        visit_type=_visit_type(model),
        reason=first_code(model.cancelationReason),
        member_id=member,
        **people.demographics(patient),
    )


def _is_moved(kind: type[AppointmentEvent], resource: Resource) -> bool:
    """A later version that is still booked was changed; servers whose versions have no numbers cannot say so."""
    return kind is AppointmentBooked and resource.version.isdecimal() and resource.version != _FIRST_VERSION


def _actor(model: Any, kind: str) -> Any:
    """The reference to the first participant of a kind."""
    for participant in model.participant:
        actor = participant.actor
        if actor is not None and _is_of(actor, kind):
            return actor
    return None


def _facility(model: Any, parts: Parts) -> str:
    """The organization that runs the location, where it is in the message; else the feed's own facility."""
    location = parts.find(_actor(model, "Location"), model)
    managed_by = getattr(location, "managingOrganization", None)
    return parts.code(managed_by) or parts.incoming.facility_hint


def _account(model: Any, parts: Parts) -> str:
    supporting = model.supportingInformation or ()
    return parts.account([one for one in supporting if _is_of(one, "Account")], model)


def _is_of(reference: Any, kind: str) -> bool:
    return bool(reference.type == kind or f"{kind}/" in (reference.reference or ""))


def _minutes(model: Any) -> int:
    if model.minutesDuration:
        return int(model.minutesDuration)
    if model.end is not None:
        return max(0, int((model.end - model.start).total_seconds() // 60))
    return 30


def _visit_type(model: Any) -> str:
    code = first_code(model.appointmentType)
    return _VISIT_TYPES.get(code.upper(), code.lower()) or "office"
