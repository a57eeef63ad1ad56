"""The crosswalk as runs used it, kept."""

from __future__ import annotations

from django.db import models

from hub.core.clock import now


class Edition(models.Model):
    """The crosswalk at one version that runs used, compressed: what lets a run be carried out again as it was."""

    number = models.BigIntegerField(primary_key=True)
    content = models.BinaryField()
    kept_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.number}"
