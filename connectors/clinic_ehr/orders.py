"""ServiceRequest to order events."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.clinic_ehr.charges import procedure_code
from connectors.clinic_ehr.encounters import ICD_10, account_number, visit_number
from connectors.clinic_ehr.parts import Parts, absent, changed_at, codes_of, moment, number_of, sequence_of
from connectors.formats.fhir import Resource
from hub.core.events.order import OrderCancelled, OrderEvent, OrderPlaced

# A draft, a hold and a completion say nothing that the hub follows; nor does a proposal, a plan or an option.
_EVENTS: dict[str, type[OrderEvent]] = {
    "active": OrderPlaced, "revoked": OrderCancelled, "entered-in-error": OrderCancelled,
}  # fmt: skip
_INTENTS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
# ServiceRequest.priority as HL7 table 0485 abbreviates it.
_PRIORITIES = {"routine": "R", "urgent": "T", "asap": "A", "stat": "S"}


def orders(resource: Resource, parts: Parts) -> Iterator[OrderEvent]:
    """One event for a version of an order that is in force or was taken back."""
    model = resource.model
    kind = _EVENTS.get(model.status)
    if kind is None or model.intent not in _INTENTS:
        return
    code = procedure_code(model.code)
    if not code:
        raise absent(resource, "code")
    encounter = parts.find(model.encounter, model)
    number = number_of(model, "PLAC")
    provider = encounter.serviceProvider if encounter is not None else None
    period = model.occurrencePeriod
    yield kind(
        occurred_at=changed_at(resource, moment(model.authoredOn, parts.incoming)),
        entity_key=f"{parts.incoming.system}:{number}",
        facility=parts.code(provider) or parts.incoming.facility_hint,
        account_number=account_number(encounter, parts) if encounter is not None else "",
        sequence=sequence_of(resource),
        order_number=number,
        procedure_code=code,
        visit_number=visit_number(encounter) if encounter is not None else parts.code(model.encounter, model),
        provider=parts.code(model.requester, model),
        priority=_PRIORITIES.get(model.priority or "", ""),
        scheduled_at=moment(model.occurrenceDateTime or (period.start if period else None), parts.incoming),
        diagnoses=tuple(code for concept in model.reasonCode or () for code in codes_of(concept, *ICD_10)),
    )
