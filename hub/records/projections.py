"""What an event does to its record: one projection per kind of entity, pure functions on model instances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from hub.core.events import Event, to_json
from hub.core.events.appointment import AppointmentEvent
from hub.core.events.charge import ChargeEvent
from hub.core.events.claim import ClaimResponseEvent
from hub.core.events.encounter import EncounterEvent
from hub.core.events.payment import PaymentEvent
from hub.core.sealing import open_json, seal_json
from hub.records.models import Appointment, Charge, Claim, Encounter, Payment, Record
from hub.records.states import (
    AppointmentStatus,
    ChargeStatus,
    ClaimStatus,
    EncounterStatus,
    PaymentStatus,
)


@dataclass(frozen=True, slots=True)
class Projection:
    """How one kind of record follows its events.

    `fields` are those that an event may change. `creates` is false where the hub itself makes the record, and an
    event about one that it does not know changes nothing.
    """

    model: type[Record]
    apply: Callable[[Any, Any], None]
    fields: tuple[str, ...]
    creates: bool = True


_WATERMARK = ("occurred_at", "sequence", "facility", "account_number")

_APPOINTMENT = {
    "appointment.booked": AppointmentStatus.BOOKED,
    "appointment.rescheduled": AppointmentStatus.BOOKED,
    "appointment.cancelled": AppointmentStatus.CANCELLED,
    "appointment.checked_in": AppointmentStatus.CHECKED_IN,
    "appointment.completed": AppointmentStatus.COMPLETED,
    "appointment.no_show": AppointmentStatus.NO_SHOW,
}


def _appointment(record: Appointment, event: AppointmentEvent) -> None:
    record.status = _APPOINTMENT[event.TYPE]
    record.starts_at = event.starts_at
    record.department = event.department
    record.provider = event.provider or record.provider
    record.service_line = event.service_line or record.service_line
    record.payer = event.payer or record.payer
    record.visit_type = event.visit_type
    record.completed_at = event.occurred_at if record.status == AppointmentStatus.COMPLETED else None


_ENCOUNTER = {
    "encounter.admitted": EncounterStatus.ADMITTED,
    "encounter.registered": EncounterStatus.REGISTERED,
    "encounter.discharged": EncounterStatus.DISCHARGED,
    "encounter.completed": EncounterStatus.COMPLETED,
}


def _encounter(record: Encounter, event: EncounterEvent) -> None:
    record.status = _ENCOUNTER.get(event.TYPE, record.status or EncounterStatus.REGISTERED)
    record.encounter_class = event.encounter_class
    record.visit_number = event.visit_number
    for name in ("department", "provider", "location", "payer"):
        setattr(record, name, getattr(event, name) or getattr(record, name))
    if event.TYPE in {"encounter.admitted", "encounter.registered"}:
        record.started_at = event.occurred_at
    if event.TYPE in {"encounter.discharged", "encounter.completed"}:
        record.ended_at = event.occurred_at
    _, sealed = to_json(event)
    if sealed:
        record.sealed = seal_json({**open_json(record.sealed), **sealed})


_CHARGE = {
    "charge.captured": ChargeStatus.CAPTURED,
    "charge.corrected": ChargeStatus.CORRECTED,
    "charge.voided": ChargeStatus.VOIDED,
}


def _charge(record: Charge, event: ChargeEvent) -> None:
    record.status = _CHARGE[event.TYPE]
    record.visit_number = event.visit_number
    record.service_date = event.service_date
    record.procedure_code = event.procedure_code
    record.modifiers = list(event.modifiers)
    record.units = event.units
    record.amount = event.amount
    record.currency = event.currency
    record.department = event.department
    record.provider = event.provider or record.provider
    # The first capture counts for charge lag; a correction does not make it later.
    record.captured_at = cast("datetime | None", record.captured_at) or event.occurred_at
    _, sealed = to_json(event)
    if sealed:
        record.sealed = seal_json(sealed)


def _claim_response(record: Claim, event: ClaimResponseEvent) -> None:
    settled = {ClaimStatus.PAID, ClaimStatus.DENIED, ClaimStatus.REVERSED}
    if event.TYPE == "claim.rejected":
        record.status = ClaimStatus.REJECTED
    elif record.status not in settled:
        record.status = ClaimStatus.ACKNOWLEDGED if event.source == "999" else ClaimStatus.ACCEPTED
    if record.status == ClaimStatus.ACCEPTED:
        record.accepted_at = event.occurred_at
    if event.payer_claim_control_number:
        record.payer_claim_control_number = event.payer_claim_control_number


_PAYMENT = {
    "payment.authorized": PaymentStatus.AUTHORIZED,
    "payment.settled": PaymentStatus.SETTLED,
    "payment.failed": PaymentStatus.FAILED,
    "payment.refunded": PaymentStatus.REFUNDED,
}


def _payment(record: Payment, event: PaymentEvent) -> None:
    record.status = _PAYMENT[event.TYPE]
    record.amount = event.amount
    record.currency = event.currency
    record.method = event.method
    if record.status == PaymentStatus.SETTLED:
        record.settled_at = event.occurred_at


PROJECTIONS: tuple[tuple[type[Event], Projection], ...] = (
    (
        AppointmentEvent,
        Projection(
            Appointment,
            _appointment,
            (*_WATERMARK, "status", "starts_at", "department", "provider", "service_line", "payer", "visit_type",
             "completed_at"),
        ),
    ),
    (
        EncounterEvent,
        Projection(
            Encounter,
            _encounter,
            (*_WATERMARK, "status", "encounter_class", "visit_number", "department", "provider", "location", "payer",
             "started_at", "ended_at", "sealed"),
        ),
    ),
    (
        ChargeEvent,
        Projection(
            Charge,
            _charge,
            (*_WATERMARK, "status", "visit_number", "service_date", "procedure_code", "modifiers", "units", "amount",
             "currency", "department", "provider", "captured_at", "sealed"),
        ),
    ),
    (
        ClaimResponseEvent,
        Projection(
            Claim,
            _claim_response,
            ("occurred_at", "sequence", "status", "accepted_at", "payer_claim_control_number"),
            creates=False,
        ),
    ),
    (
        PaymentEvent,
        Projection(Payment, _payment, (*_WATERMARK, "status", "amount", "currency", "method", "settled_at")),
    ),
)  # fmt: skip


def projection_of(event: Event) -> Projection | None:
    """How this event changes a record, or None where it changes none of its own."""
    for event_class, projection in PROJECTIONS:
        if isinstance(event, event_class):
            return projection
    return None
