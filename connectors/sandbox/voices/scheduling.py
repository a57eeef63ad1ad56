"""S3, the SaaS scheduling of the clinics: JSON webhooks, contract v1 at the older clinics and v2 at the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.sandbox import group
from connectors.sandbox.cast import Visit

# Clinics up to this number have not moved to contract v2 yet.
_LAST_V1_CLINIC = 10

_V1_NAMES = {
    "booked": "appointment_booked",
    "rescheduled": "appointment_rescheduled",
    "cancelled": "appointment_cancelled",
    "checked_in": "appointment_checked_in",
    "completed": "appointment_completed",
    "no_show": "appointment_no_show",
}
_SEXES = {"F": "female", "M": "male"}
_V2_NAMES = {
    "booked": "appointment.booked",
    "rescheduled": "appointment.rescheduled",
    "cancelled": "appointment.cancelled",
    "checked_in": "appointment.checkedIn",
    "completed": "appointment.completed",
    "no_show": "appointment.noShow",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an appointment. `revision` counts them from 1; `starts` is where it stands now."""

    what: str
    at: datetime
    starts: datetime
    revision: int


def version_of(visit: Visit) -> str:
    return "v1" if int(visit.facility[1:]) <= _LAST_V1_CLINIC else "v2"


def webhook(visit: Visit, happening: Happening) -> bytes:
    """The body in the contract version that the visit's clinic is on."""
    fields = _v1(visit, happening) if version_of(visit) == "v1" else _v2(visit, happening)
    return msgspec.json.encode(fields)


def _v1(visit: Visit, happening: Happening) -> dict[str, Any]:
    return {
        "contract_version": "v1",
        "event": _V1_NAMES[happening.what],
        "occurred_at": happening.at.isoformat(),
        "appointment_id": visit.appointment,
        "clinic_code": _code("facility", visit, visit.facility),
        "department_code": _code("department", visit, visit.department),
        "provider_code": _code("provider", visit, visit.provider),
        "room": _code("location", visit, visit.location),
        "payer_code": _code("payer", visit, visit.payer),
        "start_time": happening.starts.isoformat(),
        "duration_min": visit.minutes,
        "visit_type": visit.visit_type,
        "account_number": visit.account,
        "patient_id": visit.patient.number,
        "patient_last_name": visit.patient.last,
        "patient_first_name": visit.patient.first,
        "patient_birth_date": visit.patient.birth_date.isoformat(),
        "patient_sex": visit.patient.sex,
        "member_id": visit.patient.member_id or None,
    }


def _v2(visit: Visit, happening: Happening) -> dict[str, Any]:
    ends = happening.starts + timedelta(minutes=visit.minutes)
    return {
        "contractVersion": "v2",
        "type": _V2_NAMES[happening.what],
        "time": happening.at.isoformat(),
        "data": {
            "appointment": {
                "id": visit.appointment,
                "revision": happening.revision,
                "slot": {"start": happening.starts.isoformat(), "end": ends.isoformat()},
                "clinic": {
                    "code": _code("facility", visit, visit.facility),
                    "room": _code("location", visit, visit.location),
                },
                "department": {"code": _code("department", visit, visit.department)},
                "practitioner": {"code": _code("provider", visit, visit.provider)},
                "coverage": {
                    "payer": {"code": _code("payer", visit, visit.payer)},
                    "memberId": visit.patient.member_id or None,
                },
                "visitType": visit.visit_type.upper(),
                "account": {"number": visit.account},
                "patient": {
                    "id": visit.patient.number,
                    "familyName": visit.patient.last,
                    "givenName": visit.patient.first,
                    "birthDate": visit.patient.birth_date.isoformat(),
                    "sex": _SEXES.get(visit.patient.sex, "unknown"),
                },
            }
        },
    }


def _code(domain: str, visit: Visit, canonical: str) -> str:
    return group.local_code(domain, group.SCHEDULING, visit.facility, canonical)
