from __future__ import annotations

from django.db import models
from django.utils import timezone


class Inbox(models.Model):
    """One received webhook."""

    received_at = models.DateTimeField(default=timezone.now)
    body = models.BinaryField()
    done_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return str(self.pk)


class Code(models.Model):
    """What a local code means."""

    domain = models.CharField(max_length=20)
    local = models.CharField(max_length=40)
    canonical = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "local"], name="plain_code_once")]

    def __str__(self) -> str:
        return self.local
