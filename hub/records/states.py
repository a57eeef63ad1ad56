"""States of records. A record follows its source: what the source reports, in order, is what it becomes."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class AppointmentStatus(ToneChoices):
    BOOKED = "booked", Tone.INFO, "Booked"
    CHECKED_IN = "checked_in", Tone.ACCENT, "Checked in"
    COMPLETED = "completed", Tone.POSITIVE, "Completed"
    CANCELLED = "cancelled", Tone.NEUTRAL, "Cancelled"
    NO_SHOW = "no_show", Tone.CAUTION, "No-show"


class CoverageStatus(ToneChoices):
    ACTIVE = "active", Tone.POSITIVE, "Active"
    INACTIVE = "inactive", Tone.CRITICAL, "Not active"
    REJECTED = "rejected", Tone.CAUTION, "Payer could not say"


class AuthorizationStatus(ToneChoices):
    REQUESTED = "requested", Tone.INFO, "Requested"
    PENDED = "pended", Tone.CAUTION, "With the payer"
    APPROVED = "approved", Tone.POSITIVE, "Approved"
    DENIED = "denied", Tone.CRITICAL, "Denied"
    EXPIRED = "expired", Tone.CAUTION, "Expired"


class EncounterStatus(ToneChoices):
    REGISTERED = "registered", Tone.INFO, "Registered"
    ADMITTED = "admitted", Tone.ACCENT, "Admitted"
    DISCHARGED = "discharged", Tone.POSITIVE, "Discharged"
    COMPLETED = "completed", Tone.POSITIVE, "Completed"
    CANCELLED = "cancelled", Tone.NEUTRAL, "Cancelled"


class OrderStatus(ToneChoices):
    PLACED = "placed", Tone.INFO, "Placed"
    CANCELLED = "cancelled", Tone.NEUTRAL, "Cancelled"


class ChargeStatus(ToneChoices):
    CAPTURED = "captured", Tone.POSITIVE, "Captured"
    CORRECTED = "corrected", Tone.INFO, "Corrected"
    VOIDED = "voided", Tone.NEUTRAL, "Voided"


class ClaimStatus(ToneChoices):
    BUILT = "built", Tone.NEUTRAL, "Built"
    SUBMITTED = "submitted", Tone.INFO, "Submitted"
    ACKNOWLEDGED = "acknowledged", Tone.INFO, "Syntax accepted"
    ACCEPTED = "accepted", Tone.ACCENT, "Accepted"
    REJECTED = "rejected", Tone.CRITICAL, "Rejected"
    PAID = "paid", Tone.POSITIVE, "Paid"
    DENIED = "denied", Tone.CRITICAL, "Denied"
    REVERSED = "reversed", Tone.CAUTION, "Reversed"
    REPLACED = "replaced", Tone.NEUTRAL, "Replaced"
    VOIDED = "voided", Tone.NEUTRAL, "Voided"


class DenialStage(ToneChoices):
    """What became of a denial. Open, corrected and appealed ones still run against a clock."""

    OPEN = "open", Tone.CRITICAL, "To be worked"
    CORRECTED = "corrected", Tone.INFO, "Corrected claim sent"
    APPEALED = "appealed", Tone.ACCENT, "Appealed"
    OVERTURNED = "overturned", Tone.POSITIVE, "Overturned"
    UPHELD = "upheld", Tone.CAUTION, "Upheld"
    WRITTEN_OFF = "written_off", Tone.NEUTRAL, "Written off"


DENIAL_TRANSITIONS: dict[str, frozenset[str]] = {
    DenialStage.OPEN: frozenset(
        {DenialStage.CORRECTED, DenialStage.APPEALED, DenialStage.OVERTURNED, DenialStage.WRITTEN_OFF}
    ),
    DenialStage.CORRECTED: frozenset({DenialStage.OVERTURNED, DenialStage.UPHELD, DenialStage.APPEALED}),
    DenialStage.APPEALED: frozenset({DenialStage.OVERTURNED, DenialStage.UPHELD}),
    DenialStage.UPHELD: frozenset({DenialStage.APPEALED, DenialStage.WRITTEN_OFF, DenialStage.OVERTURNED}),
    DenialStage.OVERTURNED: frozenset(),
    DenialStage.WRITTEN_OFF: frozenset(),
}


class RemittanceStatus(ToneChoices):
    RECORDING = "recording", Tone.INFO, "Recording"
    RECORDED = "recorded", Tone.POSITIVE, "Recorded"
    QUARANTINED = "quarantined", Tone.CRITICAL, "Quarantined"


class PaymentStatus(ToneChoices):
    AUTHORIZED = "authorized", Tone.INFO, "Authorized"
    SETTLED = "settled", Tone.POSITIVE, "Settled"
    FAILED = "failed", Tone.CRITICAL, "Failed"
    REFUNDED = "refunded", Tone.NEUTRAL, "Refunded"
