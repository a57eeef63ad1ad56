"""What an event does to its record: one projection per kind of entity, pure functions on model instances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from hub.core.events import Event, to_json
from hub.core.events.appointment import AppointmentEvent
from hub.core.events.authorization import AuthorizationEvent
from hub.core.events.charge import ChargeEvent
from hub.core.events.claim import ClaimResponseEvent, ClaimStatusReported
from hub.core.events.coding import CodingCompleted
from hub.core.events.coverage import EligibilityChecked
from hub.core.events.encounter import EncounterEvent, EncounterMerged
from hub.core.events.estimate import EstimateCreated
from hub.core.events.order import OrderEvent
from hub.core.events.payment import PaymentEvent
from hub.core.events.result import ResultFinalized
from hub.core.sealing import open_json, seal_json
from hub.records.models import (
    Appointment,
    Authorization,
    Charge,
    Claim,
    Coding,
    Coverage,
    Encounter,
    Estimate,
    Order,
    Payment,
    PerformedProcedure,
    Record,
)
from hub.records.states import (
    AppointmentStatus,
    AuthorizationStatus,
    ChargeStatus,
    ClaimStatus,
    CoverageStatus,
    EncounterStatus,
    OrderStatus,
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
    known = open_json(record.sealed)
    if event.payer and event.payer != record.payer:
        known.pop("member_id", None)  # it was another payer's
    if event.TYPE == "appointment.corrected":  # who comes and how they are insured, and nothing of the visit itself
        _, sealed = to_json(event)
        record.sealed = seal_json({**known, **sealed})
        return
    record.status = _APPOINTMENT[event.TYPE]
    record.starts_at = event.starts_at
    record.department = event.department
    record.provider = event.provider or record.provider
    record.service_line = event.service_line or record.service_line
    record.payer = event.payer or record.payer
    record.visit_type = event.visit_type
    record.completed_at = event.occurred_at if record.status == AppointmentStatus.COMPLETED else None
    _, sealed = to_json(event)
    if sealed:
        record.sealed = seal_json({**known, **sealed})


def _coverage(record: Coverage, event: EligibilityChecked) -> None:
    record.status = CoverageStatus(event.status)
    record.appointment_key = event.appointment_id or record.appointment_key
    record.payer = event.payer or record.payer
    for name in ("rejection", "plan", "service_type", "for_date", "authorization_required", "copay", "coinsurance",
                 "deductible_remaining"):  # fmt: skip
        setattr(record, name, getattr(event, name))
    _, sealed = to_json(event)
    if sealed:
        record.sealed = seal_json(sealed)


_AUTHORIZATION = {
    "authorization.requested": AuthorizationStatus.REQUESTED,
    "authorization.pended": AuthorizationStatus.PENDED,
    "authorization.approved": AuthorizationStatus.APPROVED,
    "authorization.denied": AuthorizationStatus.DENIED,
    "authorization.expired": AuthorizationStatus.EXPIRED,
}


def _authorization(record: Authorization, event: AuthorizationEvent) -> None:
    record.status = _AUTHORIZATION[event.TYPE]
    record.appointment_key = event.appointment_id or record.appointment_key
    record.payer = event.payer or record.payer
    record.procedure_codes = list(event.procedure_codes) or record.procedure_codes
    record.certification_number = event.certification_number or record.certification_number
    record.reason = event.reason
    record.valid_from = event.valid_from or record.valid_from
    record.valid_until = event.valid_until or record.valid_until
    if record.status == AuthorizationStatus.REQUESTED:
        record.expedited, record.requested_at = event.expedited, event.occurred_at
    elif record.status in {AuthorizationStatus.APPROVED, AuthorizationStatus.DENIED}:
        record.decided_at = event.occurred_at


def _estimate(record: Estimate, event: EstimateCreated) -> None:
    for name in ("payer", "amount", "patient_share", "payer_share", "currency", "basis"):
        setattr(record, name, getattr(event, name))


def _order(record: Order, event: OrderEvent) -> None:
    record.status = OrderStatus.PLACED if event.TYPE == "order.placed" else OrderStatus.CANCELLED
    for name in ("procedure_code", "visit_number", "department", "provider", "priority", "scheduled_at"):
        setattr(record, name, getattr(event, name) or getattr(record, name))
    _, sealed = to_json(event)
    if sealed:
        record.sealed = seal_json(sealed)


def _performed(record: PerformedProcedure, event: ResultFinalized) -> None:
    for name in ("order_number", "visit_number", "procedure_code", "units", "performed_at", "department", "provider"):
        setattr(record, name, getattr(event, name) or getattr(record, name))


def _coding(record: Coding, event: CodingCompleted) -> None:
    record.visit_number = event.visit_number or record.visit_number
    record.drg, record.completed_at = event.drg, event.occurred_at
    record.discharge_status, record.admission_type = event.discharge_status, event.admission_type
    _, sealed = to_json(event)
    record.sealed = seal_json(sealed) if sealed else None


_ENCOUNTER = {
    "encounter.admitted": EncounterStatus.ADMITTED,
    "encounter.registered": EncounterStatus.REGISTERED,
    "encounter.discharged": EncounterStatus.DISCHARGED,
    "encounter.completed": EncounterStatus.COMPLETED,
    "encounter.cancelled": EncounterStatus.CANCELLED,
    "encounter.reopened": EncounterStatus.ADMITTED,
}
_INPATIENT = "I"
_BEGUN = {EncounterStatus.ADMITTED, EncounterStatus.DISCHARGED, EncounterStatus.COMPLETED}


def _encounter(record: Encounter, event: EncounterEvent) -> None:
    # An account that is opened (BAR P01) while its stay goes on registers it once more, and takes nothing back.
    known = event.TYPE == "encounter.registered" and record.status in _BEGUN
    if not known:
        record.status = _ENCOUNTER.get(event.TYPE, record.status or EncounterStatus.REGISTERED)
    if event.TYPE == "encounter.reopened" and event.encounter_class != _INPATIENT:
        record.status = EncounterStatus.REGISTERED
    record.encounter_class = event.encounter_class
    record.visit_number = event.visit_number
    for name in (
        "department",
        "provider",
        "location",
        "payer",
        "secondary_payer",
        "admission_type",
        "discharge_status",
    ):
        setattr(record, name, getattr(event, name) or getattr(record, name))
    if event.TYPE == "encounter.reopened":
        record.ended_at = None
    if event.TYPE in {"encounter.admitted", "encounter.registered"} and not known:
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
    if event.TYPE == "payment.corrected":  # the account, which every event stamps, and nothing of the money
        return
    record.status = _PAYMENT[event.TYPE]
    record.amount = event.amount
    record.currency = event.currency
    record.method = event.method
    if record.status == PaymentStatus.SETTLED:
        record.settled_at = event.occurred_at


def _status_reported(record: Claim, event: ClaimStatusReported) -> None:
    """Where a payer says that a claim stands changes nothing about it but the number by which the payer knows it."""
    record.payer_claim_control_number = event.payer_claim_control_number or record.payer_claim_control_number


PROJECTIONS: tuple[tuple[type[Event], Projection], ...] = (
    (
        AppointmentEvent,
        Projection(
            Appointment,
            _appointment,
            (*_WATERMARK, "status", "starts_at", "department", "provider", "service_line", "payer", "visit_type",
             "completed_at", "sealed"),
        ),
    ),
    (
        EligibilityChecked,
        Projection(
            Coverage,
            _coverage,
            (*_WATERMARK, "status", "appointment_key", "payer", "rejection", "plan", "service_type", "for_date",
             "authorization_required", "copay", "coinsurance", "deductible_remaining", "sealed"),
        ),
    ),
    (
        AuthorizationEvent,
        Projection(
            Authorization,
            _authorization,
            (*_WATERMARK, "status", "appointment_key", "payer", "procedure_codes", "expedited", "certification_number",
             "reason", "requested_at", "decided_at", "valid_from", "valid_until"),
        ),
    ),
    (
        EstimateCreated,
        Projection(
            Estimate,
            _estimate,
            (*_WATERMARK, "payer", "amount", "patient_share", "payer_share", "currency", "basis"),
        ),
    ),
    (
        OrderEvent,
        Projection(
            Order,
            _order,
            (*_WATERMARK, "status", "procedure_code", "visit_number", "department", "provider", "priority",
             "scheduled_at", "sealed"),
        ),
    ),
    (
        ResultFinalized,
        Projection(
            PerformedProcedure,
            _performed,
            (*_WATERMARK, "order_number", "visit_number", "procedure_code", "units", "performed_at", "department",
             "provider"),
        ),
    ),
    (
        CodingCompleted,
        Projection(
            Coding,
            _coding,
            (*_WATERMARK, "visit_number", "drg", "discharge_status", "admission_type", "completed_at", "sealed"),
        ),
    ),
    (
        EncounterEvent,
        Projection(
            Encounter,
            _encounter,
            (*_WATERMARK, "status", "encounter_class", "visit_number", "department", "provider", "location", "payer",
             "secondary_payer", "admission_type", "discharge_status", "started_at", "ended_at", "sealed"),
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
        ClaimStatusReported,
        Projection(Claim, _status_reported, ("occurred_at", "sequence", "payer_claim_control_number"), creates=False),
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
    """How this event changes a record, or None where it changes none of its own.

    A merge joins journeys and is about no single visit: it must not make up an encounter.
    """
    if isinstance(event, EncounterMerged):
        return None
    for event_class, projection in PROJECTIONS:
        if isinstance(event, event_class):
            return projection
    return None
