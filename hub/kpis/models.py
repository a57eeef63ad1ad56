"""What the KPIs were, day by day, and how fresh their sources are. Both are kept by a beat task."""

from __future__ import annotations

from django.db import models

from hub.core.clock import now

#: In `Snapshot.facility`: the whole group. An empty one belongs to what has no known facility.
WHOLE_GROUP = "*"


class Snapshot(models.Model):
    """One KPI of one facility (and interface or age, in `part`) on one business day; today's row is replaced."""

    kpi = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    day = models.DateField()
    facility = models.CharField(max_length=20, blank=True)
    part = models.CharField(max_length=90, blank=True)
    count = models.BigIntegerField()
    value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    tail = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    newest = models.DateTimeField(null=True, help_text="The newest source change among it, where that is told.")
    computed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi", "day", "facility", "part"], name="snapshot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.facility} {self.day}"


class Freshness(models.Model):
    """The newest event of a source system at a facility."""

    system = models.CharField(max_length=40)
    facility = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    newest_event = models.UUIDField()

    class Meta:
        verbose_name_plural = "freshness"
        constraints = [models.UniqueConstraint(fields=["system", "facility"], name="freshness_once")]

    def __str__(self) -> str:
        return f"{self.system} {self.facility}"
