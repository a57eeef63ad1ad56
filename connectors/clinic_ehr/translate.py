"""FHIR R4 resources of the clinic to canonical events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from connectors.clinic_ehr.answers import claim_response, eligibility
from connectors.clinic_ehr.appointments import appointments
from connectors.clinic_ehr.charges import charges
from connectors.clinic_ehr.encounters import encounters
from connectors.clinic_ehr.orders import orders
from connectors.clinic_ehr.parts import Parts
from connectors.event_bounds import bounded
from connectors.formats.fhir import Resource, read
from connectors.translation import NOTIFIED, Incoming
from hub.core.events import Event

_READERS: Mapping[str, Callable[[Resource, Parts], Iterator[Event]]] = {
    "Appointment": appointments,
    "Encounter": encounters,
    "ChargeItem": charges,
    "ServiceRequest": orders,
    "CoverageEligibilityResponse": eligibility,
    "ClaimResponse": claim_response,
}


def translate(incoming: Incoming) -> Iterator[Event]:
    """The events of one resource, or of a bundle's own entries (not of what came along with them).

    Raises DataFault naming the place; nothing is yielded before the whole message is understood. A notification has
    no events: what it is about is read from the server, whole and in order. Nor has a resource that changes nothing
    here (Patient, Coverage, PaymentReconciliation, …): it is checked and kept.
    """
    body = incoming.read()
    notified = NOTIFIED in incoming.headers
    if notified and not body.strip():
        return
    message = read(body)
    if notified:
        return
    parts = Parts(message, incoming)
    subjects = (one for one in parts.subjects if one.type in _READERS)
    events = [bounded(event) for one in subjects for event in _READERS[one.type](one, parts)]
    yield from events
