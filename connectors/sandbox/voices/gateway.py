"""S10, the payment gateway: events in Stripe's shape, amounts in cents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from connectors.sandbox import group

_STATUS = {
    "payment_intent.created": "requires_payment_method",
    "payment_intent.succeeded": "succeeded",
    "payment_intent.payment_failed": "requires_payment_method",
}


@dataclass(frozen=True, slots=True)
class Payment:
    """What a patient pays towards one account, by card."""

    account: str
    facility: str
    amount: Decimal


def event(payment: Payment, event_type: str, event_id: str, at: datetime) -> bytes:
    cents = int(payment.amount * 100)
    failed = event_type == "payment_intent.payment_failed"
    intent: dict[str, Any] = {
        "id": f"pi_{payment.account}",
        "object": "payment_intent",
        "amount": cents,
        "amount_received": cents if event_type == "payment_intent.succeeded" else 0,
        "currency": "usd",
        "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"} if failed else None,
        "metadata": {
            "account_number": payment.account,
            "facility": group.local_code("facility", group.GATEWAY, "", payment.facility),
        },
        "payment_method_types": ["card"],
        "status": _STATUS[event_type],
    }
    return msgspec.json.encode(
        {
            "id": event_id,
            "object": "event",
            "created": int(at.timestamp()),
            "type": event_type,
            "livemode": False,
            "data": {"object": intent},
        }
    )
