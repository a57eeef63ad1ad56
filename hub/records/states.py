"""States of records. A record follows its source: what the source reports, in order, is what it becomes."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class AppointmentStatus(ToneChoices):
    BOOKED = "booked", Tone.INFO, "Booked"
    CHECKED_IN = "checked_in", Tone.ACCENT, "Checked in"
    COMPLETED = "completed", Tone.POSITIVE, "Completed"
    CANCELLED = "cancelled", Tone.NEUTRAL, "Cancelled"
    NO_SHOW = "no_show", Tone.CAUTION, "No-show"


class EncounterStatus(ToneChoices):
    REGISTERED = "registered", Tone.INFO, "Registered"
    ADMITTED = "admitted", Tone.ACCENT, "Admitted"
    DISCHARGED = "discharged", Tone.POSITIVE, "Discharged"
    COMPLETED = "completed", Tone.POSITIVE, "Completed"


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


class RemittanceStatus(ToneChoices):
    RECORDING = "recording", Tone.INFO, "Recording"
    RECORDED = "recorded", Tone.POSITIVE, "Recorded"
    QUARANTINED = "quarantined", Tone.CRITICAL, "Quarantined"


class PaymentStatus(ToneChoices):
    AUTHORIZED = "authorized", Tone.INFO, "Authorized"
    SETTLED = "settled", Tone.POSITIVE, "Settled"
    FAILED = "failed", Tone.CRITICAL, "Failed"
    REFUNDED = "refunded", Tone.NEUTRAL, "Refunded"
