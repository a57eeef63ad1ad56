"""The codes that systems send: those they brought, counted by day, and those they are expected to bring."""

from __future__ import annotations

from django.db import models

from hub.core.clock import now


class SeenCode(models.Model):
    """What a count is of. `facility` is canonical; it is empty for a facility's own code and where none was stated."""

    day = models.DateField()
    domain = models.CharField(max_length=20)
    system = models.CharField(max_length=40)
    facility = models.CharField(max_length=20, blank=True)
    local_code = models.CharField(max_length=80)
    count = models.BigIntegerField()

    class Meta:
        abstract = True


class CodeSighting(SeenCode):
    """How often a batch of messages brought a code: appended where they are recorded, folded into `CodeDay`."""

    def __str__(self) -> str:
        return f"{self.system} {self.domain} {self.local_code}"


class CodeDay(SeenCode):
    """How often a code came on a day, whether it meant anything or not."""

    class Meta:
        constraints = [
            # Read by code (is this mapping used, and when last?) and, by its first columns, for one system and domain.
            models.UniqueConstraint(fields=["domain", "system", "local_code", "facility", "day"], name="code_day_once"),
        ]
        indexes = [models.Index(fields=["day"], name="code_day_by_day")]

    def __str__(self) -> str:
        return f"{self.system} {self.domain} {self.local_code} on {self.day}"


class LocalCode(models.Model):
    """A code that a system is expected to send, with that system's own name for it: from the list its owner gave."""

    domain = models.CharField(max_length=20)
    system = models.CharField(max_length=40)
    facility = models.CharField(max_length=20, blank=True)
    local_code = models.CharField(max_length=80)
    name = models.CharField(max_length=120, blank=True)
    listed_by = models.CharField(max_length=150, blank=True)
    listed_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["domain", "system", "facility", "local_code"]
        constraints = [
            models.UniqueConstraint(fields=["domain", "system", "facility", "local_code"], name="local_code_once"),
        ]
        indexes = [models.Index(fields=["facility", "system"], name="local_code_by_facility")]

    def __str__(self) -> str:
        return f"{self.system} {self.domain} {self.local_code}"
