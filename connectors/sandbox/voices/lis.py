"""S6, the group's laboratory and radiology: HL7 v2.5.1 ORU for what was performed at a visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.formats.hl7v2 import SegmentSpec, build_message
from connectors.sandbox import group
from connectors.sandbox.cast import ChargeLine, Visit
from connectors.sandbox.voices.ehr import order_number

# The chapters of CPT: 7xxxx is radiology, 8xxxx pathology and laboratory.
_DEPARTMENTS = {"7": "IMAG", "8": "LABO"}
_APPLICATIONS = {"IMAG": "RIS", "LABO": "LIS"}


def performed_lines(visit: Visit) -> tuple[tuple[int, ChargeLine], ...]:
    """The charge lines that laboratory or radiology perform, with the numbers that the EHR gives them."""
    return tuple((number, line) for number, line in enumerate(visit.charges, 1) if line.procedure[0] in _DEPARTMENTS)


def oru(
    visit: Visit, at: datetime, control_id: str, *, lines: Sequence[tuple[int, ChargeLine]], status: str = "F"
) -> bytes:
    """R01 with one OBR a line. `status` is OBR-25: F final, C corrected, P preliminary; `lines` has at least one."""
    department = _department(lines[0][1])
    sender = {3: _APPLICATIONS[department], 4: _code("facility", visit.facility), 5: "HUB", 6: "NRH"}
    return build_message(
        [
            ("MSH", {**sender, 7: at, 9: ("ORU", "R01", "ORU_R01"), 10: control_id, 11: "P", 12: "2.5.1"}),
            ("PID", {1: 1, 3: [(visit.patient.number, None, None, "NRH", "MR")], 18: visit.account}),
            ("PV1", {1: 1, 2: visit.encounter_class, 19: visit.number}),
            *(
                segment
                for place, (number, line) in enumerate(lines, 1)
                for segment in _result(visit, place, number, line, at, status)
            ),
        ]
    )


def _result(visit: Visit, place: int, number: int, line: ChargeLine, at: datetime, status: str) -> list[SegmentSpec]:
    procedure = (line.procedure, None, "C4")
    return [
        (
            "OBR",
            {
                1: place,
                2: order_number(visit, number),
                3: f"F{visit.number[1:]}-{number}",
                4: procedure,
                7: at,
                16: _code("provider", visit.provider),
                22: at,
                24: _code("department", _department(line)),
                25: status,
            },
        ),
        ("OBX", {1: 1, 2: "TX", 3: procedure, 5: "See report", 11: status}),
    ]


def _department(line: ChargeLine) -> str:
    return _DEPARTMENTS[line.procedure[0]]


def _code(domain: str, canonical: str) -> str:
    return group.local_code(domain, group.LIS, "", canonical)
