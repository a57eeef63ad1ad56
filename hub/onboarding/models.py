"""The onboarding of a facility: what is kept of it. How far it is, is computed from facts, never noted down."""

from __future__ import annotations

from django.db import models

from hub.core.clock import now
from hub.core.ids import uuid7
from hub.onboarding.states import OnboardingState


class Onboarding(models.Model):
    """One facility on its way to its first live message. `version` guards against two people changing it unseen."""

    facility = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=OnboardingState.choices, default=OnboardingState.OPEN)
    threshold = models.PositiveSmallIntegerField(
        default=95, help_text="Percent of the listed codes that must have a meaning before going live."
    )
    opened_by = models.CharField(max_length=150)
    opened_at = models.DateTimeField(default=now)
    asked_by = models.CharField(max_length=150, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    live_by = models.CharField(max_length=150, blank=True)
    live_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"{self.facility} {self.name}"


class OnboardingFeed(models.Model):
    """A feed that brings the facility's messages. `own`: it was made for it and goes live with it; a feed that serves
    others as well stays as it is."""

    onboarding = models.ForeignKey(Onboarding, on_delete=models.CASCADE, related_name="feeds")
    feed = models.CharField(max_length=40)
    system = models.CharField(max_length=40)
    own = models.BooleanField(default=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    tried_well = models.BooleanField(default=False)
    tried_said = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["onboarding", "feed"], name="onboarding_feed_once")]

    def __str__(self) -> str:
        return self.feed


class DryRun(models.Model):
    """Sample messages carried out and taken back: what came of them. The samples themselves are not kept.

    `digest` is the report's SHA-256, which the audit chain holds as well.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    onboarding = models.ForeignKey(Onboarding, on_delete=models.CASCADE, related_name="dry_runs")
    feed = models.CharField(max_length=40)
    at = models.DateTimeField(default=now)
    by = models.CharField(max_length=150)
    messages = models.PositiveIntegerField()
    is_clean = models.BooleanField()
    sealed_report = models.BinaryField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["onboarding", "feed", "-id"], name="dry_run_of_feed")]

    def __str__(self) -> str:
        return f"dry run of {self.feed}"
