"""Encounter events. The EHR is the authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from hub.core.events.base import Event, coded, phi, pii


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterEvent(Event):
    """A patient's stay or visit, with the demographics and coverage that a claim needs.

    `encounter_class` is HL7 table 0004: I inpatient, O outpatient, E emergency. `patient_sex` is F, M or U.
    """

    visit_number: str
    encounter_class: str
    appointment_id: str = ""
    department: str = coded("department", default="")
    provider: str = coded("provider", default="")
    location: str = coded("location", default="")
    payer: str = coded("payer", default="")
    patient_number: str = pii("")
    patient_last_name: str = pii("")
    patient_first_name: str = pii("")
    patient_birth_date: date | None = phi(None)
    patient_sex: str = phi("U")
    patient_street: str = pii("")
    patient_city: str = pii("")
    patient_state: str = pii("")
    patient_postal_code: str = pii("")
    member_id: str = pii("")
    diagnoses: tuple[str, ...] = phi(())
    admission_type: str = ""
    discharge_status: str = ""
    secondary_payer: str = coded("payer", default="")
    secondary_member_id: str = pii("")


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterAdmitted(EncounterEvent):
    """Inpatient admission (ADT A01)."""

    TYPE: ClassVar[str] = "encounter.admitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterRegistered(EncounterEvent):
    """Outpatient registration (ADT A04)."""

    TYPE: ClassVar[str] = "encounter.registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterUpdated(EncounterEvent):
    """Corrected demographics or coverage (ADT A08)."""

    TYPE: ClassVar[str] = "encounter.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterDischarged(EncounterEvent):
    """End of an inpatient stay (ADT A03 of class I)."""

    TYPE: ClassVar[str] = "encounter.discharged"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterCompleted(EncounterEvent):
    """End of an outpatient or emergency visit (ADT A03 of any other class)."""

    TYPE: ClassVar[str] = "encounter.completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterCancelled(EncounterEvent):
    """The visit or admission is taken back (ADT A11)."""

    TYPE: ClassVar[str] = "encounter.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterReopened(EncounterEvent):
    """The discharge is taken back (ADT A13): the stay goes on."""

    TYPE: ClassVar[str] = "encounter.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterMerged(EncounterEvent):
    """Two patient records became one (ADT A40). `merged_account` is the account that is gone, where one is named."""

    TYPE: ClassVar[str] = "encounter.merged"

    merged_account: str = ""
    merged_patient_number: str = pii("")


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterCorrected(EncounterEvent):
    """A person put right here what was registered, until the EHR says something else. The hub's own."""

    TYPE: ClassVar[str] = "encounter.corrected"


EVENTS: tuple[type[EncounterEvent], ...] = (
    EncounterAdmitted,
    EncounterRegistered,
    EncounterUpdated,
    EncounterDischarged,
    EncounterCompleted,
    EncounterCancelled,
    EncounterReopened,
    EncounterMerged,
    EncounterCorrected,
)
