"""Legal transitions of messages, deliveries, systems and feeds."""

from __future__ import annotations

from django.db import models


class MessageState(models.TextChoices):
    RECEIVED = "received", "Received"
    PROCESSED = "processed", "Processed"
    DUPLICATE = "duplicate", "Duplicate"
    HELD = "held", "Held"  # kept whole, waiting for a decision; a case is open
    REJECTED = "rejected", "Rejected"  # refused to its sender; a case says why


MESSAGE_TRANSITIONS: dict[str, frozenset[str]] = {
    MessageState.RECEIVED: frozenset({MessageState.PROCESSED, MessageState.HELD, MessageState.REJECTED}),
    MessageState.HELD: frozenset({MessageState.RECEIVED, MessageState.REJECTED}),
    MessageState.PROCESSED: frozenset({MessageState.RECEIVED}),  # replay
    MessageState.REJECTED: frozenset({MessageState.RECEIVED}),  # replay after a fix
    MessageState.DUPLICATE: frozenset(),
}


class DeliveryState(models.TextChoices):
    PENDING = "pending", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    UNCONFIRMED = "unconfirmed", "Sent, unconfirmed"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"
    FAILED = "failed", "Failed"


DELIVERY_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED)

DELIVERY_TRANSITIONS: dict[str, frozenset[str]] = {
    DeliveryState.PENDING: frozenset({DeliveryState.SENDING, DeliveryState.CONFIRMED}),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.PENDING,
            DeliveryState.UNCONFIRMED,
            DeliveryState.CONFIRMED,
            DeliveryState.REJECTED,
            DeliveryState.FAILED,
        }
    ),
    DeliveryState.UNCONFIRMED: frozenset(
        {DeliveryState.SENDING, DeliveryState.PENDING, DeliveryState.CONFIRMED}
    ),
    DeliveryState.CONFIRMED: frozenset(),
    DeliveryState.REJECTED: frozenset(),
    DeliveryState.FAILED: frozenset(),
}


class SystemState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"


class BreakerState(models.TextChoices):
    CLOSED = "closed", "Up"
    OPEN = "open", "Down"
    PROBING = "probing", "Probing"


class FeedState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
