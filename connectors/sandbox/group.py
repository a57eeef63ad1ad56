"""Northlake Regional Health, the sandbox group: what it is and how each of its systems calls it.

The one literal source of facilities, departments, providers, payers, fees and local codes: the seed writes it into
master data, the sandbox's systems speak its local codes. Free of Django.

How each system names things (`local_code` answers it, `LOCAL_CODES` lists it):

=================== ============ ============================== =========== ============== ===========
system              facility     department                     provider    location       payer
=================== ============ ============================== =========== ============== ===========
scheduling          nl-clinic-01 cardiology; CARDIO at C05-C08  u-1001      c01-suite-a    aetna-ppo
hospital-scheduling NLMC         1010; 2010 at STV, 3010 at EGH D1001       OPD            AET
ehr                 100, 401     CAR                            4001        OPD, STE-A     I200
lis                 L-NLM        LAB, RAD                       LP001
billing             BU-NLM       301                            R-001       L-NLM-OPD      2000
clearinghouse       billing NPI                                 NPI                        60054
payer-aetna …                                                                              60054
gateway             fac_nlm
=================== ============ ============================== =========== ============== ===========

The clinics C05 to C08 were acquired together and kept their own department codes in the scheduling system. One of
them is not mapped, on purpose: `UNMAPPED` is what the demo's steward maps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from connectors.sandbox import chart
from hub.core.money import cents
from hub.core.npi import with_check_digit

#: From when on every mapping and fee of the group holds.
SINCE = date(2024, 1, 1)
TIME_ZONE = "America/Chicago"
TAX_ID = "364410028"


@dataclass(frozen=True, slots=True)
class Facility:
    code: str
    name: str
    kind: str
    npi: str
    address: str
    city: str
    postal_code: str
    region: str = "IL"
    time_zone: str = TIME_ZONE
    tax_id: str = TAX_ID


@dataclass(frozen=True, slots=True)
class Department:
    """`visit_types` is what it does; `in_clinics` whether outpatient clinics have it."""

    code: str
    name: str
    service_line: str
    visit_types: tuple[str, ...]
    in_clinics: bool = True


@dataclass(frozen=True, slots=True)
class Provider:
    code: str
    first_name: str
    last_name: str
    npi: str
    taxonomy: str
    department: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Payer:
    """`pays` is the share of charges that its contracts allow, in percent."""

    code: str
    name: str
    payer_class: str
    payer_id: str
    filing_code: str
    appeal_days: int
    timely_filing_days: int
    pays: int

    @property
    def real_time_system(self) -> str:
        """The system that answers for this payer; none where nobody pays."""
        return f"payer-{self.code.lower()}" if self.payer_id else ""


@dataclass(frozen=True, slots=True)
class Location:
    code: str
    name: str
    facility: str
    place_of_service: str
    short: str


@dataclass(frozen=True, slots=True)
class Fee:
    service_line: str
    visit_type: str
    payer: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LocalCode:
    """What `system` calls `canonical`; an empty facility means everywhere."""

    domain: str
    system: str
    facility: str
    local: str
    canonical: str


_TOWNS = (
    ("Northlake", "60164"),
    ("Elmhurst", "60126"),
    ("Franklin Park", "60131"),
    ("Bensenville", "60106"),
    ("Melrose Park", "60160"),
)
_HOSPITAL_SEATS = {
    "NLM": ("400 Lakeshore Drive", "Northlake", "60164"),
    "STV": ("1200 Cathedral Avenue", "Elmhurst", "60126"),
    "EGH": ("85 Evergreen Way", "Bensenville", "60106"),
}


def _facilities() -> Iterator[Facility]:
    for number, (code, name) in enumerate(chart.HOSPITALS.items(), 1):
        address, city, postal = _HOSPITAL_SEATS[code]
        yield Facility(code, name, "hospital", with_check_digit(f"18300010{number}"), address, city, postal)
    for number, (code, name) in enumerate(chart.CLINICS.items(), 1):
        city, postal = _TOWNS[number % len(_TOWNS)]
        npi = with_check_digit(f"1830002{number:02}")
        yield Facility(code, name, "clinic", npi, f"{100 + 25 * number} Main Street", city, postal)
    office = with_check_digit("183000900")
    yield Facility("CBO", "Central Billing Office", "office", office, "1 Ledger Square", "Northlake", "60164")


FACILITIES = tuple(_facilities())
HOSPITALS = tuple(chart.HOSPITALS)
CLINICS = tuple(chart.CLINICS)

SERVICE_LINES = {
    "HEART": "Heart and vascular",
    "MOTION": "Bones, joints and motion",
    "DIAG": "Diagnostics",
    "FAMILY": "Family medicine",
    "SURGERY": "Surgery",
    "EMERGENCY": "Emergency",
    "CANCER": "Cancer care",
}
VISIT_TYPES = ("office", "procedure", "imaging", "lab", "inpatient", "emergency")
DEPARTMENTS = (
    Department("CARD", "Cardiology", "HEART", ("office", "procedure", "inpatient")),
    Department("ORTH", "Orthopedics", "MOTION", ("office", "procedure", "inpatient")),
    Department("IMAG", "Imaging", "DIAG", ("imaging",)),
    Department("LABO", "Laboratory", "DIAG", ("lab",)),
    Department("PRIM", "Primary care", "FAMILY", ("office",)),
    Department("SURG", "Surgery", "SURGERY", ("procedure", "inpatient"), in_clinics=False),
    Department("EMER", "Emergency", "EMERGENCY", ("emergency",), in_clinics=False),
    Department("ONCO", "Oncology", "CANCER", ("office", "procedure", "inpatient")),
    Department("PEDI", "Pediatrics", "FAMILY", ("office", "inpatient")),
    Department("PHYS", "Physical therapy", "MOTION", ("office", "procedure")),
)

# Taxonomy codes of the health care provider taxonomy (NUCC), one for each department.
_TAXONOMY = {
    "CARD": "207RC0000X",
    "ORTH": "207X00000X",
    "IMAG": "2085R0202X",
    "LABO": "207ZP0102X",
    "PRIM": "207Q00000X",
    "SURG": "208600000X",
    "EMER": "207P00000X",
    "ONCO": "207RX0202X",
    "PEDI": "208000000X",
    "PHYS": "225100000X",
}
_PEOPLE = {
    "CARD": ("Amara Osei", "Nils Berg", "Priya Raman"),
    "ORTH": ("Diego Salas", "Hanna Vogel", "Tom Whitaker"),
    "IMAG": ("Grace Lindqvist", "Omar Haddad", "Wen Zhao"),
    "LABO": ("Ines Duarte", "Karl Novak", "Ruth Adler"),
    "PRIM": ("Ben Foster", "Leila Aziz", "Maria Kowalski"),
    "SURG": ("Henrik Dahl", "Joyce Tan", "Victor Ramos"),
    "EMER": ("Carla Mendes", "Samir Patel", "Zoe Marsh"),
    "ONCO": ("Elena Petrov", "Marcus Bell", "Yuki Tanaka"),
    "PEDI": ("Anna Fischer", "Daniel Okafor", "Sofia Rossi"),
    "PHYS": ("Liam Doyle", "Noor Rahman", "Paula Jensen"),
}


def _providers() -> Iterator[Provider]:
    people = [(department, name) for department, names in _PEOPLE.items() for name in names]
    for number, (department, name) in enumerate(people, 1):
        first, _, last = name.partition(" ")
        npi = with_check_digit(f"1740010{number:02}")
        yield Provider(f"PRV{number:03}", first, last, npi, _TAXONOMY[department], department)


PROVIDERS = tuple(_providers())

# Filing codes are X12 code list 1032 (SBR09): MB Medicare part B, BL Blue Cross, CI commercial, MC Medicaid,
# 09 self-pay.
PAYERS = (
    Payer("MEDICARE", "Medicare", "government", "06102", "MB", 120, 365, 62),
    Payer("AETNA", "Aetna", "commercial", "60054", "CI", 180, 120, 78),
    Payer("BCBS", "Blue Cross Blue Shield", "commercial", "00621", "BL", 180, 180, 81),
    Payer("UHC", "UnitedHealthcare", "commercial", "87726", "CI", 365, 90, 76),
    Payer("MEDICAID", "Medicaid", "government", "37320", "MC", 90, 180, 48),
    Payer("SELFPAY", "Self-pay", "self_pay", "", "09", 0, 0, 55),
)


@dataclass(frozen=True, slots=True)
class PayerRule:
    """What a payer asks beyond the implementation guide, as `hub.masterdata.rule_kinds` names it."""

    code: str
    payer: str
    transaction: str
    kind: str
    parameters: Mapping[str, tuple[str, ...]]
    message: str


# The sandbox's payers say so themselves in their 271; Blue Cross does only there.
PAYER_RULES = tuple(
    PayerRule(
        f"{payer}-PA-{visit_type.upper()}", payer, "278", "authorization-required", {"visit_types": (visit_type,)},
        f"{payer} authorizes {words} first.",
    )
    for payer in ("AETNA", "UHC")
    for visit_type, words in (("imaging", "imaging"), ("procedure", "procedures"))
)  # fmt: skip


def _locations() -> Iterator[Location]:
    # CMS place of service: 11 office, 21 inpatient hospital, 22 on-campus outpatient hospital, 23 emergency room.
    for code in HOSPITALS:
        yield Location(f"{code}-OPD", f"{chart.HOSPITALS[code]}, outpatients", code, "22", "OPD")
        yield Location(f"{code}-INP", f"{chart.HOSPITALS[code]}, wards", code, "21", "INP")
        yield Location(f"{code}-ED", f"{chart.HOSPITALS[code]}, emergency room", code, "23", "ED")
    for code in CLINICS:
        yield Location(f"{code}-STE-A", f"{chart.CLINICS[code]}, suite A", code, "11", "STE-A")
        yield Location(f"{code}-STE-B", f"{chart.CLINICS[code]}, suite B", code, "11", "STE-B")


LOCATIONS = tuple(_locations())

# What a visit is charged at, before the payer's contract, in USD.
_CHARGES = {
    "office": "240.00",
    "procedure": "1850.00",
    "imaging": "620.00",
    "lab": "95.00",
    "inpatient": "12400.00",
    "emergency": "1480.00",
}
_LINE_PERCENT = {
    "HEART": 125,
    "MOTION": 110,
    "DIAG": 100,
    "FAMILY": 90,
    "SURGERY": 140,
    "EMERGENCY": 120,
    "CANCER": 150,
}


def _fees() -> Iterator[Fee]:
    for line, percent in _LINE_PERCENT.items():
        for visit_type, charge in _CHARGES.items():
            for payer in PAYERS:
                amount = cents(Decimal(charge) * percent * payer.pays / 10_000)
                yield Fee(line, visit_type, payer.code, amount)


FEES = tuple(_fees())

# --- what each system calls it ------------------------------------------------------------------------------
SCHEDULING = "scheduling"
HOSPITAL_SCHEDULING = "hospital-scheduling"
EHR = "ehr"
LIS = "lis"
BILLING = "billing"
CLEARINGHOUSE = "clearinghouse"
GATEWAY = "gateway"

ACQUIRED = ("C05", "C06", "C07", "C08")
UNMAPPED = LocalCode("department", SCHEDULING, "C07", "PT-REHAB", "PHYS")
"""Spoken at C07 and in no crosswalk until the demo's steward maps it."""

_HL7_FACILITY = {"NLM": "NLMC", "STV": "STVH", "EGH": "EVGH"}
_SLUGS = {department.code: department.name.lower().replace(" ", "-") for department in DEPARTMENTS}
_ACQUIRED_NAMES = {
    "CARD": "CARDIO",
    "ORTH": "ORTHO",
    "IMAG": "XRAY-MRI",
    "LABO": "LAB-DRAW",
    "PRIM": "FAM-MED",
    "SURG": "AMB-SURG",
    "EMER": "URGENT",
    "ONCO": "HEM-ONC",
    "PEDI": "PEDS",
    "PHYS": "PT-REHAB",
}
_EHR_DEPARTMENTS = dict(
    zip(
        (department.code for department in DEPARTMENTS),
        ("CAR", "ORT", "RAD", "LAB", "FPC", "SUR", "ED", "ONC", "PED", "PTH"),
        strict=True,
    )
)
# HL7 table 0074: the department of a laboratory's or a radiology's own that performed something.
_DIAGNOSTIC_SERVICES = {"LABO": "LAB", "IMAG": "RAD"}
_PAYER_NAMES = {
    "MEDICARE": ("medicare-b", "MCR", "I100", "1000"),
    "AETNA": ("aetna-ppo", "AET", "I200", "2000"),
    "BCBS": ("bcbs-il", "BCB", "I300", "3000"),
    "UHC": ("uhc-choice", "UHC", "I400", "4000"),
    "MEDICAID": ("medicaid-il", "MCD", "I500", "5000"),
    "SELFPAY": ("self-pay", "SLF", "I900", "9000"),
}
_LINE_NAMES = {line: name.lower().replace(",", "").replace(" ", "-") for line, name in SERVICE_LINES.items()}


def _all_local_codes() -> Iterator[LocalCode]:
    yield from _facility_codes()
    yield from _department_codes()
    yield from _provider_codes()
    yield from _location_codes()
    yield from _payer_codes()
    for line, name in _LINE_NAMES.items():
        yield LocalCode("service_line", SCHEDULING, "", name, line)
        yield LocalCode("service_line", HOSPITAL_SCHEDULING, "", f"SVC-{line}", line)
        yield LocalCode("service_line", BILLING, "", f"SL-{line}", line)


def _facility_codes() -> Iterator[LocalCode]:
    for place, facility in enumerate(FACILITIES, 1):
        code = facility.code
        if facility.kind == "clinic":
            yield LocalCode("facility", SCHEDULING, "", f"nl-clinic-{code[1:]}", code)
            yield LocalCode("facility", EHR, "", f"4{code[1:]}", code)
        if facility.kind == "hospital":
            yield LocalCode("facility", HOSPITAL_SCHEDULING, "", _HL7_FACILITY[code], code)
            yield LocalCode("facility", EHR, "", f"{place}00", code)
        if facility.kind != "office":
            yield LocalCode("facility", LIS, "", f"L-{code}", code)
        yield LocalCode("facility", BILLING, "", f"BU-{code}", code)
        yield LocalCode("facility", CLEARINGHOUSE, "", facility.npi, code)
        yield LocalCode("facility", GATEWAY, "", f"fac_{code.lower()}", code)


def _department_codes() -> Iterator[LocalCode]:
    for place, department in enumerate(DEPARTMENTS, 1):
        code = department.code
        yield LocalCode("department", SCHEDULING, "", _SLUGS[code], code)
        for clinic in ACQUIRED:
            yield LocalCode("department", SCHEDULING, clinic, _ACQUIRED_NAMES[code], code)
        for number, hospital in enumerate(HOSPITALS, 1):
            yield LocalCode("department", HOSPITAL_SCHEDULING, hospital, f"{number}{place:02}0", code)
        yield LocalCode("department", EHR, "", _EHR_DEPARTMENTS[code], code)
        yield LocalCode("department", BILLING, "", str(300 + place), code)
    for code, local in _DIAGNOSTIC_SERVICES.items():
        yield LocalCode("department", LIS, "", local, code)


def _provider_codes() -> Iterator[LocalCode]:
    for number, provider in enumerate(PROVIDERS, 1):
        yield LocalCode("provider", SCHEDULING, "", f"u-{1000 + number}", provider.code)
        yield LocalCode("provider", HOSPITAL_SCHEDULING, "", f"D{1000 + number}", provider.code)
        yield LocalCode("provider", EHR, "", str(4000 + number), provider.code)
        yield LocalCode("provider", LIS, "", f"LP{number:03}", provider.code)
        yield LocalCode("provider", BILLING, "", f"R-{number:03}", provider.code)
        yield LocalCode("provider", CLEARINGHOUSE, "", provider.npi, provider.code)


def _location_codes() -> Iterator[LocalCode]:
    for location in LOCATIONS:
        if location.facility in CLINICS:
            local = location.code.lower().replace("-ste-", "-suite-")
            yield LocalCode("location", SCHEDULING, "", local, location.code)
        else:
            yield LocalCode("location", HOSPITAL_SCHEDULING, location.facility, location.short, location.code)
        yield LocalCode("location", EHR, location.facility, location.short, location.code)
        yield LocalCode("location", BILLING, "", f"L-{location.code}", location.code)


def _payer_codes() -> Iterator[LocalCode]:
    systems = (SCHEDULING, HOSPITAL_SCHEDULING, EHR, BILLING)
    for payer in PAYERS:
        for system, local in zip(systems, _PAYER_NAMES[payer.code], strict=True):
            yield LocalCode("payer", system, "", local, payer.code)
        if payer.payer_id:
            yield LocalCode("payer", CLEARINGHOUSE, "", payer.payer_id, payer.code)
            yield LocalCode("payer", payer.real_time_system, "", payer.payer_id, payer.code)


LOCAL_CODES = tuple(_all_local_codes())
"""Everything that the systems say, `UNMAPPED` included."""


def mapped_codes() -> Iterator[LocalCode]:
    """What the crosswalk knows when the demo begins."""
    return (code for code in LOCAL_CODES if code != UNMAPPED)


@cache
def _by_canonical() -> dict[tuple[str, str, str, str], str]:
    return {(code.domain, code.system, code.facility, code.canonical): code.local for code in LOCAL_CODES}


def local_code(domain: str, system: str, facility: str, canonical: str) -> str:
    """What `system` at `facility` calls the canonical code. Raises KeyError where it has no word for it."""
    known = _by_canonical()
    own = known.get((domain, system, facility, canonical))
    return own if own is not None else known[domain, system, "", canonical]


def departments_of(facility: str) -> tuple[Department, ...]:
    """The departments that a hospital or a clinic runs; the billing office has none."""
    if facility in HOSPITALS:
        return DEPARTMENTS
    return tuple(department for department in DEPARTMENTS if department.in_clinics) if facility in CLINICS else ()
