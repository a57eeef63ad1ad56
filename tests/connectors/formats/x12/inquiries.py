"""Inquiries and answers of the X12 tests: what the group asks Aetna about Alice and her son, and what Aetna says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from connectors.formats.x12 import (
    Benefit,
    BenefitQuestion,
    Decision,
    EligibilityAnswer,
    EligibilityInquiry,
    Name,
    Participant,
    Period,
    Procedure,
    Reference,
    Rejection,
    Review,
    ReviewedService,
    ReviewRequest,
    ReviewResponse,
    Standing,
    StatusAnswer,
    StatusCode,
    StatusInquiry,
    StatusLine,
    Trace,
)
from tests.connectors.formats.x12.cast import NPI, STREET

DAY = date(2026, 11, 23)
PAYER = Participant(name=Name("PR", "Aetna", id_qualifier="PI", id="60054", person=False))
REVIEWER = Participant(name=Name("X3", "Aetna", id_qualifier="PI", id="60054", person=False))
CLINIC = Participant(name=Name("1P", "Northlake Medical Center", id_qualifier="XX", id=NPI, person=False))
HUB = Participant(name=Name("41", "Northlake Regional Health", id_qualifier="46", id="NLRH01", person=False))
ALICE = Participant(
    name=Name("IL", "Archer", "Alice", id_qualifier="MI", id="MEM0001"),
    birth_date=date(1980, 2, 29),
    sex="F",
    address=STREET,
    references=(Reference("EJ", "N100001"),),
)
BOB = Participant(name=Name("03", "Archer", "Bob"), birth_date=date(2015, 7, 4), sex="M")
ASKED = Trace("H300001-E", "1364410028")
ECHOED = Trace("H300001-E", "1364410028", "2")
VISIT = Procedure("HC", "99213", ("25",))

INQUIRY = EligibilityInquiry(
    source=PAYER,
    receiver=CLINIC,
    subscriber=ALICE,
    traces=(ASKED,),
    dates=(Period("291", DAY),),
    questions=(BenefitQuestion(service_types=("30", "98")), BenefitQuestion(procedure=VISIT)),
)
BENEFITS = (
    Benefit(information="1", coverage_level="IND", service_types=("30",), insurance_type="PR", plan="Open Choice"),
    Benefit(information="B", service_types=("98",), period="27", amount=Decimal("25"), in_network="Y"),
    Benefit(information="A", service_types=("98",), percent=Decimal("0.2"), authorization="Y", messages=("Ask first",)),
    Benefit(
        information="C", service_types=("30", "98"), period="29", amount=Decimal("350.5"),
        dates=(Period("346", DAY, date(2026, 12, 31)),), references=(Reference("18", "GOLD"),),
    ),
)  # fmt: skip
ANSWER = EligibilityAnswer(
    source=PAYER,
    receiver=CLINIC,
    subscriber=ALICE,
    traces=(ECHOED,),
    dates=(Period("346", date(2026, 1, 1)),),
    benefits=BENEFITS,
)

STATUS_INQUIRY = StatusInquiry(
    payer=PAYER,
    receiver=HUB,
    provider=CLINIC,
    subscriber=Participant(name=ALICE.name, birth_date=ALICE.birth_date, sex="F"),
    trace=Trace("N100001-S"),
    references=(Reference("1K", "PCN-1"), Reference("BLT", "111"), Reference("EJ", "N100001")),
    charge=Decimal("410.5"),
    dates=(Period("472", DAY, date(2026, 11, 24)),),
)
STANDING = Standing(
    codes=(StatusCode("F2", "88", "QC"), StatusCode("F2", "3")),
    day=DAY,
    charge=Decimal("410.5"),
    paid=Decimal("0"),
    finalized_on=DAY,
    paid_on=DAY,
    check_number="EFT1",
)
STATUS_ANSWER = StatusAnswer(
    payer=PAYER,
    receiver=HUB,
    provider=CLINIC,
    subscriber=Participant(name=ALICE.name),
    trace=Trace("N100001-S", kind="2"),
    standings=(STANDING,),
    references=(Reference("1K", "PCN-1"), Reference("EJ", "N100001")),
    dates=(Period("472", DAY, date(2026, 11, 24)),),
    lines=(
        StatusLine(
            procedure=VISIT, charge=Decimal("410.5"), paid=Decimal("0"), units=Decimal(1),
            standings=(Standing(codes=(StatusCode("F2", "88"),), day=DAY),), control_number="L1",
            dates=(Period("472", DAY),),
        ),
    ),
)  # fmt: skip

REVIEW = Review(category="HS", service_type="1", facility="22", facility_kind="B", urgency="U")
SERVICE = ReviewedService(
    procedure=VISIT, amount=Decimal("185"), unit_basis="UN", units=Decimal(2), dates=(Period("472", DAY),)
)
REQUEST = ReviewRequest(
    payer=REVIEWER,
    requester=CLINIC,
    subscriber=ALICE,
    traces=(ASKED,),
    review=REVIEW,
    dates=(Period("AAH", DAY),),
    diagnoses=(("ABK", "M1711"), ("ABF", "I10")),
    providers=(Participant(name=Name("SJ", "Salas", "Diego", id_qualifier="XX", id=NPI), taxonomy="207X00000X"),),
    services=(SERVICE,),
    messages=("Second opinion enclosed",),
)
RESPONSE = ReviewResponse(
    payer=REVIEWER,
    requester=CLINIC,
    subscriber=ALICE,
    traces=(ECHOED,),
    review=REVIEW,
    dates=(Period("007", DAY, date(2027, 2, 22)),),
    decision=Decision("A1", "AUTH0001"),
    services=(SERVICE,),
)
UNKNOWN_MEMBER = Rejection("72", "C", "2000C")
