"""States of records. A record follows its source: what the source reports, in order, is what it becomes."""

from __future__ import annotations

from django.db import models


class AppointmentStatus(models.TextChoices):
    BOOKED = "booked", "Booked"
    CHECKED_IN = "checked_in", "Checked in"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no_show", "No-show"


class EncounterStatus(models.TextChoices):
    REGISTERED = "registered", "Registered"
    ADMITTED = "admitted", "Admitted"
    DISCHARGED = "discharged", "Discharged"
    COMPLETED = "completed", "Completed"


class ChargeStatus(models.TextChoices):
    CAPTURED = "captured", "Captured"
    CORRECTED = "corrected", "Corrected"
    VOIDED = "voided", "Voided"


class ClaimStatus(models.TextChoices):
    BUILT = "built", "Built"
    SUBMITTED = "submitted", "Submitted"
    ACKNOWLEDGED = "acknowledged", "Syntax accepted"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    PAID = "paid", "Paid"
    DENIED = "denied", "Denied"
    REVERSED = "reversed", "Reversed"


class RemittanceStatus(models.TextChoices):
    RECORDING = "recording", "Recording"
    RECORDED = "recorded", "Recorded"
    QUARANTINED = "quarantined", "Quarantined"


class PaymentStatus(models.TextChoices):
    AUTHORIZED = "authorized", "Authorized"
    SETTLED = "settled", "Settled"
    FAILED = "failed", "Failed"
    REFUNDED = "refunded", "Refunded"
