"""Runbooks, their versions, and who used which of their steps for what."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from exceptions.runbooks.states import RunbookState, UseKind, UseOutcome
from hub.core.clock import now
from hub.core.ids import uuid7


class Runbook(models.Model):
    """A short page that says what to do about one kind of trouble.

    `body` is Markdown; a line `- [ ] …` is a step, and `{drain}` at its end the button that goes with it. `bindings`
    is a list of objects of `failure_class`, `code`, `system` and `alert`, each without what it leaves open.
    """

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=200, blank=True)
    body = models.TextField(max_length=20_000)
    bindings = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=10, choices=RunbookState.choices, default=RunbookState.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField(default=now)
    history = HistoricalRecords()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class RunbookUse(models.Model):
    """A step that somebody ticked, or an action that they took from a runbook, and what came of it. Never changed.

    `step` is the mark of the step's text: it stays the same in the next version, if the text does.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    runbook = models.ForeignKey(Runbook, on_delete=models.PROTECT, related_name="uses")
    runbook_version = models.PositiveIntegerField()
    case = models.ForeignKey(
        "exceptions.Case", on_delete=models.CASCADE, null=True, blank=True, related_name="runbook_uses"
    )
    system = models.CharField(max_length=40, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=10, choices=UseKind.choices)
    step = models.CharField(max_length=16, blank=True)
    action = models.CharField(max_length=30, blank=True)
    text = models.CharField(max_length=200)
    outcome = models.CharField(max_length=10, choices=UseOutcome.choices, default=UseOutcome.DONE)
    detail = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"], name="runbook_use_of_case"),
            models.Index(fields=["runbook", "-id"], name="runbook_use_of_runbook"),
            models.Index(fields=["system", "-id"], name="runbook_use_of_system"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.runbook_id}"
