"""What the clearinghouse and the payer answer in the X12 tests, as typed values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.formats.x12 import (
    Adjustment,
    ClaimAcknowledgement,
    ClaimPayment,
    ClaimStatusReport,
    ClaimStatusStart,
    Contact,
    Name,
    Party,
    Procedure,
    QualifiedAmount,
    QualifiedDate,
    Reference,
    Remittance,
    RemittanceStart,
    ServicePayment,
    Status,
    StatusCode,
    payment_amount,
)
from tests.connectors.formats.x12.cast import NPI, STREET

VISIT = date(2026, 11, 2)
ANSWERED = date(2026, 11, 20)
ALICE = Name("QC", "Archer", "Alice", id_qualifier="MI", id="MEM0001")
NORTHLAKE = Name("85", "Northlake Medical Center", id_qualifier="XX", id=NPI, person=False)
PAYER = Party(
    "Aetna",
    address=STREET,
    references=(Reference("2U", "60054"),),
    contacts=(Contact("BL", "Help", phone="5555550101"),),
)
PAYEE = Party("Northlake Medical Center", "XX", NPI, references=(Reference("TJ", "123456789"),))


def payment(account_number: str = "ACC-0001", **changes: Any) -> ClaimPayment:
    """Alice's claim of 170.50, paid with 110.50."""
    visit = ServicePayment(
        Procedure("HC", "99213", ("25",)),
        Decimal(125),
        Decimal(80),
        units=Decimal(1),
        adjustments=(Adjustment("PR", "1", Decimal(20)), Adjustment("CO", "45", Decimal(25))),
        dates=(QualifiedDate("472", VISIT),),
        references=(Reference("6R", "L1"),),
        amounts=(QualifiedAmount("B6", Decimal(100)),),
        remarks=("N130",),
    )
    trace = ServicePayment(
        Procedure("HC", "93000"), Decimal("45.50"), Decimal("40.50"), adjustments=(Adjustment("OA", "23", Decimal(5)),)
    )
    values: dict[str, Any] = {
        "account_number": account_number,
        "status": "1",
        "charge": Decimal("170.50"),
        "paid": Decimal("110.50"),
        "patient_responsibility": Decimal(20),
        "filing_indicator": "12",
        "payer_claim_number": "PCN-1",
        "facility_code": "11",
        "frequency_code": "1",
        "adjustments": (Adjustment("CO", "131", Decimal(10)),),
        "lines": (visit, trace),
        "names": (ALICE,),
        "references": (Reference("EA", "MRN-1"),),
        "dates": (QualifiedDate("232", VISIT), QualifiedDate("233", VISIT)),
        "remarks": ("MA01",),
        "group_number": "1",
    }
    return ClaimPayment(**(values | changes))


def remittance(*claims: ClaimPayment, **changes: Any) -> Remittance:
    """A balanced remittance of these claims."""
    adjustments = changes.pop("provider_adjustments", ())
    values: dict[str, Any] = {
        "amount": payment_amount(claims, adjustments),
        "trace_number": "TRACE-1",
        "payer": PAYER,
        "payee": PAYEE,
        "payment_format": "CCP",
        "sender_account": ("01", "999999992", "DA", "123456"),
        "originator": "1512345678",
        "receiver_account": ("01", "999988880", "DA", "98765"),
        "payment_date": date(2026, 11, 19),
        "payer_identifier": "1512345678",
        "production_date": date(2026, 11, 18),
        "receiver_identifier": "NLRH01",
    }
    return Remittance(RemittanceStart(**(values | changes)), claims, adjustments)


def status(category: str = "A2", code: str = "20", action: str = "WQ", amount: str | None = "170.50") -> Status:
    """One STC; by default: accepted for processing."""
    return Status((StatusCode(category, code, "PR"),), action, ANSWERED, Decimal(amount) if amount else None)


def acknowledged(account_number: str = "ACC-0001", **changes: Any) -> ClaimAcknowledgement:
    """Alice's claim, accepted."""
    values: dict[str, Any] = {
        "account_number": account_number,
        "patient": ALICE,
        "provider": NORTHLAKE,
        "statuses": (status(),),
        "clearinghouse_number": "CH-1",
        "service_start": VISIT,
    }
    return ClaimAcknowledgement(**(values | changes))


def status_report(*claims: ClaimAcknowledgement, **changes: Any) -> ClaimStatusReport:
    """The clearinghouse's answer to batch B20261120."""
    values: dict[str, Any] = {
        "source": Name("AY", "Clearview Exchange", id_qualifier="46", id="CLRVW", person=False),
        "receiver": Name("41", "Northlake Regional Health", id_qualifier="46", id="NLRH01", person=False),
        "reference": "R-1",
        "source_trace": "S-1",
        "batch_reference": "B20261120",
        "received": ANSWERED,
        "processed": ANSWERED,
        "created": ANSWERED,
        "statuses": (status("A1", "19"),),
    }
    return ClaimStatusReport(ClaimStatusStart(**(values | changes)), claims)
