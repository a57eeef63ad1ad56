"""The sandbox group's chart of accounts and cost centers, as both demo ERPs keep them. Standard library only:
the set-up of Tryton reads it in its own environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AccountKind = Literal["asset", "liability", "revenue", "expense", "memo"]


@dataclass(frozen=True, slots=True)
class Account:
    """A general ledger account; `memo` accounts hold plans and never touch the books."""

    code: str
    name: str
    kind: AccountKind


ACCOUNTS = (
    Account("1010", "Cash clearing", "asset"),
    Account("1100", "Patient receivable - payer", "asset"),
    Account("1110", "Patient receivable - patient", "asset"),
    Account("2010", "Unapplied cash", "liability"),
    Account("2020", "Credit balance payable", "liability"),
    Account("4010", "Gross patient revenue", "revenue"),
    Account("4020", "Contractual allowance", "revenue"),
    Account("4030", "Interest income", "revenue"),
    Account("5010", "Bad debt", "expense"),
    Account("5020", "Denial write-off", "expense"),
    Account("5030", "Charity", "expense"),
    Account("5040", "Payer recoveries", "expense"),
    Account("9001", "Planned revenue (memo)", "memo"),
    Account("9009", "Planning offset (memo)", "memo"),
)

HOSPITALS = {
    "NLM": "Northlake Medical Center",
    "STV": "St. Vincent Hospital",
    "EGH": "Evergreen General Hospital",
}
CLINICS = {f"C{number:02}": f"Northlake Clinic {number:02}" for number in range(1, 21)}
FACILITIES = {**HOSPITALS, **CLINICS}

DEPARTMENTS = {
    "CARD": "Cardiology",
    "ORTH": "Orthopedics",
    "IMAG": "Imaging",
    "LABO": "Laboratory",
    "PRIM": "Primary care",
    "SURG": "Surgery",
    "EMER": "Emergency",
    "ONCO": "Oncology",
    "PEDI": "Pediatrics",
    "PHYS": "Physical therapy",
}

COST_CENTERS = {
    f"CC-{facility}-{department}": f"{facility_name}, {department_name}"
    for facility, facility_name in FACILITIES.items()
    for department, department_name in DEPARTMENTS.items()
}

ENTERPRISE = "Northlake Regional Health"
CURRENCY = "USD"
# The planning entry of both ERPs: the plan on the first, its statistical counterpart on the second.
PLAN_ACCOUNT = "9001"
PLAN_OFFSET = "9009"


def open_years(year: int) -> tuple[int, int, int]:
    """The fiscal years that a demo ERP is opened for in `year`: the one before, this one and the next."""
    return year - 1, year, year + 1


def closed_at_start(year: int) -> str:
    """The period that stands closed from the beginning, for entries that come too late: "YYYY-MM"."""
    return f"{year - 1}-01"
