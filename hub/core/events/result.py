"""Result events. Laboratory and radiology report what they performed, and that triggers a charge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from hub.core.events.base import Event, coded


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFinalized(Event):
    """A performed procedure with a final result (ORU R01, OBR-25 F or C). The values themselves stay in the message.

    `entity_key` is the filler's number with the procedure code (OBR-3 and OBR-4), so that one report of several
    procedures makes several.
    """

    TYPE: ClassVar[str] = "result.finalized"

    order_number: str
    filler_number: str = ""
    visit_number: str = ""
    procedure_code: str
    units: Decimal = Decimal(1)
    performed_at: datetime
    department: str = coded("department", default="")
    provider: str = coded("provider", default="")
    corrected: bool = False


EVENTS: tuple[type[Event], ...] = (ResultFinalized,)
