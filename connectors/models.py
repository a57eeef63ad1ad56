"""Systems, their feeds, what arrived (messages) and what was sent (deliveries)."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from connectors.states import BreakerState, DeliveryState, FeedState, MessageState, SystemState
from hub.core.clock import now
from hub.core.ids import uuid7


class System(models.Model):
    """An outside application, how it is reached and how hard it may be pressed. Secrets are sealed."""

    code = models.CharField(max_length=40, unique=True)
    number = models.CharField(max_length=4, help_text="Its number in the catalog of systems: S1 to S19.")
    name = models.CharField(max_length=80)
    connector = models.CharField(max_length=40, help_text="The registered connector that speaks to it.")
    base_url = models.CharField(max_length=200, blank=True)
    options = models.JSONField(default=dict, blank=True)
    sealed_secrets = models.BinaryField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=SystemState.choices, default=SystemState.ACTIVE)
    timeout_seconds = models.PositiveSmallIntegerField(default=10)
    max_concurrency = models.PositiveSmallIntegerField(default=2)
    rate_per_second = models.PositiveIntegerField(default=0, help_text="Requests a second; 0 sets no limit.")
    history = HistoricalRecords(excluded_fields=["sealed_secrets"])

    class Meta:
        ordering = ["number", "code"]

    def __str__(self) -> str:
        return self.name


class Lane(models.Model):
    """The delivery lane of a system: its breaker, shared by all workers."""

    system = models.OneToOneField(System, on_delete=models.CASCADE, primary_key=True, related_name="lane")
    breaker = models.CharField(max_length=8, choices=BreakerState.choices, default=BreakerState.CLOSED)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    opened_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True, help_text="Machine time of the next probe.")
    hold_until = models.DateTimeField(null=True, help_text="Machine time until which the system asked for a pause.")
    last_confirmed_at = models.DateTimeField(null=True)
    drain_per_second = models.PositiveIntegerField(default=0, help_text="What an operator limits it to for a while.")
    drain_until = models.DateTimeField(null=True, help_text="Machine time until which that limit holds.")

    def __str__(self) -> str:
        return f"lane of {self.system_id}"


class Transport(models.TextChoices):
    WEBHOOK = "webhook", "Webhook"
    MLLP = "mllp", "MLLP"
    FILES = "files", "SFTP or folder"
    POLL = "poll", "Polled"
    ANSWER = "answer", "Answers on the spot"


class Feed(models.Model):
    """One inbound channel of a system, with its contract, its proof of sender and its limits."""

    code = models.CharField(max_length=40, unique=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="feeds")
    name = models.CharField(max_length=80)
    transport = models.CharField(max_length=10, choices=Transport.choices)
    contract = models.CharField(max_length=80)
    facility = models.CharField(max_length=20, blank=True, help_text="Set where a feed serves one facility.")
    state = models.CharField(max_length=10, choices=FeedState.choices, default=FeedState.ACTIVE)
    sealed_secrets = models.BinaryField(null=True, blank=True)
    old_secrets_until = models.DateTimeField(
        null=True, blank=True, help_text="Machine time after which only the newest secret counts; empty: all of them."
    )
    max_bytes = models.PositiveIntegerField(default=1_048_576)
    rate_per_second = models.PositiveIntegerField(default=0, help_text="Messages a second; 0 sets no limit.")
    options = models.JSONField(default=dict, blank=True)
    history = HistoricalRecords(excluded_fields=["sealed_secrets"])

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class FeedCursor(models.Model):
    """How far a feed has been read that is read from the far side: one row for each of its streams.

    `watermark` is the far side's own time of the newest change that is committed here; it never comes from our clock.
    """

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="cursors")
    stream = models.CharField(max_length=60, help_text="What is read, in the far side's words: a resource type.")
    watermark = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True, help_text="Machine time of the last look that was answered.")
    asked_at = models.DateTimeField(null=True, help_text="Machine time at which somebody asked for a look.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "stream"], name="feed_cursor_once")]

    def __str__(self) -> str:
        return f"{self.feed_id} {self.stream}"


class Message(models.Model):
    """What arrived, whole. The body is sealed; bodies above a limit are kept in chunks. Partitioned by time.

    `control_id` is the sender's own number for it (webhook id, MSH-10, ISA13). `position` is how far a large
    file has been recorded, in business items.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    feed_id = models.BigIntegerField()
    feed_code = models.CharField(max_length=40)
    received_at = models.DateTimeField(default=now)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.RECEIVED)
    content_type = models.CharField(max_length=60, blank=True)
    headers = models.JSONField(default=dict)
    name = models.CharField(max_length=200, blank=True, help_text="File name, where it came as a file.")
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    control_id = models.CharField(max_length=120, blank=True)
    contract_version = models.CharField(max_length=20, blank=True)
    body = models.BinaryField(null=True)
    chunks = models.PositiveIntegerField(default=0)
    duplicate_of = models.UUIDField(null=True)
    code = models.CharField(max_length=60, blank=True, help_text="Why it is held or rejected, as a stable code.")
    detail = models.CharField(max_length=300, blank=True, help_text="The same in words; never patient data.")
    position = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, help_text="Machine time.")
    processed_at = models.DateTimeField(null=True)
    journey_id = models.UUIDField(null=True)
    facility = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="message_to_do", condition=models.Q(state="received")),
            models.Index(fields=["feed_code", "id"], name="message_by_feed"),
            models.Index(fields=["state", "id"], name="message_by_state"),
            # In the order of bytes, whatever the collation: so the beginning of a number or a name finds it too.
            models.Index(fields=["control_id"], name="message_by_control_id", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["name"],
                name="message_by_name",
                opclasses=["varchar_pattern_ops"],
                condition=~models.Q(name=""),
            ),
            models.Index(fields=["journey_id", "id"], name="message_by_journey"),
            models.Index(fields=["received_at", "id"], name="message_by_time"),
        ]

    def __str__(self) -> str:
        return f"message {self.id}"


class MessageChunk(models.Model):
    """A sealed piece of a large body, in order."""

    message_id = models.UUIDField()
    index = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message_id", "index"], name="message_chunk_once")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.index}"


class DedupeKey(models.Model):
    """What was accepted from a feed, by the sender's own key. A narrow table: it outlives partitions."""

    pk = models.CompositePrimaryKey("feed_id", "key")
    feed_id = models.BigIntegerField()
    key = models.CharField(max_length=160)
    message_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.feed_id} {self.key}"


class Delivery(models.Model):
    """One outside effect on its way to a system: the lane's queue and the record of the exchange.

    Partitioned by time. `sealed_request` and `sealed_response` are the payload and the answer, encrypted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.CharField(max_length=40)
    operation = models.CharField(max_length=40)
    posting_key = models.CharField(max_length=160)
    state = models.CharField(max_length=12, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    run_id = models.UUIDField(null=True)
    step_id = models.UUIDField(null=True)
    journey_id = models.UUIDField(null=True)
    facility = models.CharField(max_length=20, blank=True)
    sealed_request = models.BinaryField()
    sealed_response = models.BinaryField(null=True)
    reference = models.CharField(max_length=120, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    failure_class = models.CharField(max_length=16, blank=True)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    repeated = models.BooleanField(default=False, help_text="Already done under this posting key; not sent again.")
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(null=True, help_text="Machine time before which it is not sent.")
    lease_until = models.DateTimeField(null=True, help_text="Machine time.")
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    elapsed_ms = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["system", "id"],
                name="delivery_to_do",
                condition=models.Q(state__in=["pending", "sending", "unconfirmed"]),
            ),
            models.Index(fields=["run_id"], name="delivery_by_run"),
            models.Index(fields=["journey_id"], name="delivery_by_journey"),
            models.Index(fields=["system", "state", "id"], name="delivery_by_state"),
            models.Index(
                fields=["reference"],
                name="delivery_by_reference",
                opclasses=["varchar_pattern_ops"],
                condition=~models.Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.posting_key}"


class PostingState(models.TextChoices):
    RESERVED = "reserved", "Reserved"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    CONFIRMED = "confirmed", "Confirmed"


class PostingKey(models.Model):
    """What makes an outside effect happen once: held by one delivery from before it is sent."""

    pk = models.CompositePrimaryKey("system", "key")
    system = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    delivery_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=PostingState.choices, default=PostingState.RESERVED)
    reference = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.key
