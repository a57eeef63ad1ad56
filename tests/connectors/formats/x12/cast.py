"""The people and organizations of the X12 tests. All invented; the NPIs only pass the check digit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from connectors.formats.x12 import (
    Address,
    BillingProvider,
    ClaimLine,
    ClaimProvider,
    Contact,
    Diagnosis,
    OutgoingInterchange,
    Patient,
    Payer,
    Procedure,
    ProfessionalClaim,
    Receiver,
    Submitter,
    Subscriber,
)

CREATED = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 (X12 times carry no zone)
NPI = "1999999984"
STREET = Address("1 Main Street", "Springfield", "IL", "627010001")

SUBMITTER = Submitter("Northlake Regional Health", "NLRH01", Contact("IC", "Billing Office", "5555550100"))
RECEIVER = Receiver("Clearview Exchange", "CLRVW")
BILLING = BillingProvider(
    name="Northlake Medical Center", npi=NPI, tax_id="123456789", address=STREET, taxonomy="207RC0000X"
)
ALICE = Subscriber(
    last="Archer",
    first="Alice",
    member_id="MEM0001",
    group_number="G100",
    address=STREET,
    birth_date=date(1980, 2, 29),
    gender="F",
)
BOB = Patient(last="Archer", first="Bob", relationship="19", birth_date=date(2015, 7, 4), address=STREET, gender="M")
AETNA = Payer(name="Aetna", identifier="60054")


def interchange(**changes: object) -> OutgoingInterchange:
    """An interchange from the hospital group to the clearinghouse."""
    values: dict[str, object] = {
        "sender": "NLRH01",
        "receiver": "CLRVW",
        "control_number": 101,
        "group_control_number": 101,
        "created": CREATED,
        "usage": "T",
    }
    return OutgoingInterchange(**(values | changes))  # type: ignore[arg-type]


def line(charge: str = "125.00", number: str = "L1", **changes: object) -> ClaimLine:
    """An office visit."""
    values: dict[str, object] = {
        "procedure": Procedure("HC", "99213", ("25",)),
        "charge": Decimal(charge),
        "units": Decimal(1),
        "service_date": date(2026, 11, 2),
        "control_number": number,
    }
    return ClaimLine(**(values | changes))  # type: ignore[arg-type]


def claim(account_number: str = "ACC-0001", **changes: object) -> ProfessionalClaim:
    """Alice's visit of two lines, 170.50."""
    values: dict[str, object] = {
        "account_number": account_number,
        "charge": Decimal("170.50"),
        "billing": BILLING,
        "subscriber": ALICE,
        "payer": AETNA,
        "diagnoses": (Diagnosis("I10", "ABK"), Diagnosis("E119")),
        "rendering": ClaimProvider(last="Reyes", first="Ramona", npi=NPI, taxonomy="207RC0000X"),
        "lines": (line(), line("45.50", "L2", procedure=Procedure("HC", "93000"), diagnosis_pointers=(1, 2))),
    }
    return ProfessionalClaim(**(values | changes))  # type: ignore[arg-type]
