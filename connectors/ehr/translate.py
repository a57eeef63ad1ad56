"""ADT to encounter events, DFT to charge events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors import hl7_feeds
from connectors.ehr.charges import charges
from connectors.event_bounds import bounded
from connectors.formats.hl7v2 import ErrorCode, Hl7Refused, Message
from connectors.translation import Incoming
from hub.core.events import Event
from hub.core.events.encounter import (
    EncounterAdmitted,
    EncounterCompleted,
    EncounterDischarged,
    EncounterEvent,
    EncounterRegistered,
    EncounterUpdated,
)

# HL7 table 0004: the classes whose A03 ends a stay; of all others it ends a visit.
_INPATIENT = frozenset({"I"})


def translate(incoming: Incoming) -> Iterator[Event]:
    """The events of one message: one for an ADT, one a charge line for a DFT.

    Raises DataFault naming segment and field; nothing is yielded before the whole message is understood.
    """
    message = hl7_feeds.read_message(incoming, _READERS)
    events = [bounded(event) for event in _READERS[f"{message.type}^{message.trigger}"](message, incoming)]
    yield from events


def _encounter(event_class: type[EncounterEvent]) -> Callable[[Message, Incoming], list[Event]]:
    return lambda message, incoming: [_read(event_class, message, incoming)]


def _end(message: Message, incoming: Incoming) -> list[Event]:
    inpatient = message.get("PV1-2") in _INPATIENT
    return [_read(EncounterDischarged if inpatient else EncounterCompleted, message, incoming)]


def _charges(message: Message, incoming: Incoming) -> list[Event]:
    return list(charges(message, incoming))


_READERS: Mapping[str, Callable[[Message, Incoming], list[Event]]] = {
    "ADT^A01": _encounter(EncounterAdmitted),
    "ADT^A03": _end,
    "ADT^A04": _encounter(EncounterRegistered),
    "ADT^A08": _encounter(EncounterUpdated),
    "DFT^P03": _charges,
}


def _read(event_class: type[EncounterEvent], message: Message, incoming: Incoming) -> EncounterEvent:
    visit_number = message.require("PV1-19")
    encounter_class = message.require("PV1-2")
    if len(encounter_class) != 1:
        raise _not_a_class(message)
    get = message.get
    return event_class(
        occurred_at=hl7_feeds.occurred_at(message, incoming),
        entity_key=f"{incoming.system}:{visit_number}",
        facility=hl7_feeds.facility(message, incoming, "PV1-3.4"),
        account_number=get("PID-18"),
        visit_number=visit_number,
        encounter_class=encounter_class,
        appointment_id=get("PV1-50"),
        department=get("PV1-3.1"),
        provider=get("PV1-7.1"),
        location=get("PV1-3.2"),
        payer=get("IN1-3"),
        patient_number=hl7_feeds.patient_number(message),
        **_demographics(message),
        member_id=get("IN1-36") or get("IN1-49"),
        diagnoses=tuple(code for segment in message.segments("DG1") if (code := segment.get("3.1"))),
    )


def _demographics(message: Message) -> dict[str, Any]:
    patient = message.segment("PID")
    if patient is None:
        return {}
    sex = patient.get("8")
    return {
        "patient_last_name": patient.get("5.1.1"),
        "patient_first_name": patient.get("5.2"),
        "patient_birth_date": patient.date("7"),
        "patient_sex": sex if sex in ("F", "M") else "U",
        "patient_street": patient.get("11.1.1"),
        "patient_city": patient.get("11.3"),
        "patient_state": patient.get("11.4"),
        "patient_postal_code": patient.get("11.5"),
    }


def _not_a_class(message: Message) -> Hl7Refused:
    segment = message.segments("PV1")[0]
    words = "is not a patient class"
    return Hl7Refused([segment.fault(2, words, "one letter of table 0004", code=ErrorCode.TABLE_VALUE_NOT_FOUND)])
