"""Who comes on the sandbox's day: patients, their visits, and what is done for them. Seeded: always the same.

Nobody here exists. Names are drawn from short lists, numbers count up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from random import Random

from connectors.sandbox import group

_SEED = 20261121

VISITS_PER_CLINIC = 7
OUTPATIENTS_PER_HOSPITAL = 20
INPATIENTS_PER_HOSPITAL = 2
EMERGENCIES = 6


class Course(StrEnum):
    """How an appointment ends. A walk-in has none."""

    KEPT = "kept"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    WALK_IN = "walk_in"


@dataclass(frozen=True, slots=True)
class Patient:
    number: str
    last: str
    first: str
    birth_date: date
    sex: str
    street: str
    city: str
    state: str
    postal_code: str
    member_id: str
    secondary_payer: str = ""
    secondary_member_id: str = ""


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """`amount` is the extended charge of `units`."""

    procedure: str
    units: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Visit:
    """One patient account. Codes are canonical; each voice says them in its system's own words."""

    account: str
    number: str
    appointment: str
    facility: str
    department: str
    provider: str
    location: str
    payer: str
    visit_type: str
    encounter_class: str
    starts: time
    minutes: int
    course: Course
    rescheduled: bool
    patient: Patient
    diagnoses: tuple[str, ...]
    charges: tuple[ChargeLine, ...]

    @property
    def in_clinic(self) -> bool:
        return self.facility in group.CLINICS

    @property
    def has_appointment(self) -> bool:
        return self.course is not Course.WALK_IN

    @property
    def took_place(self) -> bool:
        return self.course in (Course.KEPT, Course.WALK_IN)

    @property
    def charged(self) -> Decimal:
        return sum((line.amount for line in self.charges), Decimal("0.00"))


_FIRST = {
    "F": "Ada Bella Clara Edith Flora Gina Hazel Irma June Kira Lena Mona Nora Olga Petra Rosa Tara Una Vera".split(),
    "M": "Abel Boris Carl Emil Felix Gus Hugo Ivan Jonas Kurt Leon Max Nils Otto Paul Rolf Sven Tom Viktor".split(),
}
_LAST = (
    "Abbott Barnes Castillo Dawson Ellison Fletcher Garrison Holloway Ibarra Jennings Keller Lambert Maddox Norris"
    " Oakley Pruitt Quigley Ramsey Sutton Thatcher Underwood Vaughn Whitfield Yates Zamora"
).split()
_STREETS = ("Birch Street", "Cedar Avenue", "Elm Street", "Harbor Road", "Juniper Lane", "Maple Street", "Oak Avenue")

# Out of twenty patients, as the group's payer mix has it.
_PAYER_MIX = "MEDICARE AETNA BCBS UHC MEDICAID MEDICARE BCBS AETNA MEDICAID UHC".split() * 2
_PAYER_MIX[13] = "SELFPAY"
# Children are not insured by Medicare.
_CHILD_PAYERS = ("AETNA", "BCBS", "MEDICAID", "UHC")
#: Who pays second where somebody does: it supplements Medicare.
SUPPLEMENT = "BCBS"

_DIAGNOSES = {
    "CARD": ("I10", "I25.10"),
    "ORTH": ("M17.11", "M25.561"),
    "IMAG": ("R07.9", "M54.50"),
    "LABO": ("E78.5", "R73.03"),
    "PRIM": ("Z00.00", "J06.9"),
    "SURG": ("K40.90", "K80.20"),
    "EMER": ("R07.9", "S93.401A"),
    "ONCO": ("C50.911", "Z51.11"),
    "PEDI": ("Z00.129", "H66.91"),
    "PHYS": ("M54.50", "M75.101"),
}
# Procedure, units and charge a unit, by visit type; a procedure visit differs by department.
_WORK: dict[str, tuple[tuple[str, int, str], ...]] = {
    "office": (("99214", 1, "185.00"), ("36415", 1, "18.00")),
    "imaging": (("71046", 1, "190.00"), ("73721", 1, "620.00")),
    "lab": (("80053", 1, "48.00"), ("85025", 1, "32.00"), ("83036", 1, "41.00")),
    "inpatient": (("99223", 1, "420.00"), ("99232", 2, "210.00"), ("49505", 1, "2900.00")),
    "emergency": (("99284", 1, "640.00"), ("93005", 1, "75.00"), ("71046", 1, "190.00")),
    "procedure-CARD": (("93458", 1, "1850.00"), ("93005", 1, "75.00")),
    "procedure-ORTH": (("20610", 1, "240.00"), ("73560", 1, "110.00")),
    "procedure-SURG": (("49505", 1, "2900.00"), ("99213", 1, "128.00")),
    "procedure-ONCO": (("96413", 1, "980.00"), ("96415", 2, "215.00")),
    "procedure-PHYS": (("97110", 2, "62.50"), ("97140", 1, "58.00")),
}


def visits() -> tuple[Visit, ...]:
    """Everybody who comes, in the order of their account numbers."""
    random = Random(_SEED)  # noqa: S311 - invented people, not secrets
    return tuple(_visit(number, facility, kind, random) for number, (facility, kind) in enumerate(_places(), 1))


def _places() -> Iterator[tuple[str, str]]:
    """(facility, kind) of each visit; the kinds are clinic, outpatient, inpatient and emergency."""
    for facility in group.CLINICS:
        yield from [(facility, "clinic")] * VISITS_PER_CLINIC
    for facility in group.HOSPITALS:
        yield from [(facility, "outpatient")] * OUTPATIENTS_PER_HOSPITAL
        yield from [(facility, "inpatient")] * INPATIENTS_PER_HOSPITAL
    for number in range(EMERGENCIES):
        yield group.HOSPITALS[number % len(group.HOSPITALS)], "emergency"


def _visit(number: int, facility: str, kind: str, random: Random) -> Visit:
    department, visit_type = _what(number, facility, kind, random)
    child = department == "PEDI"
    payer = random.choice(_CHILD_PAYERS) if child else _PAYER_MIX[number % len(_PAYER_MIX)]
    providers = [one.code for one in group.PROVIDERS if one.department == department]
    start = 450 + 15 * random.randrange(36)  # minutes after midnight: 07:30 to 16:15
    return Visit(
        account=f"N{100000 + number}",
        number=f"V{500000 + number}",
        appointment=f"{'S' if kind == 'clinic' else 'H'}{300000 + number}",
        facility=facility,
        department=department,
        provider=random.choice(providers),
        location=f"{facility}-{_LOCATION[kind]}",
        payer=payer,
        visit_type=visit_type,
        encounter_class={"inpatient": "I", "emergency": "E"}.get(kind, "O"),
        starts=time(start // 60, start % 60),
        minutes=random.choice((20, 30, 45, 60)),
        course=_course(number, kind),
        rescheduled=kind in ("clinic", "outpatient") and number % 9 == 4,
        patient=_patient(number, payer, child, random),
        diagnoses=_DIAGNOSES[department],
        charges=_charges(department, visit_type, random),
    )


_LOCATION = {"clinic": "STE-A", "outpatient": "OPD", "inpatient": "INP", "emergency": "ED"}


def _what(number: int, facility: str, kind: str, random: Random) -> tuple[str, str]:
    """(department, visit type). At the clinic with the unmapped code every other one comes for just that department."""
    if kind == "emergency":
        return "EMER", "emergency"
    if facility == group.UNMAPPED.facility and number % 2:
        return group.UNMAPPED.canonical, random.choice(("office", "procedure"))
    wanted = {"inpatient"} if kind == "inpatient" else {"office", "procedure", "imaging", "lab"}
    offered = [(one, wanted & set(one.visit_types)) for one in group.departments_of(facility)]
    department, types = random.choice([(one, sorted(types)) for one, types in offered if types])
    return department.code, random.choice(types)


def _course(number: int, kind: str) -> Course:
    if kind in ("inpatient", "emergency"):
        return Course.WALK_IN
    return {7: Course.CANCELLED, 15: Course.NO_SHOW}.get(number % 20, Course.KEPT)


def _patient(number: int, payer: str, child: bool, random: Random) -> Patient:
    sex = random.choice("FM")
    supplemented = payer == "MEDICARE" and number % 4 == 0
    year = random.randrange(2012, 2021) if child else random.randrange(1938, 1960 if payer == "MEDICARE" else 2003)
    return Patient(
        number=f"P{700000 + number}",
        last=random.choice(_LAST),
        first=random.choice(_FIRST[sex]),
        birth_date=date(year, random.randrange(1, 13), random.randrange(1, 29)),
        sex=sex,
        street=f"{random.randrange(10, 990)} {random.choice(_STREETS)}",
        city="Northlake",
        state="IL",
        postal_code="60164",
        member_id="" if payer == "SELFPAY" else f"{payer[:3]}{900000 + number}",
        secondary_payer=SUPPLEMENT if supplemented else "",
        secondary_member_id=f"{SUPPLEMENT[:3]}{900000 + number}" if supplemented else "",
    )


def _charges(department: str, visit_type: str, random: Random) -> tuple[ChargeLine, ...]:
    offered = _WORK.get(f"{visit_type}-{department}") or _WORK.get(visit_type) or _WORK["office"]
    chosen = sorted(random.sample(offered, random.randint(1, min(2, len(offered)))))
    return tuple(ChargeLine(code, units, Decimal(each) * units) for code, units, each in chosen)
