"""What payers answered to the clinic: CoverageEligibilityResponse and ClaimResponse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.clinic_ehr.identity import IDENTIFIER_SYSTEM
from connectors.clinic_ehr.parts import Parts, changed_at, first_code, moment, number_of, sequence_of
from connectors.formats.fhir import Resource
from hub.core.events import Event
from hub.core.events.authorization import (
    AuthorizationApproved,
    AuthorizationDenied,
    AuthorizationEvent,
    AuthorizationPended,
)
from hub.core.events.claim import ClaimStatusReported
from hub.core.events.coverage import EligibilityChecked
from hub.core.money import cents

# Codes of R4's example value set for benefit types, and of adjudication, as payers use them.
_COPAY, _COPAY_PERCENT, _DEDUCTIBLE = "copay", "copay-percent", "deductible"
_SOURCE = "FHIR"
_PREAUTHORIZATION = "preauthorization"


def eligibility(resource: Resource, parts: Parts) -> Iterator[EligibilityChecked]:
    """One event once the payer has answered; none while it is still at it."""
    model = resource.model
    if model.outcome == "queued" or model.status != "active":
        return
    asked = _asked(model, parts)
    insurance = (model.insurance or [None])[0]
    items = list(insurance.item or ()) if insurance is not None else []
    benefits = [benefit for item in items for benefit in item.benefit or ()]
    required = [item.authorizationRequired for item in items if item.authorizationRequired is not None]
    coverage = parts.find(insurance.coverage, model) if insurance is not None else None
    yield EligibilityChecked(
        occurred_at=changed_at(resource, moment(model.created, parts.incoming)),
        entity_key=asked or f"{parts.incoming.system}:{number_of(model)}",
        facility=parts.incoming.facility_hint,
        sequence=sequence_of(resource),
        payer=parts.code(model.insurer, model),
        status=_status(model, insurance),
        rejection=first_code(model.error[0].code) if model.error else "",
        plan=(items[0].name or "") if items else "",
        for_date=_for_date(model),
        authorization_required=any(required) if required else None,
        copay=_money(benefits, _COPAY),
        coinsurance=_percent(benefits),
        deductible_remaining=_deductible(benefits),
        trace_number=asked[:50],
        member_id=(coverage.subscriberId or "") if coverage is not None else "",
    )


def claim_response(resource: Resource, parts: Parts) -> Iterator[Event]:
    """A decision on a prior authorization, or where a claim stands; adjudications themselves come with remittances."""
    model = resource.model
    if model.status != "active":
        return
    if model.use == _PREAUTHORIZATION:
        yield _authorization(resource, parts)
    elif model.use == "claim":
        number = parts.code(model.request, model)
        yield ClaimStatusReported(
            occurred_at=changed_at(resource, moment(model.created, parts.incoming)),
            entity_key=number,
            facility=parts.incoming.facility_hint,
            sequence=sequence_of(resource),
            claim_number=number,
            source=_SOURCE,
            payer_claim_control_number=number_of(model)[:50],
            status_code=model.outcome[:8],
        )


def _authorization(resource: Resource, parts: Parts) -> AuthorizationEvent:
    model = resource.model
    period = model.preAuthPeriod
    asked = _asked(model, parts)
    kind: type[AuthorizationEvent] = AuthorizationPended
    if model.outcome in ("complete", "partial"):
        kind = AuthorizationApproved if model.preAuthRef else AuthorizationDenied
    elif model.outcome == "error":
        kind = AuthorizationDenied
    return kind(
        occurred_at=changed_at(resource, moment(model.created, parts.incoming)),
        entity_key=asked or f"{parts.incoming.system}:{number_of(model)}",
        facility=parts.incoming.facility_hint,
        sequence=sequence_of(resource),
        payer=parts.code(model.insurer, model),
        certification_number=model.preAuthRef or "",
        reason=first_code(model.error[0].code) if model.error else "",
        valid_from=_day(period.start) if period else None,
        valid_until=_day(period.end) if period else None,
        trace_number=asked[:50],
    )


def _asked(model: Any, parts: Parts) -> str:
    """Our own reference of the question, where the answer names it: the identifier that our client gave it."""
    request = parts.find(model.request, model)
    known = [model.request.identifier] if model.request is not None else []
    known += (request.identifier or ()) if request is not None else ()
    return next((str(one.value) for one in known if one is not None and one.system == IDENTIFIER_SYSTEM), "")


def _status(model: Any, insurance: Any) -> str:
    if model.outcome == "error" or model.error or insurance is None or insurance.inforce is None:
        return "rejected"
    return "active" if insurance.inforce else "inactive"


def _benefits(benefits: list[Any], code: str) -> list[Any]:
    return [one for one in benefits if first_code(one.type) == code]


def _money(benefits: list[Any], code: str) -> Decimal | None:
    amounts = [one.allowedMoney.value for one in _benefits(benefits, code) if one.allowedMoney is not None]
    return cents(amounts[0]) if amounts and amounts[0] is not None else None


def _percent(benefits: list[Any]) -> Decimal | None:
    percents = [one.allowedUnsignedInt for one in _benefits(benefits, _COPAY_PERCENT)]
    return Decimal(percents[0]) / 100 if percents and percents[0] is not None else None


def _deductible(benefits: list[Any]) -> Decimal | None:
    """What is left of it: allowed less used, where the payer says both."""
    for one in _benefits(benefits, _DEDUCTIBLE):
        if one.allowedMoney is not None and one.usedMoney is not None:
            left: Decimal = one.allowedMoney.value - one.usedMoney.value
            return cents(max(left, Decimal(0)))
    return None


def _for_date(model: Any) -> date | None:
    return _day(model.servicedDate or (model.servicedPeriod.start if model.servicedPeriod else None))


def _day(value: Any) -> date | None:
    # datetime is a date as well; the day alone is meant.
    return date(value.year, value.month, value.day) if isinstance(value, date) else None
