"""Hypothesis strategies for X12 content: what senders may legally write, and its corners."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from connectors.formats.x12 import (
    Address,
    Adjustment,
    ClaimLine,
    ClaimPayment,
    ClaimProvider,
    CodedProcedure,
    Delimiters,
    Diagnosis,
    InstitutionalClaim,
    InstitutionalLine,
    Name,
    OtherCoverage,
    Patient,
    Procedure,
    ProfessionalClaim,
    ProviderAdjustment,
    QualifiedAmount,
    QualifiedDate,
    Reference,
    Remittance,
    ServicePayment,
    Subscriber,
    ValueAmount,
)
from tests.connectors.formats.x12.answers import remittance
from tests.connectors.formats.x12.cast import AETNA, ALICE, BILLING, NPI
from tests.connectors.formats.x12.stays import MEDICARE

#: Characters that are never a delimiter below, so that any value goes with any delimiters.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-'&/()#@$%=?"
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
VISITS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def words(longest: int, shortest: int = 1) -> st.SearchStrategy[str]:
    """Text that survives: blanks at its ends do not, as X12 has no use for them."""
    text = st.text(LETTERS, min_size=shortest, max_size=longest).map(str.strip)
    return text.filter(lambda value: len(value) >= shortest)


def identifiers(longest: int = 12, shortest: int = 2) -> st.SearchStrategy[str]:
    return st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-", min_size=shortest, max_size=longest)


def amounts(lowest: str = "0.00", highest: str = "99999999.99") -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(lowest), Decimal(highest), places=2)


def delimiters() -> st.SearchStrategy[Delimiters]:
    return st.permutations("*|:>^~!+\x1d\x1e\x1f").map(lambda found: Delimiters(found[0], found[1], found[2], found[3]))


PROCEDURES = st.builds(
    Procedure,
    st.just("HC"),
    st.from_regex(r"[A-Z0-9][0-9]{4}", fullmatch=True),
    st.lists(st.from_regex(r"[A-Z0-9]{2}", fullmatch=True), max_size=4).map(tuple),
)
REFERENCES = st.builds(Reference, st.sampled_from(["EA", "F8", "6P", "1L"]), identifiers())
ADJUSTMENTS = st.builds(
    Adjustment,
    st.sampled_from(["CO", "PR", "OA", "PI"]),
    st.sampled_from(["1", "2", "3", "16", "45", "97", "253", "B7", "P14"]),
    amounts("-9999.99", "9999.99"),
    st.none() | st.integers(1, 99).map(Decimal),
)
NAMES = st.builds(
    Name,
    st.sampled_from(["QC", "IL", "74", "82"]),
    words(60),
    words(35) | st.just(""),
    words(25) | st.just(""),
    words(10) | st.just(""),
    st.just("MI"),
    identifiers(80),
)
PAID_LINES = st.builds(
    ServicePayment,
    PROCEDURES,
    amounts("-99999.99"),
    amounts("-99999.99"),
    st.sampled_from(["", "0510"]),
    st.none() | st.integers(1, 999).map(Decimal),
    adjustments=st.lists(ADJUSTMENTS, max_size=9).map(tuple),
    dates=st.lists(st.builds(QualifiedDate, st.sampled_from(["472", "150"]), DAYS), max_size=2).map(tuple),
    references=st.lists(st.builds(Reference, st.just("6R"), identifiers()), max_size=1).map(tuple),
    amounts=st.lists(st.builds(QualifiedAmount, st.just("B6"), amounts()), max_size=2).map(tuple),
    remarks=st.lists(st.sampled_from(["N130", "M15", "MA01"]), max_size=3).map(tuple),
)
PAYMENTS = st.builds(
    ClaimPayment,
    words(38),
    st.sampled_from(["1", "2", "3", "4", "19", "22"]),
    amounts("-99999999.99"),
    amounts("-99999999.99"),
    st.none() | amounts(),
    st.sampled_from(["12", "MB", "HM"]),
    identifiers(50),
    st.sampled_from(["", "11", "21"]),
    st.sampled_from(["", "1", "7"]),
    adjustments=st.lists(ADJUSTMENTS, max_size=9).map(tuple),
    lines=st.lists(PAID_LINES, max_size=4).map(tuple),
    names=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    references=st.lists(REFERENCES, max_size=2).map(tuple),
    dates=st.lists(st.builds(QualifiedDate, st.sampled_from(["232", "050"]), DAYS), max_size=3).map(tuple),
    remarks=st.lists(st.sampled_from(["MA01", "N1"]), max_size=5).map(tuple),
    group_number=st.just("1"),
)
WITHHELD = st.builds(
    ProviderAdjustment,
    st.just(NPI),
    DAYS,
    st.sampled_from(["WO", "L6", "FB", "72"]),
    identifiers(30),
    amounts("-99999.99"),
)


@st.composite
def remittances(draw: st.DrawFn) -> Remittance:
    """Claims and provider adjustments of any amounts, with a payment that need not be right."""
    claims = draw(st.lists(PAYMENTS, max_size=5))
    withheld = tuple(draw(st.lists(WITHHELD, max_size=8)))
    return remittance(*claims, provider_adjustments=withheld, amount=draw(amounts("-99999999.99")))


@st.composite
def claims(draw: st.DrawFn) -> ProfessionalClaim:
    """A claim that keeps the rules of the guide: charges add up, pointers point at something."""
    diagnoses = draw(st.lists(st.from_regex(r"[A-Z][0-9]{2,4}", fullmatch=True), min_size=1, max_size=12, unique=True))
    lines = tuple(draw(st.lists(_lines(len(diagnoses)), min_size=1, max_size=6)))
    resubmitted = draw(st.booleans())
    return ProfessionalClaim(
        account_number=draw(words(20)),
        charge=sum((line.charge for line in lines), Decimal(0)),
        billing=BILLING,
        subscriber=ALICE,
        payer=AETNA,
        lines=lines,
        diagnoses=tuple(Diagnosis(code, "ABF" if place else "ABK") for place, code in enumerate(diagnoses)),
        patient=draw(st.none() | _patients()),
        place_of_service=draw(st.sampled_from(["11", "21", "22", "23"])),
        frequency_code=draw(st.sampled_from(["7", "8"])) if resubmitted else "1",
        original_claim_number=draw(identifiers(30)) if resubmitted else "",
        prior_authorization=draw(identifiers(30) | st.just("")),
        rendering=draw(st.none() | st.builds(ClaimProvider, last=words(60), first=words(35), npi=st.just(NPI))),
    )


@st.composite
def _lines(draw: st.DrawFn, diagnoses: int) -> ClaimLine:
    day = draw(VISITS)
    return ClaimLine(
        procedure=draw(PROCEDURES),
        charge=draw(amounts()),
        units=draw(st.integers(1, 999).map(Decimal)),
        service_date=day,
        service_end=draw(st.none() | st.just(day + timedelta(days=2))),
        place_of_service=draw(st.sampled_from(["", "12"])),
        diagnosis_pointers=tuple(draw(st.lists(st.integers(1, diagnoses), min_size=1, max_size=4))),
        control_number=draw(identifiers(30) | st.just("")),
    )


def _patients() -> st.SearchStrategy[Patient]:
    return st.builds(
        Patient,
        last=words(60),
        first=words(35),
        relationship=st.sampled_from(["01", "19", "G8"]),
        birth_date=DAYS,
        address=st.builds(
            Address, words(55), words(30, 2), st.sampled_from(["IL", "NY"]), st.just("62701"), words(55) | st.just("")
        ),
        gender=st.sampled_from("FMU"),
    )


@st.composite
def stays(draw: st.DrawFn) -> InstitutionalClaim:
    """An institutional claim that keeps the rules of the guide, other coverages included."""
    lines = tuple(draw(st.lists(_stay_lines(), min_size=1, max_size=4)))
    charge = sum((line.charge for line in lines), Decimal(0))
    first = draw(VISITS)
    codes = st.from_regex(r"[A-Z][0-9]{2,4}", fullmatch=True)
    diagnoses = draw(st.lists(st.tuples(codes, st.sampled_from(["", "Y", "N", "U", "W"])), min_size=1, max_size=25))
    amounts_taken = draw(st.lists(ADJUSTMENTS, max_size=7))
    paid = charge - sum((each.amount for each in amounts_taken), Decimal(0))
    return InstitutionalClaim(
        account_number=draw(words(20)),
        charge=charge,
        billing=BILLING,
        subscriber=replace(ALICE, payer_responsibility="S"),
        payer=AETNA,
        lines=lines,
        patient=draw(st.none() | _patients()),
        statement_from=first,
        statement_through=first + timedelta(days=draw(st.integers(0, 60))),
        facility_code=draw(st.sampled_from(["11", "13", "21", "85"])),
        admission_date=first,
        admission_hour=draw(st.sampled_from(["", "0000", "2359"])),
        admission_type=draw(st.sampled_from("12349")),
        diagnoses=tuple(Diagnosis(code, "ABF" if n else "ABK", flag) for n, (code, flag) in enumerate(diagnoses)),
        conditions=tuple(draw(st.lists(st.from_regex(r"[0-9A-Z]{2}", fullmatch=True), max_size=24))),
        values=tuple(draw(st.lists(st.builds(ValueAmount, st.sampled_from(["80", "A1"]), amounts()), max_size=13))),
        procedures=tuple(
            CodedProcedure(code, draw(VISITS), "BBQ" if n else "BBR")
            for n, code in enumerate(draw(st.lists(st.from_regex(r"[0-9A-HJ-NP-Z]{7}", fullmatch=True), max_size=4)))
        ),
        other_coverages=(
            OtherCoverage(
                subscriber=Subscriber(last="Archer", member_id=draw(identifiers())),
                payer=MEDICARE,
                paid=paid,
                adjustments=tuple(sorted(amounts_taken, key=lambda each: each.group)),
                paid_date=draw(st.none() | VISITS),
            ),
        ),
    )


@st.composite
def _stay_lines(draw: st.DrawFn) -> InstitutionalLine:
    day = draw(st.none() | VISITS)
    return InstitutionalLine(
        revenue_code=draw(st.from_regex(r"0[0-9]{3}", fullmatch=True)),
        procedure=draw(st.none() | PROCEDURES),
        charge=draw(amounts()),
        units=draw(st.integers(1, 999).map(Decimal)),
        unit_basis=draw(st.sampled_from(["UN", "DA"])),
        service_date=day,
        service_end=draw(st.none() | st.just(day + timedelta(days=2))) if day else None,
        non_covered=draw(st.none() | amounts()),
        control_number=draw(identifiers(30) | st.just("")),
    )
