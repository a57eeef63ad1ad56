"""What people put right in messages and records, and what they sent back to its source."""

from __future__ import annotations

from django.db import models

from hub.core.clock import now
from hub.core.ids import uuid7
from orchestration.states import CorrectedKind


class Correction(models.Model):
    """What a person put right: values of fields of a message or record, beside the original, which stays whole.

    A message is read with its corrections. A record follows an event of the hub's own making, which `event_id` names,
    until its owner says something else. `sealed` holds what stood there and what is to; `fields` only where.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=CorrectedKind.choices)
    ref = models.UUIDField()
    journey_id = models.UUIDField(null=True)
    facility = models.CharField(max_length=20, blank=True)
    system = models.CharField(max_length=40, blank=True, help_text="Whose fields they are.")
    fields = models.JSONField(default=list)
    sealed = models.BinaryField()
    reason = models.CharField(max_length=500)
    case_number = models.BigIntegerField(null=True)
    by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(default=now)
    event_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["ref", "id"], name="correction_of"),
            models.Index(fields=["journey_id"], name="correction_by_journey"),
        ]

    def __str__(self) -> str:
        return f"correction of {self.kind} {self.ref}"


class Returned(models.Model):
    """A message that went back to its source to be mended there; open until the corrected one comes.

    `keys` are the business keys by which that one is known: what the message is about, as far as it could be read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message_id = models.UUIDField()
    feed_code = models.CharField(max_length=40)
    system = models.CharField(max_length=40)
    facility = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=60, blank=True)
    place = models.CharField(max_length=120, blank=True, help_text="Where the fault lies, never what stands there.")
    reason = models.CharField(max_length=500)
    case_number = models.BigIntegerField(null=True)
    keys = models.JSONField(default=list)
    told = models.CharField(max_length=120, blank=True, help_text="Who is written to.")
    mailed_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)
    corrected_by = models.UUIDField(null=True, help_text="The message that came in its place.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "returned"
        indexes = [models.Index(fields=["feed_code", "id"], name="returned_by_feed")]
        constraints = [
            models.UniqueConstraint(
                fields=["message_id"], name="returned_once_at_a_time", condition=models.Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"return of {self.message_id}"
