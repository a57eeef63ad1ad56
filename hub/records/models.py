"""Events as they were recorded, and the current state of what systems share.

One journey is one patient account: everything under one correlation id. Every record names the journey it
belongs to, the source time of the newest event that changed it, and that event's sequence where the source
numbers its versions.
"""

from __future__ import annotations

from django.db import models

from hub.core.clock import now
from hub.core.ids import uuid7
from hub.records.states import (
    AppointmentStatus,
    AuthorizationStatus,
    ChargeStatus,
    ClaimStatus,
    CoverageStatus,
    DenialStage,
    EncounterStatus,
    OrderStatus,
    PaymentStatus,
    RemittanceStatus,
)


class Journey(models.Model):
    """A patient's financial journey. Its id is the correlation id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account_number = models.CharField(max_length=40, blank=True, db_index=True)
    facility = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["facility", "id"], name="journey_by_facility")]

    def __str__(self) -> str:
        return f"journey {self.id}"


class JourneyKey(models.Model):
    """A business key that leads to a journey: an account, an appointment, a visit, a claim number."""

    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=120)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        # In the order of bytes, whatever the collation: so the beginning of a number finds it too.
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                name="journey_key_once",
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class BusinessKey(models.Model):
    """A number by which people look for journeys and that joins none: one of them may stand on many accounts.

    `value` is the number, or its blind index where the number names a patient.
    """

    pk = models.CompositePrimaryKey("kind", "value", "journey_id")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=60)
    journey_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["journey_id"], name="business_key_by_journey")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.journey_id}"


class Event(models.Model):
    """A canonical event as recorded; never changed afterwards. Partitioned by time.

    `applied` is false where a newer event of the same entity was already in effect: the event is kept, and the
    record is left as it is. `sealed` holds the PII and PHI fields, encrypted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=now)
    system = models.CharField(max_length=40)
    facility = models.CharField(max_length=20)
    entity_kind = models.CharField(max_length=20)
    entity_key = models.CharField(max_length=120)
    sequence = models.BigIntegerField(null=True)
    journey_id = models.UUIDField()
    causation_id = models.UUIDField(null=True, help_text="The message or event that caused this one.")
    applied = models.BooleanField(default=True)
    data = models.JSONField()
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["entity_kind", "entity_key", "id"], name="event_by_entity"),
            models.Index(fields=["journey_id", "id"], name="event_by_journey"),
            models.Index(fields=["causation_id"], name="event_by_cause"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.entity_key}"


class Record(models.Model):
    """What every shared entity has."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=120, unique=True)
    system = models.CharField(max_length=40, help_text="The system that is the authority for this record.")
    facility = models.CharField(max_length=20)
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="%(class)ss")
    account_number = models.CharField(max_length=40, blank=True, db_index=True)
    occurred_at = models.DateTimeField(help_text="Source time of the newest event in effect.")
    sequence = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key


class Appointment(Record):
    """`sealed` holds who the patient is and the member id, encrypted: what a payer is asked with before the visit."""

    status = models.CharField(max_length=12, choices=AppointmentStatus.choices)
    starts_at = models.DateTimeField()
    department = models.CharField(max_length=40)
    provider = models.CharField(max_length=40, blank=True)
    service_line = models.CharField(max_length=40, blank=True)
    payer = models.CharField(max_length=40, blank=True)
    visit_type = models.CharField(max_length=20)
    cost_center = models.CharField(max_length=40, blank=True)
    expected_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    planned_on = models.DateField(null=True, help_text="The date under which the expectation stands at the ERP.")
    completed_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["facility", "completed_at"],
                name="appointment_completed",
                condition=models.Q(status="completed"),
            ),
        ]


class Coverage(Record):
    """What a payer last answered about one visit's coverage. `key` is our reference of the question (TRN02).

    `coinsurance` is a fraction of 1; amounts are the patient's share of one such visit. `sealed` holds the member id.
    """

    status = models.CharField(max_length=10, choices=CoverageStatus.choices)
    appointment_key = models.CharField(max_length=120, blank=True, db_index=True)
    payer = models.CharField(max_length=40, blank=True)
    rejection = models.CharField(max_length=4, blank=True, help_text="X12 AAA03.")
    plan = models.CharField(max_length=80, blank=True)
    service_type = models.CharField(max_length=4, default="30", help_text="X12 EB03.")
    for_date = models.DateField(null=True)
    authorization_required = models.BooleanField(null=True)
    copay = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    coinsurance = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    deductible_remaining = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    sealed = models.BinaryField(null=True)

    class Meta:
        verbose_name_plural = "coverages"


class Authorization(Record):
    """One request for prior authorization. `key` is our own reference of it (TRN02 of the 278)."""

    status = models.CharField(max_length=10, choices=AuthorizationStatus.choices)
    appointment_key = models.CharField(max_length=120, blank=True, db_index=True)
    payer = models.CharField(max_length=40, blank=True)
    procedure_codes = models.JSONField(default=list)
    expedited = models.BooleanField(default=False)
    certification_number = models.CharField(max_length=50, blank=True)
    reason = models.CharField(max_length=20, blank=True, help_text="X12 HCR03.")
    requested_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)


class Estimate(Record):
    """What a visit will cost the patient, as far as it is known before. `key` is the appointment's."""

    payer = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    patient_share = models.DecimalField(max_digits=14, decimal_places=2)
    payer_share = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")
    basis = models.CharField(max_length=200, blank=True)


class Order(Record):
    """A service ordered for a patient. `key` is the placer's number."""

    status = models.CharField(max_length=10, choices=OrderStatus.choices)
    procedure_code = models.CharField(max_length=10)
    visit_number = models.CharField(max_length=40, blank=True)
    department = models.CharField(max_length=40, blank=True)
    provider = models.CharField(max_length=40, blank=True)
    priority = models.CharField(max_length=4, blank=True)
    scheduled_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)


class PerformedProcedure(Record):
    """What laboratory or radiology performed: it must be charged."""

    order_number = models.CharField(max_length=75, blank=True)
    visit_number = models.CharField(max_length=40, blank=True)
    procedure_code = models.CharField(max_length=10)
    units = models.DecimalField(max_digits=9, decimal_places=3, default=1)
    performed_at = models.DateTimeField()
    department = models.CharField(max_length=40, blank=True)
    provider = models.CharField(max_length=40, blank=True)


class Coding(Record):
    """The final codes of a visit. `key` is the account; `sealed` holds diagnoses and procedures, encrypted."""

    visit_number = models.CharField(max_length=40, blank=True)
    drg = models.CharField(max_length=4, blank=True)
    discharge_status = models.CharField(max_length=2, blank=True)
    admission_type = models.CharField(max_length=1, blank=True)
    completed_at = models.DateTimeField()
    sealed = models.BinaryField(null=True)


class Encounter(Record):
    """`sealed` holds demographics and coverage numbers, encrypted: what a claim needs and a page does not."""

    status = models.CharField(max_length=12, choices=EncounterStatus.choices)
    encounter_class = models.CharField(max_length=1)
    visit_number = models.CharField(max_length=40, blank=True)
    department = models.CharField(max_length=40, blank=True)
    provider = models.CharField(max_length=40, blank=True)
    location = models.CharField(max_length=40, blank=True)
    payer = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="encounters")
    secondary_payer = models.CharField(max_length=40, blank=True)
    admission_type = models.CharField(max_length=1, blank=True)
    discharge_status = models.CharField(max_length=2, blank=True)
    sealed = models.BinaryField(null=True)


class Charge(Record):
    status = models.CharField(max_length=10, choices=ChargeStatus.choices)
    visit_number = models.CharField(max_length=40, blank=True)
    service_date = models.DateField()
    procedure_code = models.CharField(max_length=10)
    modifiers = models.JSONField(default=list)
    units = models.DecimalField(max_digits=9, decimal_places=3)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")
    department = models.CharField(max_length=40)
    provider = models.CharField(max_length=40, blank=True)
    captured_at = models.DateTimeField()
    claim = models.ForeignKey("Claim", on_delete=models.PROTECT, null=True, related_name="charges")
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["facility", "captured_at"], name="charge_captured")]


class ClaimForm(models.TextChoices):
    PROFESSIONAL = "professional", "Professional (837P)"
    INSTITUTIONAL = "institutional", "Institutional (837I)"


class ClaimSequence(models.TextChoices):
    """X12 SBR01: which of a patient's payers the claim goes to."""

    PRIMARY = "P", "Primary"
    SECONDARY = "S", "Secondary"
    TERTIARY = "T", "Tertiary"


class Claim(Record):
    """`key` is the claim number we send in CLM01 and payers return in CLP01.

    A corrected claim (frequency code 7) and a void (8) are claims of their own that name what they replace; a claim
    to the next payer names the one that was decided before it.
    """

    status = models.CharField(max_length=12, choices=ClaimStatus.choices)
    payer = models.CharField(max_length=40)
    form = models.CharField(max_length=13, choices=ClaimForm.choices, default=ClaimForm.PROFESSIONAL)
    frequency_code = models.CharField(max_length=1, default="1", help_text="X12 CLM05-3.")
    sequence_code = models.CharField(max_length=1, choices=ClaimSequence.choices, default=ClaimSequence.PRIMARY)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    authorization_number = models.CharField(max_length=50, blank=True)
    attachment_control_number = models.CharField(max_length=50, blank=True, help_text="X12 PWK06.")
    control_number = models.CharField(
        max_length=20, blank=True, db_index=True, help_text="GS06:ST02 of our file, by which a 999 names the claim."
    )
    content = models.CharField(max_length=64, blank=True, help_text="Digest of the charges that it carries.")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    contractual = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    patient_responsibility = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="USD")
    payer_claim_control_number = models.CharField(max_length=50, blank=True, db_index=True)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, null=True, related_name="claims")
    service_line = models.CharField(max_length=40, blank=True)
    cost_center = models.CharField(max_length=40, blank=True)
    submitted_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    adjudicated_at = models.DateTimeField(null=True)

    class Meta:
        # A payment whose claim number says nothing is looked for by payer and amount.
        indexes = [models.Index(fields=["payer", "amount"], name="claim_by_payer_and_amount")]


class Remittance(models.Model):
    """One 835 transaction (ST). `progress` counts the claim payments recorded so far: large files come in parts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=160, unique=True)
    message_id = models.UUIDField(db_index=True)
    status = models.CharField(max_length=12, choices=RemittanceStatus.choices)
    facility = models.CharField(max_length=20, blank=True)
    payer = models.CharField(max_length=40, blank=True)
    trace_number = models.CharField(max_length=50, db_index=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")
    method = models.CharField(max_length=3, blank=True)
    paid_on = models.DateField(null=True)
    claim_count = models.PositiveIntegerField(default=0)
    progress = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.trace_number


class ClaimPayment(models.Model):
    """One claim's part of a remittance: paid, adjusted, denied or reversed. Amounts as the payer sent them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="claim_payments")
    position = models.PositiveIntegerField()
    event_id = models.UUIDField()
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="payments")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="claim_payments")
    facility = models.CharField(max_length=20, blank=True)
    claim_number = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=12, help_text="adjudicated, denied or reversed")
    status_code = models.CharField(max_length=2, help_text="X12 CLP02.")
    charge = models.DecimalField(max_digits=14, decimal_places=2)
    paid = models.DecimalField(max_digits=14, decimal_places=2)
    patient_responsibility = models.DecimalField(max_digits=14, decimal_places=2)
    payer_claim_control_number = models.CharField(max_length=50, blank=True)
    adjustments = models.JSONField(default=list)
    remark_codes = models.JSONField(default=list)
    matched_by = models.CharField(max_length=20, blank=True, help_text="How its claim was found.")
    pairs = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="paired_by",
        help_text="The payment that a reversal takes back, or the reversal that a correction follows.",
    )  # fmt: skip
    posted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["remittance", "position"], name="claim_payment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_number} {self.kind}"


class Denial(models.Model):
    """A claim payment by which a payer refused, and what became of it.

    `amount` is what was billed and not paid. `root_cause` is the step of our own that the refusal leads back to.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    claim_payment = models.OneToOneField(ClaimPayment, on_delete=models.PROTECT, related_name="denial")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="denials")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="denials")
    facility = models.CharField(max_length=20)
    payer = models.CharField(max_length=40)
    stage = models.CharField(max_length=12, choices=DenialStage.choices, default=DenialStage.OPEN)
    group_code = models.CharField(max_length=2, blank=True, help_text="X12 CAS01.")
    carc = models.CharField("claim adjustment reason code", max_length=5, blank=True)
    rarc = models.CharField("remittance advice remark code", max_length=10, blank=True)
    family = models.CharField(max_length=40)
    root_cause = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    recovered = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    denied_at = models.DateTimeField()
    appeal_due_at = models.DateTimeField()
    appeal_level = models.PositiveSmallIntegerField(default=0)
    appeal_reference = models.CharField(max_length=50, blank=True)
    appealed_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["facility", "appeal_due_at"],
                name="denial_running",
                condition=models.Q(stage__in=["open", "corrected", "appealed", "upheld"]),
            ),
            models.Index(fields=["payer", "denied_at"], name="denial_by_payer"),
        ]

    def __str__(self) -> str:
        return f"denial {self.carc}"


class Payment(Record):
    """A patient's payment at the gateway."""

    status = models.CharField(max_length=10, choices=PaymentStatus.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")
    method = models.CharField(max_length=12)
    matched = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="payment_unmatched", condition=models.Q(matched=False)),
        ]


class Deposit(models.Model):
    """Money that a remittance announces; the bank confirms it by trace number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    trace_number = models.CharField(max_length=50)
    payer = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")
    announced_on = models.DateField()
    received_on = models.DateField(null=True)
    remittance = models.OneToOneField(Remittance, on_delete=models.PROTECT, related_name="deposit")

    def __str__(self) -> str:
        return self.trace_number
