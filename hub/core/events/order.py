"""Order events (ORM, OMG, FHIR ServiceRequest). The EHR is the authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from hub.core.events.base import Event, coded, phi


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Event):
    """A service that was ordered. `entity_key` and `order_number` are the placer's number (ORC-2)."""

    order_number: str
    procedure_code: str
    visit_number: str = ""
    department: str = coded("department", default="")
    provider: str = coded("provider", default="")
    priority: str = ""
    scheduled_at: datetime | None = None
    diagnoses: tuple[str, ...] = phi(())


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderEvent):
    TYPE: ClassVar[str] = "order.placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    TYPE: ClassVar[str] = "order.cancelled"


EVENTS: tuple[type[OrderEvent], ...] = (OrderPlaced, OrderCancelled)
