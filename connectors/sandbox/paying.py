"""What patients pay by card: their share after the payers decided, or all of it where nobody insures them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.sandbox.plan import Plan, Timed
from connectors.sandbox.senders import Outgoing
from connectors.sandbox.voices import gateway
from connectors.sandbox.voices.gateway import Payment

_SECONDS_BETWEEN = 20
# One share in so many is not paid yet; the first of those is tried, and the card is declined.
_UNPAID = 3


def settled(plan: Plan, shares: Mapping[str, Decimal]) -> list[Payment]:
    """The payments that go through."""
    return [payment for place, payment in enumerate(_due(plan, shares)) if place % _UNPAID != _UNPAID - 1]


def card_payments(plan: Plan, shares: Mapping[str, Decimal], at: datetime) -> list[Timed]:
    """The gateway's events from `at` on, in their order."""
    paid = settled(plan, shares)
    timed = [
        message
        for place, payment in enumerate(paid)
        for message in _events(payment, "succeeded", at + timedelta(seconds=place * _SECONDS_BETWEEN))
    ]
    declined = [payment for payment in _due(plan, shares) if payment not in paid][:1]
    for payment in declined:
        timed += _events(payment, "payment_failed", at)
    return sorted(timed, key=lambda one: one.at)


def _due(plan: Plan, shares: Mapping[str, Decimal]) -> list[Payment]:
    due = []
    for visit in plan.visits:
        alone = visit.payer == "SELFPAY" and plan.is_charged(visit)
        amount = plan.charged(visit) if alone else shares.get(visit.account)
        if amount:
            due.append(Payment(visit.account, visit.facility, amount))
    return due


def _events(payment: Payment, outcome: str, at: datetime) -> Iterator[Timed]:
    for number, (kind, moment) in enumerate((("created", at), (outcome, at + timedelta(seconds=8))), 1):
        event_id = f"evt_{payment.account}_{number}"
        body = gateway.event(payment, f"payment_intent.{kind}", event_id, moment)
        yield Timed(moment, Outgoing("gateway", event_id, body))
