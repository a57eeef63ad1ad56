"""Patient payment events. The payment gateway is the authority."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from hub.core.events.base import Event, financial


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent(Event):
    payment_id: str
    amount: Decimal = financial()
    currency: str = "USD"
    method: str = "card"
    failure_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorized(PaymentEvent):
    TYPE: ClassVar[str] = "payment.authorized"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSettled(PaymentEvent):
    TYPE: ClassVar[str] = "payment.settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(PaymentEvent):
    TYPE: ClassVar[str] = "payment.failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(PaymentEvent):
    TYPE: ClassVar[str] = "payment.refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCorrected(PaymentEvent):
    """A person said which account a payment is for. The hub's own."""

    TYPE: ClassVar[str] = "payment.corrected"


EVENTS: tuple[type[PaymentEvent], ...] = (
    PaymentAuthorized,
    PaymentSettled,
    PaymentFailed,
    PaymentRefunded,
    PaymentCorrected,
)
