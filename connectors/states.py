"""Legal transitions of messages, deliveries, systems and feeds."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class MessageState(ToneChoices):
    RECEIVED = "received", Tone.INFO, "Received"
    PROCESSED = "processed", Tone.POSITIVE, "Processed"
    DUPLICATE = "duplicate", Tone.NEUTRAL, "Duplicate"
    HELD = "held", Tone.CAUTION, "Held"  # kept whole, waiting for a decision; a case is open
    REJECTED = "rejected", Tone.CRITICAL, "Rejected"  # refused to its sender; a case says why
    RETURNED = "returned", Tone.INFO, "Returned to source"  # its source is to mend it and send it anew
    REPLACED = "replaced", Tone.NEUTRAL, "Replaced by its correction"  # the source sent the mended one


MESSAGE_TRANSITIONS: dict[str, frozenset[str]] = {
    MessageState.RECEIVED: frozenset({MessageState.PROCESSED, MessageState.HELD, MessageState.REJECTED}),
    MessageState.HELD: frozenset({MessageState.RECEIVED, MessageState.REJECTED, MessageState.RETURNED}),
    MessageState.RETURNED: frozenset({MessageState.RECEIVED, MessageState.REJECTED, MessageState.REPLACED}),
    MessageState.REPLACED: frozenset(),
    MessageState.PROCESSED: frozenset({MessageState.RECEIVED}),  # replay
    MessageState.REJECTED: frozenset({MessageState.RECEIVED}),  # replay after a fix
    MessageState.DUPLICATE: frozenset(),
}


class DeliveryState(ToneChoices):
    PENDING = "pending", Tone.NEUTRAL, "Waiting to be sent"
    SENDING = "sending", Tone.INFO, "Being sent"
    UNCONFIRMED = "unconfirmed", Tone.CAUTION, "Sent, unconfirmed"
    CONFIRMED = "confirmed", Tone.POSITIVE, "Confirmed"
    REJECTED = "rejected", Tone.CRITICAL, "Rejected"
    FAILED = "failed", Tone.CRITICAL, "Failed"


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
    DeliveryState.UNCONFIRMED: frozenset({DeliveryState.SENDING, DeliveryState.PENDING, DeliveryState.CONFIRMED}),
    DeliveryState.CONFIRMED: frozenset(),
    DeliveryState.REJECTED: frozenset(),
    DeliveryState.FAILED: frozenset(),
}


class SystemState(ToneChoices):
    ACTIVE = "active", Tone.POSITIVE, "Active"
    PAUSED = "paused", Tone.CAUTION, "Paused"


class BreakerState(ToneChoices):
    CLOSED = "closed", Tone.POSITIVE, "Up"
    OPEN = "open", Tone.CRITICAL, "Down"
    PROBING = "probing", Tone.CAUTION, "Probing"


class FeedState(ToneChoices):
    ACTIVE = "active", Tone.POSITIVE, "Active"
    PAUSED = "paused", Tone.CAUTION, "Paused"
