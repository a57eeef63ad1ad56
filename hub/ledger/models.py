"""The subledger: balanced, append-only journal entries, each with its source and its posting key.

The database holds the rules: at commit every entry's debits equal its credits, and lines never change. A
correction is a reversing entry.
"""

from __future__ import annotations

from django.db import models

from hub.core.clock import now
from hub.core.ids import uuid7
from hub.ledger.states import EntryState


class Entry(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    posting_key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=24)
    effective_date = models.DateField()
    currency = models.CharField(max_length=3, default="USD")
    facility = models.CharField(max_length=20)
    journey_id = models.UUIDField(null=True)
    source_event_id = models.UUIDField(null=True)
    description = models.CharField(max_length=120)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    state = models.CharField(max_length=10, choices=EntryState.choices, default=EntryState.RECORDED)
    erp_reference = models.CharField(max_length=60, blank=True)
    recorded_at = models.DateTimeField(default=now)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["journey_id"], name="entry_by_journey"),
            models.Index(fields=["facility", "effective_date"], name="entry_by_facility"),
            models.Index(fields=["id"], name="entry_unposted", condition=models.Q(state="recorded")),
        ]

    def __str__(self) -> str:
        return self.posting_key


class Line(models.Model):
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    account = models.CharField(max_length=20)
    cost_center = models.CharField(max_length=40, blank=True)
    payer = models.CharField(max_length=40, blank=True)
    debit = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    credit = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    memo = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="line_one_side",
                condition=(models.Q(debit__gt=0, credit=0) | models.Q(debit=0, credit__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.debit} {self.credit}"


class PeriodMove(models.Model):
    """An entry whose period was closed goes to the ERP dated `posting_date`, in an open one. The entry stays as it is.

    Rows are only added; the newest counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="period_moves")
    posting_date = models.DateField()
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.entry_id} on {self.posting_date}"


class TieOut(models.Model):
    """One comparison of subledger and ERP, kept with what it found."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=now)
    by = models.CharField(max_length=150)
    subledger = models.DecimalField(max_digits=18, decimal_places=2)
    erp = models.DecimalField(max_digits=18, decimal_places=2)
    difference = models.DecimalField(max_digits=18, decimal_places=2)
    accounts = models.JSONField(help_text="Per account: debit and credit in both books.")
    breaks = models.JSONField(default=list, help_text="Entries that one book has and the other lacks or doubles.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "tie-out"

    def __str__(self) -> str:
        return f"tie-out of {self.at:%Y-%m-%d}"
