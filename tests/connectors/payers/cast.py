"""Questions of the payer tests: about members of the sandbox's cast, asked of the payers that cover them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connectors.base import DeliveryRequest, SystemConfig
from connectors.payers.payloads import (
    AUTHORIZATION,
    CLAIM_STATUS,
    ELIGIBILITY,
    AuthorizationRequest,
    ClaimStatusInquiry,
    EligibilityInquiry,
    Inquiry,
    Member,
    Provider,
    as_payload,
    trace_for,
)
from connectors.payers.translate import translate
from connectors.sandbox import group, payer_rules, settings
from connectors.sandbox.cast import Visit
from connectors.translation import Incoming
from hub.core.events import Event

CLINIC = Provider(name="Northlake Medical Center", npi="1999999984")
DAY = date(2026, 11, 23)
OPERATIONS: Mapping[type[Inquiry], str] = {
    EligibilityInquiry: ELIGIBILITY,
    ClaimStatusInquiry: CLAIM_STATUS,
    AuthorizationRequest: AUTHORIZATION,
}


def payer(code: str) -> group.Payer:
    return next(each for each in group.PAYERS if each.code == code)


def config(payer_code: str, url: str, **changes: Any) -> SystemConfig:
    """A payer's system, as the seed configures it."""
    made = SystemConfig(
        code=f"payer-{payer_code.lower()}",
        base_url=url,
        timeout=timedelta(seconds=15),
        options={
            "payer_id": payer(payer_code).payer_id,
            "payer_name": payer(payer_code).name,
            "sender_id": "NORTHLAKE",
            "username": settings.PAYER_USER,
            "originator": f"1{group.TAX_ID}",
        },
        secrets={"password": settings.PAYER_PASSWORD},
    )
    return replace(made, **changes)


def visit_at(payer_code: str, *, asked_first: bool = True) -> Visit:
    """A visit whose payer knows the member and allows what is asked for."""
    oddities = (payer_rules.uncovered(), payer_rules.unknown(), payer_rules.denied())
    return next(
        visit
        for visit in payer_rules.members().values()
        if visit.payer == payer_code
        and visit not in oddities
        and (visit.visit_type in payer_rules.ASKED_ABOUT) is asked_first
    )


def member(visit: Visit) -> Member:
    person = visit.patient
    return Member(
        last=person.last, first=person.first, birth_date=person.birth_date, sex=person.sex, member_id=person.member_id
    )


def eligibility(visit: Visit, **changes: Any) -> EligibilityInquiry:
    inquiry = EligibilityInquiry(
        trace=trace_for(visit.appointment, "E"),
        member=member(visit),
        provider=CLINIC,
        for_date=DAY,
        account_number=visit.account,
    )
    return replace(inquiry, **changes)


def authorization(visit: Visit, **changes: Any) -> AuthorizationRequest:
    request = AuthorizationRequest(
        trace=trace_for(visit.appointment, "A"),
        member=member(visit),
        provider=CLINIC,
        procedure_codes=("93458", "93005"),
        diagnoses=("I25.10", "I10"),
        service_from=DAY,
        account_number=visit.account,
    )
    return replace(request, **changes)


def claim_status(visit: Visit, **changes: Any) -> ClaimStatusInquiry:
    inquiry = ClaimStatusInquiry(
        trace=trace_for(visit.account, "S"),
        member=member(visit),
        provider=CLINIC,
        claim_number=visit.account,
        amount=Decimal("410.50"),
        service_from=DAY,
    )
    return replace(inquiry, **changes)


def request(inquiry: Inquiry, key: str = "") -> DeliveryRequest:
    return DeliveryRequest(OPERATIONS[type(inquiry)], key or f"W2:{inquiry.trace}:1", as_payload(inquiry))


def understood(answer: bytes) -> Event:
    """The one event of an answer."""
    [event] = translate(Incoming(system="payer", feed="payer", body=answer))
    return event
