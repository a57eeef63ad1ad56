"""Scheduling webhooks to appointment events. Contract v1 and v2 live side by side, routed by version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from connectors.json_contract import JsonContract, moment, parse_json
from connectors.scheduling_saas.identity import VERSION_HEADER
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events import Event
from hub.core.events.appointment import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentEvent,
    AppointmentNoShow,
    AppointmentRescheduled,
)

_CONTRACTS = Path(__file__).parent / "contracts"
V1 = JsonContract("scheduling v1", _CONTRACTS / "v1.json")
V2 = JsonContract("scheduling v2", _CONTRACTS / "v2.json")

_V1_EVENTS: Mapping[str, type[AppointmentEvent]] = {
    "appointment_booked": AppointmentBooked,
    "appointment_rescheduled": AppointmentRescheduled,
    "appointment_cancelled": AppointmentCancelled,
    "appointment_checked_in": AppointmentCheckedIn,
    "appointment_completed": AppointmentCompleted,
    "appointment_no_show": AppointmentNoShow,
}
_V2_EVENTS: Mapping[str, type[AppointmentEvent]] = {
    "appointment.booked": AppointmentBooked,
    "appointment.rescheduled": AppointmentRescheduled,
    "appointment.cancelled": AppointmentCancelled,
    "appointment.checkedIn": AppointmentCheckedIn,
    "appointment.completed": AppointmentCompleted,
    "appointment.noShow": AppointmentNoShow,
}


_SEXES = {"female": "F", "male": "M"}


def translate(message: Incoming) -> Iterator[Event]:
    """One event for one webhook. Raises DataFault for what breaks its contract or is of none that we know."""
    document = parse_json(message.read())
    yield _readers[contract_version(message.headers, document)](document, message.system)


def contract_version(headers: Mapping[str, str], document: object) -> str:
    """ "v1" or "v2", as the header says, or the body where there is no header.

    Raises DataFault `unknown-contract-version`: a version that we do not know is quarantined, not guessed.
    """
    fields = document if isinstance(document, dict) else {}
    stated = [headers.get(VERSION_HEADER), fields.get("contract_version"), fields.get("contractVersion")]
    versions = {value.lower() for value in stated if isinstance(value, str) and value}
    if len(versions) == 1 and (version := versions.pop()) in _readers:
        return version
    raise DataFault(
        "unknown-contract-version",
        f"The contract version is missing, contradicts itself, or is none of {', '.join(_readers)}.",
        cause=(VERSION_HEADER,),
        hint="Ask the sender which version this is; a new one needs a contract and a translator here.",
        subject={"expected": ", ".join(_readers)},
    )


def _read_v1(document: dict[str, Any], system: str) -> AppointmentEvent:
    V1.check(document)
    get = document.get
    return _event_class(_V1_EVENTS, document["event"], "/event")(
        occurred_at=moment(document["occurred_at"], "/occurred_at"),
        entity_key=f"{system}:{document['appointment_id']}",
        facility=document["clinic_code"],
        account_number=document["account_number"],
        appointment_id=document["appointment_id"],
        starts_at=moment(document["start_time"], "/start_time"),
        duration_minutes=int(document["duration_min"]),
        department=document["department_code"],
        provider=get("provider_code") or "",
        location=get("room") or "",
        service_line=get("service_line_code") or "",
        payer=get("payer_code") or "",
        visit_type=get("visit_type", "office"),
        reason=get("reason") or "",
        patient_number=get("patient_id") or "",
        patient_last_name=get("patient_last_name") or "",
        patient_first_name=get("patient_first_name") or "",
        patient_birth_date=_day(get("patient_birth_date")),
        patient_sex=get("patient_sex") or "U",
        member_id=get("member_id") or "",
    )


def _read_v2(document: dict[str, Any], system: str) -> AppointmentEvent:
    V2.check(document)
    appointment = document["data"]["appointment"]
    patient, coverage = appointment.get("patient", {}), appointment.get("coverage", {})
    slot, clinic = appointment["slot"], appointment["clinic"]
    starts_at = moment(slot["start"], "/data/appointment/slot/start")
    ends_at = moment(slot["end"], "/data/appointment/slot/end")
    if ends_at < starts_at:
        raise DataFault(
            "slot-ends-before-start",
            "/data/appointment/slot/end lies before /data/appointment/slot/start.",
            cause=("scheduling v2", "/data/appointment/slot/end"),
        )
    return _event_class(_V2_EVENTS, document["type"], "/type")(
        occurred_at=moment(document["time"], "/time"),
        entity_key=f"{system}:{appointment['id']}",
        facility=clinic["code"],
        account_number=appointment["account"]["number"],
        sequence=int(appointment["revision"]),
        appointment_id=appointment["id"],
        starts_at=starts_at,
        duration_minutes=int((ends_at - starts_at).total_seconds() // 60),
        department=appointment["department"]["code"],
        provider=_code(appointment, "practitioner"),
        location=clinic.get("room") or "",
        service_line=_code(appointment, "serviceLine"),
        payer=_code(coverage, "payer"),
        visit_type=appointment.get("visitType", "OFFICE").lower(),
        reason=appointment.get("reason") or "",
        patient_number=patient.get("id", ""),
        patient_last_name=patient.get("familyName") or "",
        patient_first_name=patient.get("givenName") or "",
        patient_birth_date=_day(patient.get("birthDate")),
        patient_sex=_SEXES.get(patient.get("sex"), "U"),
        member_id=coverage.get("memberId") or "",
    )


_readers: Mapping[str, Callable[[dict[str, Any], str], AppointmentEvent]] = {"v1": _read_v1, "v2": _read_v2}


def _event_class(known: Mapping[str, type[AppointmentEvent]], name: str, pointer: str) -> type[AppointmentEvent]:
    found = known.get(name)
    if found is None:
        raise DataFault(
            "unknown-event-type",
            f"{pointer} is none of {', '.join(known)}.",
            cause=(pointer, name),
            hint="Ask the sender what this event means; until then it is kept and not applied.",
            subject={"pointer": pointer, "event": name},
        )
    return found


def _day(text: str | None) -> date | None:
    """A day that the contract has checked to be one."""
    return date.fromisoformat(text) if text else None


def _code(fields: Mapping[str, Any], name: str) -> str:
    code: str = fields.get(name, {}).get("code", "")
    return code
