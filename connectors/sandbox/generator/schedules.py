"""SIU S18 to S25: what scheduling systems say of the resources of an appointment, and of blocked slots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from connectors.formats.hl7v2 import SegmentSpec, build_message
from connectors.sandbox.generator.files import Generated

#: Trigger, what it says (HL7 v2.5.1, 10.3), whether it is about an appointment, and the action code of its resource.
TRIGGERS = (
    ("S18", "addition of a service or resource", True, "A"),
    ("S19", "modification of a service or resource", True, "U"),
    ("S20", "cancellation of a service or resource", True, "D"),
    ("S21", "discontinuation of a service or resource", True, "D"),
    ("S22", "deletion of a service or resource", True, "D"),
    ("S23", "blocked schedule time slots", False, "A"),
    ("S24", "opened schedule time slots", False, "D"),
    ("S25", "deleted schedule time slots", False, "D"),
)
_MINUTES = 30


def schedules(seed: int, day: date) -> Iterator[Generated]:
    """One message of each trigger, in order."""
    for place, (trigger, _, of_appointment, action) in enumerate(TRIGGERS):
        starts = datetime.combine(day, time(9), tzinfo=UTC) + timedelta(minutes=_MINUTES * place)
        segments = [_header(trigger, seed, starts), _schedule(seed, place, starts, of_appointment)]
        if of_appointment:
            segments += [_patient(seed, place), ("PV1", {1: 1, 2: "O", 3: ("1010", "OPD", None, "NLMC"), 7: "D1001"})]
        segments += [
            ("RGS", {1: 1, 2: action}),
            ("AIL", {1: 1, 2: action, 3: ("1010", "OPD", None, "NLMC"), 6: starts, 9: _MINUTES, 10: "MIN"}),
            ("AIP", {1: 1, 2: action, 3: ("D1001",), 6: starts, 9: _MINUTES, 10: "MIN"}),
        ]
        yield Generated(f"siu-{trigger.lower()}.hl7", build_message(segments))


def _header(trigger: str, seed: int, at: datetime) -> SegmentSpec:
    return (
        "MSH",
        {
            3: "HOSPSCHED",
            4: "NLMC",
            5: "HUB",
            6: "NRH",
            7: at,
            9: ("SIU", trigger, "SIU_S12"),
            10: f"GEN{seed}{trigger}",
            11: "P",
            12: "2.5.1",
        },
    )


def _schedule(seed: int, place: int, starts: datetime, of_appointment: bool) -> SegmentSpec:
    number = f"GA{seed}-{place}"
    return (
        "SCH",
        {
            1: number,
            2: number,
            6: ("ROUTINE",),
            9: _MINUTES,
            10: "MIN",
            11: (None, None, f"M{_MINUTES}", starts, starts + timedelta(minutes=_MINUTES)),
            25: "Booked" if of_appointment else "Blocked",
        },
    )


def _patient(seed: int, place: int) -> SegmentSpec:
    number = f"GP{seed}{place:02}"
    return (
        "PID",
        {
            1: 1,
            3: [(number, "", "", "NLMC", "MR")],
            5: ("ARCHER", "ANN"),
            7: date(1980, 2, 29),
            8: "F",
            18: f"A{number}",
        },
    )
