"""The claims that the X12 bench writes and reads: visits and stays of one to four lines, one in five a second claim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.formats.x12 import (
    Address,
    Adjustment,
    BillingProvider,
    ClaimLine,
    ClaimProvider,
    Contact,
    Diagnosis,
    InstitutionalClaim,
    InstitutionalLine,
    LineAdjudication,
    OtherCoverage,
    OutgoingInterchange,
    Payer,
    Procedure,
    ProfessionalClaim,
    Receiver,
    Submitter,
    Subscriber,
    write_837i,
    write_837p,
)

_DAY = date(2026, 11, 2)
_NPI = "1999999984"
_ADDRESS = Address("1 Main Street", "Springfield", "IL", "627010001")
_BILLING = BillingProvider(
    name="Northlake Medical Center", npi=_NPI, tax_id="123456789", address=_ADDRESS, taxonomy="207RC0000X"
)
_FIRST_PAYER, _SECOND_PAYER = Payer(name="Payer", identifier="60054"), Payer(name="Other Payer", identifier="00120")
_CODES = ("99213", "99214", "93000", "85025")
_SECOND_EVERY = 5


def visits(count: int) -> list[ProfessionalClaim]:
    """So many claims of visits."""
    return [_visit(number) for number in range(count)]


def stays(count: int) -> list[InstitutionalClaim]:
    """So many claims of stays."""
    return [_stay(number) for number in range(count)]


def write_visits(claims: list[ProfessionalClaim]) -> bytes:
    return write_837p(claims, **_around())


def write_stays(claims: list[InstitutionalClaim]) -> bytes:
    return write_837i(claims, **_around())


def _around() -> dict[str, Any]:
    return {
        "submitter": Submitter("Northlake Regional Health", "NLRH01", Contact("IC", "Billing Office", "5555550100")),
        "receiver": Receiver("Clearinghouse", "CLRVW"),
        "reference": "BENCH",
        "interchange": OutgoingInterchange(
            sender="NLRH01",
            receiver="CLRVW",
            control_number=1,
            group_control_number=1,
            created=datetime(2026, 11, 20, 6, 0),  # noqa: DTZ001 (X12 times carry no zone)
        ),
    }


def _visit(number: int) -> ProfessionalClaim:
    second = number % _SECOND_EVERY == 0
    lines = tuple(_lines(number, second=second))
    return ProfessionalClaim(
        lines=lines,
        diagnoses=(Diagnosis("I10", "ABK"), Diagnosis("E119")),
        rendering=ClaimProvider(last="Reyes", first="Ramona", npi=_NPI, taxonomy="207RC0000X"),
        **_shared(number, sum((line.charge for line in lines), Decimal(0)), second=second),
    )


def _lines(number: int, *, second: bool) -> Iterator[ClaimLine]:
    for place, charge in enumerate(_charges(number)):
        procedure = Procedure("HC", _CODES[place], ("25",) if not place else ())
        yield ClaimLine(
            procedure=procedure,
            charge=charge,
            units=Decimal(1),
            service_date=_DAY,
            control_number=f"{number}-{place}",
            adjudications=(_decided(charge, procedure),) if second else (),
        )


def _stay(number: int) -> InstitutionalClaim:
    charges = _charges(number)
    return InstitutionalClaim(
        lines=tuple(
            InstitutionalLine(
                revenue_code="0300",
                procedure=Procedure("HC", _CODES[place]),
                charge=charge,
                units=Decimal(1),
                service_date=_DAY,
                control_number=f"{number}-{place}",
            )
            for place, charge in enumerate(charges)
        ),
        statement_from=_DAY,
        statement_through=date(2026, 11, 5),
        admission_date=_DAY,
        admission_hour="0930",
        discharge_hour="1100",
        admission_type="1",
        admission_source="1",
        diagnoses=(Diagnosis("J189", "ABK", "Y"), Diagnosis("I10", "ABF", "Y"), Diagnosis("E119", "ABF", "N")),
        admitting_diagnosis=Diagnosis("R0602", "ABJ"),
        attending=ClaimProvider(last="Reyes", first="Ramona", npi=_NPI),
        **_shared(number, sum(charges, Decimal(0)), second=False),
    )


def _shared(number: int, charge: Decimal, *, second: bool) -> dict[str, Any]:
    subscriber = Subscriber(
        last="Archer",
        first="Alice",
        member_id=f"MEM{number:08}",
        address=_ADDRESS,
        birth_date=date(1980, 2, 29),
        gender="F",
        payer_responsibility="S" if second else "P",
    )
    other = OtherCoverage(
        subscriber=Subscriber(last="Archer", first="Alice", member_id=f"OTH{number:08}", filing_indicator="MB"),
        payer=_SECOND_PAYER,
        paid=charge - sum((_allowance(each) for each in _charges(number)), Decimal(0)),
    )
    return {
        "account_number": f"ACC{number:08}",
        "charge": charge,
        "billing": _BILLING,
        "subscriber": subscriber,
        "payer": _FIRST_PAYER,
        "other_coverages": (other,) if second else (),
    }


def _decided(charge: Decimal, procedure: Procedure) -> LineAdjudication:
    return LineAdjudication(
        payer_identifier=_SECOND_PAYER.identifier,
        paid=charge - _allowance(charge),
        units=Decimal(1),
        procedure=procedure,
        adjustments=(Adjustment("CO", "45", _allowance(charge)),),
        paid_date=date(2026, 11, 12),
    )


def _charges(number: int) -> list[Decimal]:
    """Amounts differ from claim to claim, as they do in life."""
    return [Decimal(10_000 + 137 * number + 911 * place) / 100 for place in range(1 + number % 4)]


def _allowance(charge: Decimal) -> Decimal:
    return (charge / 4).quantize(Decimal("0.01"))
