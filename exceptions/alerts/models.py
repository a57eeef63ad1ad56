"""Programs outside that are told of cases, and what each was told."""

from __future__ import annotations

from django.db import models

from exceptions.models import Case, Queue
from exceptions.states import AlertState
from hub.core.clock import now
from hub.core.ids import uuid7


class AlertEndpoint(models.Model):
    """Somebody else's program that is told of cases, signed as Standard Webhooks has it. No patient data goes out."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60, unique=True)
    url = models.CharField("address", max_length=300)
    sealed_secret = models.BinaryField()
    events = models.JSONField(default=list, help_text="Names of AlertEvent.")
    team = models.ForeignKey(
        "exceptions.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="endpoints"
    )
    queue = models.CharField(max_length=12, choices=Queue.choices, blank=True)
    paused = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """One thing told to one endpoint. `key` names it once and for all, also to the receiver; `body` is as sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(AlertEndpoint, on_delete=models.CASCADE, related_name="alerts")
    case = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="+")
    event = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=AlertState.choices, default=AlertState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Machine time of the next attempt.")
    made_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True, help_text="What came of the last attempt, in our words.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "key"], name="alert_once")]
        indexes = [
            models.Index(fields=["due_at"], name="alert_due", condition=models.Q(state="waiting")),
            models.Index(fields=["endpoint", "-id"], name="alert_of_endpoint"),
        ]

    def __str__(self) -> str:
        return self.event
