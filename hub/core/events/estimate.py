"""Estimate events: what a visit will cost the patient, as far as it is known before it takes place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from hub.core.events.base import Event, coded, financial


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateCreated(Event):
    """`entity_key` is the appointment's. `basis` says in a few words what the shares follow from."""

    TYPE: ClassVar[str] = "estimate.created"

    appointment_id: str
    payer: str = coded("payer", default="")
    amount: Decimal = financial()
    patient_share: Decimal = financial()
    payer_share: Decimal = financial()
    currency: str = "USD"
    basis: str = ""


EVENTS: tuple[type[Event], ...] = (EstimateCreated,)
