"""SIU to appointment events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from connectors import hl7_feeds
from connectors.event_bounds import bounded
from connectors.formats.hl7v2 import ErrorCode, Fault, Hl7Refused, Message
from connectors.translation import Incoming
from hub.core.events import Event
from hub.core.events.appointment import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEvent,
    AppointmentNoShow,
    AppointmentRescheduled,
)

# A modification (S14) that changes nothing but the time restates the appointment, as a reschedule does.
_TRIGGERS: Mapping[str, type[AppointmentEvent]] = {
    "SIU^S12": AppointmentBooked,
    "SIU^S13": AppointmentRescheduled,
    "SIU^S14": AppointmentRescheduled,
    "SIU^S15": AppointmentCancelled,
    "SIU^S16": AppointmentCancelled,  # discontinued: what is left of it does not take place
    "SIU^S17": AppointmentCancelled,  # deleted: it was booked by mistake
    "SIU^S26": AppointmentNoShow,
}
# What is said of a service or resource of an appointment (S18 to S22) names just that one and not how the appointment
# stands then, which an S13 or S14 says; slots that are blocked and opened (S23 to S25) are nobody's appointment.
_WITHOUT_EFFECT = frozenset(f"SIU^S{number}" for number in range(18, 26))
_TAKEN = dict.fromkeys((*_TRIGGERS, *_WITHOUT_EFFECT))
# SCH-25 (HL7 table 0278): there is no trigger for a visit that took place, so it comes as a modification.
_COMPLETE = "COMPLETE"

# SCH-10 and AIS-8, in the words that senders use; without a unit it is minutes.
_MINUTES = {"": 1, "M": 1, "MIN": 1, "MINUTE": 1, "MINUTES": 1, "H": 60, "HR": 60, "HOUR": 60, "HOURS": 60}
_DEFAULT_MINUTES = 30
_LONGEST_MINUTES = 24 * 60
_LONGEST_REASON = 120


def translate(incoming: Incoming) -> Iterator[Event]:
    """One event for one SIU, none for a notification that changes no appointment.

    Raises DataFault naming segment and field.
    """
    message = hl7_feeds.read_message(incoming, _TAKEN)
    event_class = _TRIGGERS.get(f"{message.type}^{message.trigger}")
    if event_class is None:
        return
    if message.trigger == "S14" and message.get("SCH-25").upper() == _COMPLETE:
        event_class = AppointmentCompleted
    yield bounded(_read(event_class, message, incoming))


def _read(event_class: type[AppointmentEvent], message: Message, incoming: Incoming) -> AppointmentEvent:
    get = message.get
    appointment_id = get("SCH-2") or message.require("SCH-1")
    return event_class(
        occurred_at=hl7_feeds.occurred_at(message, incoming),
        entity_key=f"{incoming.system}:{appointment_id}",
        facility=hl7_feeds.facility(message, incoming, "AIL-3.4", "PV1-3.4"),
        account_number=get("PID-18"),
        appointment_id=appointment_id,
        starts_at=_starts_at(message, incoming),
        duration_minutes=_duration(message),
        department=get("PV1-3.1") or message.require("AIL-3.1"),
        provider=get("AIP-3.1") or get("PV1-7.1"),
        location=get("AIL-3.2") or get("PV1-3.2") or get("AIG-3.1"),
        service_line=get("AIS-3.1"),
        payer=get("IN1-3"),
        visit_type=get("SCH-8").lower() or "office",
        reason=(get("SCH-7.2") or get("SCH-7") or get("SCH-6.2"))[:_LONGEST_REASON],
        patient_number=hl7_feeds.patient_number(message),
        **hl7_feeds.person(message),
        member_id=get("IN1-36") or get("IN1-49"),
    )


def _starts_at(message: Message, incoming: Incoming) -> datetime:
    """SCH-11.4 until v2.4; later the time stands in TQ1-7 or with a resource (AIS-4, AIP-6, AIL-6)."""
    for path in ("SCH-11.4", "TQ1-7", "AIS-4", "AIP-6", "AIL-6"):
        moment = message.timestamp(path, incoming.zone)
        if moment is not None:
            return moment
    fault = Fault("is empty", "the start of the appointment", segment="SCH", field=11, component=4)
    raise Hl7Refused([fault])


def _duration(message: Message) -> int:
    for segment_id, number, unit in (("SCH", "9", "10"), ("AIS", "7", "8"), ("AIP", "9", "10")):
        segment = message.segment(segment_id)
        length = segment.decimal(number) if segment else None
        if segment is None or length is None:
            continue
        factor = _MINUTES.get(segment.get(unit).upper())
        if factor is None:
            expected = "minutes or hours"
            code = ErrorCode.TABLE_VALUE_NOT_FOUND
            raise Hl7Refused([segment.fault(unit, "is no unit of time here", expected, code=code)])
        if not 0 <= length * factor <= _LONGEST_MINUTES:
            raise Hl7Refused([segment.fault(number, "is no length of a visit", "at most one day")])
        return int(length * Decimal(factor))
    return _DEFAULT_MINUTES
