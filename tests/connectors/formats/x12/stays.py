"""Institutional claims and second coverages of the X12 tests. All invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from connectors.formats.x12 import (
    Adjustment,
    Attachment,
    ClaimProvider,
    CodedProcedure,
    Diagnosis,
    Drug,
    InstitutionalClaim,
    InstitutionalLine,
    LineAdjudication,
    Occurrence,
    OtherCoverage,
    Payer,
    Procedure,
    ProfessionalClaim,
    Subscriber,
    ValueAmount,
)
from tests.connectors.formats.x12.cast import AETNA, ALICE, BILLING, NPI, STREET, claim, line

MEDICARE = Payer(name="Medicare", identifier="00120")
DECIDED = date(2026, 11, 12)


def room(charge: str = "3000.00", number: str = "L1", **changes: object) -> InstitutionalLine:
    """Three days in a semi-private room."""
    values: dict[str, object] = {
        "revenue_code": "0120",
        "charge": Decimal(charge),
        "units": Decimal(3),
        "unit_basis": "DA",
        "control_number": number,
    }
    return InstitutionalLine(**(values | changes))  # type: ignore[arg-type]


def laboratory(charge: str = "120.50", number: str = "L2", **changes: object) -> InstitutionalLine:
    """A metabolic panel."""
    values: dict[str, object] = {
        "revenue_code": "0300",
        "procedure": Procedure("HC", "80053", ("59",)),
        "charge": Decimal(charge),
        "units": Decimal(1),
        "service_date": date(2026, 11, 3),
        "control_number": number,
    }
    return InstitutionalLine(**(values | changes))  # type: ignore[arg-type]


def stay(account_number: str = "ACC-9001", **changes: object) -> InstitutionalClaim:
    """Alice's three days in hospital, 3,120.50."""
    values: dict[str, object] = {
        "account_number": account_number,
        "charge": Decimal("3120.50"),
        "billing": BILLING,
        "subscriber": ALICE,
        "payer": AETNA,
        "lines": (room(), laboratory()),
        "statement_from": date(2026, 11, 2),
        "statement_through": date(2026, 11, 5),
        "facility_code": "11",
        "admission_date": date(2026, 11, 2),
        "admission_hour": "0930",
        "discharge_hour": "1100",
        "admission_type": "1",
        "admission_source": "1",
        "patient_status": "01",
        "diagnoses": (Diagnosis("J189", "ABK", "Y"), Diagnosis("I10", "ABF", "Y"), Diagnosis("E119", "ABF", "N")),
        "admitting_diagnosis": Diagnosis("R0602", "ABJ"),
        "attending": ClaimProvider(last="Reyes", first="Ramona", npi=NPI, taxonomy="207RC0000X"),
    }
    return InstitutionalClaim(**(values | changes))  # type: ignore[arg-type]


def full_stay() -> InstitutionalClaim:
    """A stay that says everything an 837I can."""
    return stay(
        drg="193",
        visit_reasons=(Diagnosis("R05", "APR"), Diagnosis("R509", "APR")),
        external_causes=(Diagnosis("W010XXA", "ABN", "Y"),),
        procedures=(
            CodedProcedure("0BJ08ZZ", date(2026, 11, 3), "BBR"),
            CodedProcedure("3E0234Z", date(2026, 11, 4), "BBQ"),
        ),
        occurrence_spans=(Occurrence("70", date(2026, 10, 1), date(2026, 10, 9)),),
        occurrences=(Occurrence("11", date(2026, 11, 1)), Occurrence("18", date(2020, 1, 1))),
        values=(ValueAmount("80", Decimal(3)), ValueAmount("A2", Decimal("12.5"))),
        conditions=("C5", "77"),
        treatments=("A01",),
        operating=ClaimProvider(last="Stone", first="Sam", npi=NPI),
        other_operating=ClaimProvider(last="Reed", first="Rita", npi=NPI),
        rendering=ClaimProvider(last="Ames", first="Ann", npi=NPI),
        facility=ClaimProvider(last="East Wing", npi=NPI, address=STREET, person=False),
        referring=ClaimProvider(last="Ford", first="Finn", npi=NPI),
        prior_authorization="AUTH-1",
        referral_number="REF-1",
        clearinghouse_number="CH-1",
        medical_record_number="MRN-1",
        note="Wing closed for repair",
        estimated_due=Decimal("250"),
        attachments=(Attachment(control_number="ACN-1", report_type="DS"), Attachment(transmission="AA")),
        lines=(
            room(non_covered=Decimal("100.25")),
            laboratory(service_end=date(2026, 11, 4), rendering=ClaimProvider(last="Ames", first="Ann", npi=NPI)),
            laboratory(
                "30.00",
                "L3",
                revenue_code="0636",
                procedure=Procedure("HC", "J1100"),
                drug=Drug(ndc="00641036725", quantity=Decimal("2.5"), unit="ML"),
                operating=ClaimProvider(last="Stone", first="Sam", npi=NPI),
            ),
        ),
        charge=Decimal("3150.50"),
    )


def medicare_first(**changes: object) -> OtherCoverage:
    """Medicare was billed first and paid 100.00 of 170.50."""
    values: dict[str, object] = {
        "subscriber": Subscriber(
            last="Archer",
            first="Alice",
            member_id="1EG4TE5MK73",
            payer_responsibility="P",
            filing_indicator="MB",
            address=STREET,
        ),
        "payer": MEDICARE,
        "paid": Decimal("100.00"),
        "remaining_liability": Decimal("25.50"),
        "remarks": ("MA01", "MA18"),
        "claim_number": "ICN-1",
        "authorization_number": "AUTH-9",
    }
    return OtherCoverage(**(values | changes))  # type: ignore[arg-type]


def adjudicated(paid: str, *adjustments: Adjustment, **changes: object) -> LineAdjudication:
    """What Medicare decided on a line."""
    values: dict[str, object] = {
        "payer_identifier": MEDICARE.identifier,
        "paid": Decimal(paid),
        "units": Decimal(1),
        "procedure": Procedure("HC", "99213", ("25",)),
        "adjustments": adjustments,
        "paid_date": DECIDED,
    }
    return LineAdjudication(**(values | changes))  # type: ignore[arg-type]


def second_claim(**changes: object) -> ProfessionalClaim:
    """Alice's visit, billed to Aetna after Medicare has paid: lines of 125.00 and 45.50, of which 80.00 and 20.00."""
    lines = (
        line(
            adjudications=(
                adjudicated(
                    "80.00",
                    Adjustment("CO", "45", Decimal("25.00")),
                    Adjustment("PR", "2", Decimal("20.00"), Decimal(1)),
                    remaining_liability=Decimal("20"),
                ),
            )
        ),
        line(
            "45.50",
            "L2",
            procedure=Procedure("HC", "93000"),
            adjudications=(
                adjudicated(
                    "20.00",
                    Adjustment("CO", "45", Decimal("20.00")),
                    Adjustment("PR", "2", Decimal("5.50")),
                    procedure=Procedure("HC", "93000"),
                ),
            ),
        ),
    )
    subscriber = Subscriber(
        last="Archer",
        first="Alice",
        member_id="MEM0001",
        group_number="G100",
        address=STREET,
        birth_date=date(1980, 2, 29),
        gender="F",
        payer_responsibility="S",
    )
    return claim(**({"subscriber": subscriber, "other_coverages": (medicare_first(),), "lines": lines} | changes))
