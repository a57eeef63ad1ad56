"""Grants, the audit chain and contracts."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hub.core.clock import now
from hub.core.ids import uuid7
from hub.governance.roles import Role
from hub.governance.states import ApprovalKind, ApprovalState


class Grant(models.Model):
    """A role that a person or machine holds, at one facility or, with none named, at all of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    facility = models.CharField(max_length=20, blank=True, help_text="Facility code; empty means every facility.")
    granted_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "facility"], name="grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} at {self.facility or 'every facility'}"


class AuditEntry(models.Model):
    """One human act. Append-only, each entry sealed by the hash of the one before it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True)
    at = models.DateTimeField(default=now)
    actor = models.CharField(max_length=150)
    door = models.CharField(max_length=20, help_text="page, admin, api or command")
    action = models.CharField(max_length=60, db_index=True)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=100)
    facility = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-sequence"]
        indexes = [models.Index(fields=["object_kind", "object_id"], name="audit_by_object")]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"


class Lifecycle(models.TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    DEPRECATED = "deprecated", "Deprecated"
    RETIRED = "retired", "Retired"


class Contract(models.Model):
    """A versioned schema that a feed or an event type keeps to."""

    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    owner = models.CharField(max_length=80)
    lifecycle = models.CharField(max_length=12, choices=Lifecycle.choices, default=Lifecycle.ACTIVE)
    schema = models.JSONField()
    classification = models.JSONField(default=dict, help_text="Field name to none, pii, phi or financial.")

    class Meta:
        ordering = ["name", "version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="contract_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Approval(models.Model):
    """An act that one person asked for and another decides. `object_kind` and `object_id` name what it is done to.

    `sealed` holds what is needed to carry it out and nobody is to read; `subject` the same in words, without values.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=ApprovalKind.choices)
    state = models.CharField(max_length=10, choices=ApprovalState.choices, default=ApprovalState.ASKED)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=100)
    facility = models.CharField(max_length=20, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    subject = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    reason = models.CharField(max_length=500)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=now)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_kind", "object_id"],
                name="approval_asked_once",
                condition=models.Q(state="asked"),
            ),
        ]
        indexes = [models.Index(fields=["object_kind", "object_id", "id"], name="approval_of")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.object_kind} {self.object_id}"


class WriteOffLimit(models.Model):
    """How much a role may give up by itself, in USD; beyond it a second person decides."""

    role = models.CharField(max_length=20, choices=Role.choices, unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        ordering = ["role"]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.amount}"
