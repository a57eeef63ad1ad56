"""Appointment events. The scheduling system of the facility is the authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from hub.core.events.base import Event, coded, phi, pii


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentEvent(Event):
    """Each event carries the whole appointment as it then stood.

    Who the patient is and how they are insured is what scheduling took down: enough to ask the payer before the visit.
    `patient_sex` is F, M or U.
    """

    appointment_id: str
    starts_at: datetime
    duration_minutes: int = 30
    department: str = coded("department")
    provider: str = coded("provider", default="")
    location: str = coded("location", default="")
    service_line: str = coded("service_line", default="")
    payer: str = coded("payer", default="")
    visit_type: str = "office"
    reason: str = ""
    patient_number: str = pii("")
    patient_last_name: str = pii("")
    patient_first_name: str = pii("")
    patient_birth_date: date | None = phi(None)
    patient_sex: str = phi("U")
    member_id: str = pii("")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentBooked(AppointmentEvent):
    TYPE: ClassVar[str] = "appointment.booked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRescheduled(AppointmentEvent):
    TYPE: ClassVar[str] = "appointment.rescheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCancelled(AppointmentEvent):
    TYPE: ClassVar[str] = "appointment.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCheckedIn(AppointmentEvent):
    TYPE: ClassVar[str] = "appointment.checked_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCompleted(AppointmentEvent):
    TYPE: ClassVar[str] = "appointment.completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentNoShow(AppointmentEvent):
    TYPE: ClassVar[str] = "appointment.no_show"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCorrected(AppointmentEvent):
    """A person put right here what scheduling took down, until scheduling says something else. The hub's own."""

    TYPE: ClassVar[str] = "appointment.corrected"


EVENTS: tuple[type[AppointmentEvent], ...] = (
    AppointmentBooked,
    AppointmentRescheduled,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentNoShow,
    AppointmentCorrected,
)
