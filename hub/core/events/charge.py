"""Charge events. The EHR captures charges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from hub.core.events.base import Event, coded, financial, phi


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeEvent(Event):
    """One charge line. `procedure_code` is CPT or HCPCS; `amount` is the extended charge in `currency`."""

    charge_id: str
    visit_number: str
    service_date: date
    procedure_code: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    amount: Decimal = financial()
    currency: str = "USD"
    department: str = coded("department")
    provider: str = coded("provider", default="")
    diagnoses: tuple[str, ...] = phi(())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCaptured(ChargeEvent):
    TYPE: ClassVar[str] = "charge.captured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCorrected(ChargeEvent):
    TYPE: ClassVar[str] = "charge.corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeVoided(ChargeEvent):
    TYPE: ClassVar[str] = "charge.voided"


EVENTS: tuple[type[ChargeEvent], ...] = (ChargeCaptured, ChargeCorrected, ChargeVoided)
