"""S4, the hospitals' own scheduling: HL7 v2.3 SIU."""

from __future__ import annotations

from connectors.formats.hl7v2 import build_message
from connectors.sandbox import group
from connectors.sandbox.cast import Visit
from connectors.sandbox.voices.scheduling import Happening

# Trigger and SCH-25. A visit that took place has no trigger of its own.
_TRIGGERS = {
    "booked": ("S12", "Booked"),
    "rescheduled": ("S13", "Booked"),
    "cancelled": ("S15", "Cancelled"),
    "completed": ("S14", "Complete"),
    "no_show": ("S26", "Noshow"),
}


def siu(visit: Visit, happening: Happening, control_id: str) -> bytes:
    trigger, status = _TRIGGERS[happening.what]
    hospital = _code("facility", visit, visit.facility)
    department = _code("department", visit, visit.department)
    room = _code("location", visit, visit.location)
    provider = _code("provider", visit, visit.provider)
    patient = visit.patient
    return build_message(
        [
            (
                "MSH",
                {
                    3: "HOSPSCHED",
                    4: hospital,
                    5: "HUB",
                    6: "NRH",
                    7: happening.at,
                    9: ("SIU", trigger),
                    10: control_id,
                    11: "P",
                    12: "2.3",
                },
            ),
            (
                "SCH",
                {
                    1: visit.appointment,
                    2: visit.appointment,
                    8: visit.visit_type.upper(),
                    9: visit.minutes,
                    10: "MIN",
                    11: (None, None, None, happening.starts),
                    25: status,
                },
            ),
            (
                "PID",
                {
                    1: 1,
                    3: [(patient.number, "", "", hospital, "MR")],
                    5: (patient.last.upper(), patient.first.upper()),
                    7: patient.birth_date,
                    8: patient.sex,
                    18: visit.account,
                },
            ),
            ("PV1", {1: 1, 2: visit.encounter_class, 3: (department, room, None, hospital), 7: provider}),
            ("IN1", {1: 1, 3: _code("payer", visit, visit.payer), 36: patient.member_id}),
            ("RGS", {1: 1, 2: "A"}),
            ("AIL", {1: 1, 2: "A", 3: (department, room, None, hospital)}),
            ("AIP", {1: 1, 2: "A", 3: provider}),
        ]
    )


def _code(domain: str, visit: Visit, canonical: str) -> str:
    return group.local_code(domain, group.HOSPITAL_SCHEDULING, visit.facility, canonical)
