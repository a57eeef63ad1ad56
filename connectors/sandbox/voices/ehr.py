"""S5, the EHR of the whole group: HL7 v2.5.1 ADT for visits and stays, DFT P03 for their charges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from connectors.formats.hl7v2 import SegmentSpec, build_message
from connectors.sandbox import group
from connectors.sandbox.cast import ChargeLine, Visit

_STRUCTURES = {
    "A01": "ADT_A01",
    "A02": "ADT_A02",
    "A03": "ADT_A03",
    "A04": "ADT_A01",
    "A05": "ADT_A05",
    "A08": "ADT_A01",
    "A11": "ADT_A09",
    "A13": "ADT_A01",
}
# PV1-36, as FL 17 of the UB-04.
_HOME = "01"
# PV1-4, HL7 table 0007, by patient class.
_ADMISSION = {"E": "E", "I": "U"}


def adt(visit: Visit, trigger: str, at: datetime, control_id: str, *, happened: datetime | None = None) -> bytes:
    """Any trigger of `_STRUCTURES`: A05 before admission, A11 cancelled, A13 the end taken back, and the others.

    `happened` is when, where that is not when it was recorded.
    """
    ended = (happened or at) if trigger == "A03" else None
    return build_message(
        [
            _header(visit, ("ADT", trigger, _STRUCTURES[trigger]), at, control_id),
            ("EVN", {1: trigger, 2: at, 6: happened}),
            _patient(visit),
            _visit(visit, ended),
            *_diagnoses(visit),
            *_insurance(visit),
        ]
    )


def dft(
    visit: Visit,
    at: datetime,
    control_id: str,
    *,
    service_day: datetime,
    lines: Sequence[tuple[int, ChargeLine]] = (),
    kind: str = "CG",
) -> bytes:
    """P03 with one FT1 a charge line, numbered as given; `kind` is CG, CD (void) or AJ (correction)."""
    return build_message(
        [
            _header(visit, ("DFT", "P03", "DFT_P03"), at, control_id),
            ("EVN", {1: "P03", 2: at}),
            _patient(visit),
            _visit(visit, None),
            *(_charge(visit, place, number, line, service_day, kind) for place, (number, line) in enumerate(lines, 1)),
        ]
    )


def merge(visit: Visit, gone: Visit, at: datetime, control_id: str) -> bytes:
    """A40: the patient and account of `gone` turned out to be those of `visit`."""
    number = (gone.patient.number, None, None, "NRH", "MR")
    return build_message(
        [
            _header(visit, ("ADT", "A40", "ADT_A39"), at, control_id),
            ("EVN", {1: "A40", 2: at}),
            _patient(visit),
            ("MRG", {1: [number], 3: gone.account}),
        ]
    )


def orm(
    visit: Visit, at: datetime, control_id: str, *, lines: Sequence[tuple[int, ChargeLine]], control: str = "NW"
) -> bytes:
    """O01 with one order a line, numbered as its charge will be; `control` is ORC-1: NW, XO, CA or DC."""
    orders = (_order(visit, place, number, line, control) for place, (number, line) in enumerate(lines, 1))
    return build_message(
        [
            _header(visit, ("ORM", "O01", "ORM_O01"), at, control_id),
            _patient(visit),
            _visit(visit, None),
            *(segment for order in orders for segment in order),
        ]
    )


def order_number(visit: Visit, number: int) -> str:
    """By which whoever performs the order names it in its result."""
    return f"P{visit.number[1:]}-{number}"


def charge_number(visit: Visit, number: int) -> str:
    return f"T{visit.number[1:]}-{number}"


def _header(visit: Visit, message_type: tuple[str, str, str], at: datetime, control_id: str) -> SegmentSpec:
    sender = {3: "EHR", 4: _code("facility", visit, visit.facility), 5: "HUB", 6: "NRH"}
    return "MSH", {**sender, 7: at, 9: message_type, 10: control_id, 11: "P", 12: "2.5.1"}


def _patient(visit: Visit) -> SegmentSpec:
    patient = visit.patient
    return (
        "PID",
        {
            1: 1,
            3: [(patient.number, None, None, "NRH", "MR")],
            5: (patient.last.upper(), patient.first.upper(), None, None, None, None, "L"),
            7: patient.birth_date,
            8: patient.sex,
            11: (patient.street.upper(), None, patient.city.upper(), patient.state, patient.postal_code),
            18: visit.account,
        },
    )


def _visit(visit: Visit, ended: datetime | None) -> SegmentSpec:
    place = (
        _code("department", visit, visit.department),
        _code("location", visit, visit.location),
        None,
        _code("facility", visit, visit.facility),
    )
    return (
        "PV1",
        {
            1: 1,
            2: visit.encounter_class,
            3: place,
            4: _ADMISSION.get(visit.encounter_class),
            7: _code("provider", visit, visit.provider),
            19: visit.number,
            36: _HOME if ended else None,
            45: ended,
            50: visit.appointment if visit.has_appointment else None,
        },
    )


def _diagnoses(visit: Visit) -> list[SegmentSpec]:
    return [("DG1", {1: place, 3: (code, None, "I10"), 6: "F"}) for place, code in enumerate(visit.diagnoses, 1)]


def _insurance(visit: Visit) -> list[SegmentSpec]:
    patient = visit.patient
    covers = [(visit.payer, patient.member_id), (patient.secondary_payer, patient.secondary_member_id)]
    return [
        ("IN1", {1: place, 2: payer, 3: _code("payer", visit, payer), 36: member or None})
        for place, (payer, member) in enumerate(covers, 1)
        if payer
    ]


def _charge(visit: Visit, place: int, number: int, line: ChargeLine, service_day: datetime, kind: str) -> SegmentSpec:
    return (
        "FT1",
        {
            1: place,
            2: charge_number(visit, number),
            4: service_day.date(),
            6: kind,
            7: (line.procedure, None, "C4"),
            10: Decimal(line.units),
            11: ((line.amount, "USD"),),
            13: _code("department", visit, visit.department),
            19: [(code, None, "I10") for code in visit.diagnoses],
            20: _code("provider", visit, visit.provider),
            25: (line.procedure, None, "C4"),
        },
    )


def _order(visit: Visit, place: int, number: int, line: ChargeLine, control: str) -> list[SegmentSpec]:
    placer, ordered_by = order_number(visit, number), _code("provider", visit, visit.provider)
    return [
        ("ORC", {1: control, 2: placer, 12: ordered_by}),
        ("OBR", {1: place, 2: placer, 4: (line.procedure, None, "C4"), 16: ordered_by}),
        *_diagnoses(visit),
    ]


def _code(domain: str, visit: Visit, canonical: str) -> str:
    return group.local_code(domain, group.EHR, visit.facility, canonical)
