"""Adjustments that do not decide themselves: the hub finds them, a governed table says what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from hub.core.events.base import Event, coded, financial
from hub.core.events.claim import Adjustment


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentEvent(Event):
    """`entity_key` is the claim's number; `remittance_key` and `position` name the claim payment that it came with."""

    claim_number: str
    payer: str = coded("payer", default="")
    remittance_key: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentFound(AdjustmentEvent):
    """What a claim payment left on the payer's receivable, by group and reason, for somebody to decide.

    Amounts are as the payer sent them. Group CR without a reason is ours: what a second decision without a reversal
    brought beyond the claim's amount.
    """

    TYPE: ClassVar[str] = "adjustment.found"

    adjustments: tuple[Adjustment, ...] = financial(())


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentPosted(AdjustmentEvent):
    """What was decided stands in the books. `amount` left the payer's receivable; `decided_by` names table and rows."""

    TYPE: ClassVar[str] = "adjustment.posted"

    amount: Decimal = financial()
    decided_by: str = ""


EVENTS: tuple[type[AdjustmentEvent], ...] = (AdjustmentFound, AdjustmentPosted)
