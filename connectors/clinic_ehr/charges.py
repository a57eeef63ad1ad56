"""ChargeItem to charge events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.clinic_ehr.encounters import ICD_10, account_number, visit_number
from connectors.clinic_ehr.parts import (
    Parts,
    absent,
    changed_at,
    codes_of,
    first_code,
    moment,
    number_of,
    sequence_of,
)
from connectors.formats.fhir import Resource
from hub.core.events.charge import ChargeCaptured, ChargeCorrected, ChargeEvent, ChargeVoided
from hub.core.money import USD, cents

# What is planned or not to be billed is no charge.
_CHARGED = frozenset({"billable", "billed"})
_TAKEN_BACK = frozenset({"aborted", "entered-in-error"})
_FIRST_VERSION = "1"
# CPT, and HCPCS under the two names that servers use.
PROCEDURES = (
    "http://www.ama-assn.org/go/cpt",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "https://bluebutton.cms.gov/resources/codesystem/hcpcs",
)


def charges(resource: Resource, parts: Parts) -> Iterator[ChargeEvent]:
    """One event for a version of a charge that is billable or no longer is; none before."""
    model = resource.model
    kind = _kind(resource)
    if kind is None:
        return
    encounter = parts.find(model.context, model)
    code = procedure_code(model.code)
    served = _served_on(model, parts)
    department = _department(model, encounter, parts)
    wanted = {
        "code": code,
        "occurrence": served,
        "priceOverride.value": _price(model),
        "performingOrganization": department,
    }
    for place, value in wanted.items():
        if not value and value != 0:
            raise absent(resource, place)
    number = number_of(model)
    yield kind(
        occurred_at=changed_at(resource, moment(model.enteredDate, parts.incoming)),
        entity_key=f"{parts.incoming.system}:{number}",
        facility=_facility(model, encounter, parts),
        account_number=_account(model, encounter, parts),
        sequence=sequence_of(resource),
        charge_id=number,
        visit_number=visit_number(encounter) if encounter is not None else parts.code(model.context, model),
        service_date=served or date.min,
        procedure_code=code,
        units=model.quantity.value if model.quantity is not None and model.quantity.value is not None else Decimal(1),
        amount=cents(_price(model) or Decimal(0)),
        currency=model.priceOverride.currency or USD,
        department=department,
        provider=parts.code(model.performer[0].actor, model) if model.performer else "",
        diagnoses=tuple(code for concept in model.reason or () for code in codes_of(concept, *ICD_10)),
    )


def procedure_code(concept: Any) -> str:
    """CPT or HCPCS where it is coded so, else whatever code there is."""
    return first_code(concept, *PROCEDURES) or first_code(concept)


def _kind(resource: Resource) -> type[ChargeEvent] | None:
    status = resource.model.status
    if status in _TAKEN_BACK:
        return ChargeVoided
    if status not in _CHARGED:
        return None
    later = resource.version.isdecimal() and resource.version != _FIRST_VERSION
    return ChargeCorrected if later else ChargeCaptured


def _price(model: Any) -> Decimal | None:
    """The whole price of the line: R4 has no other amount on a ChargeItem."""
    return model.priceOverride.value if model.priceOverride is not None else None


def _served_on(model: Any, parts: Parts) -> date | None:
    period = model.occurrencePeriod
    value = model.occurrenceDateTime or (period.start if period is not None else None) or model.enteredDate
    return value.astimezone(parts.incoming.zone).date() if isinstance(value, datetime) else value


def _department(model: Any, encounter: Any, parts: Parts) -> str:
    """Who did it, else whose cost center it is, else the department of the visit."""
    own = parts.code(model.performingOrganization, model) or parts.code(model.costCenter, model)
    return own or (first_code(encounter.serviceType) if encounter is not None else "")


def _facility(model: Any, encounter: Any, parts: Parts) -> str:
    provider = encounter.serviceProvider if encounter is not None else None
    return parts.code(provider) or parts.incoming.facility_hint


def _account(model: Any, encounter: Any, parts: Parts) -> str:
    if own := parts.account(model.account, model):
        return own
    return account_number(encounter, parts) if encounter is not None else ""
