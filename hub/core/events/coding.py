"""Coding events. Billing is the authority for the codes that a stay is billed under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hub.core.events.base import Event, phi


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingCompleted(Event):
    """A visit's codes are final. `entity_key` is the account.

    `diagnoses` are ICD-10-CM, the principal one first; `procedures` ICD-10-PCS; `drg` an MS-DRG; `discharge_status`
    is FL 17 and `admission_type` FL 14 of the UB-04.
    """

    TYPE: ClassVar[str] = "coding.completed"

    visit_number: str = ""
    diagnoses: tuple[str, ...] = phi(())
    procedures: tuple[str, ...] = phi(())
    drg: str = ""
    discharge_status: str = ""
    admission_type: str = ""
    coder: str = ""


EVENTS: tuple[type[Event], ...] = (CodingCompleted,)
