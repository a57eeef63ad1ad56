"""Replays, what is in them, and the rules that say which ones a second person approves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from exceptions.replays.states import ItemState, ReplayState, Source, Versions
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.core.ids import uuid7


class Replay(models.Model):
    """Work to be done again: what was chosen and why, what it would do, who approved it, how far it has come.

    `selection` is what was asked for: ids, or the filters of a list as they were given. `counts` holds items by state
    and `effects` outside effects by state; both are changed only by whoever holds the row. `facilities` are those of
    its items, an empty one for what belongs to the whole group.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=models.Func(models.Value("exceptions_replay_number"), function="nextval"),
    )
    state = models.CharField(max_length=10, choices=ReplayState.choices, default=ReplayState.GATHERING)
    source = models.CharField(max_length=10, choices=Source.choices)
    selection = models.JSONField(default=dict)
    from_step = models.CharField(max_length=40, blank=True)
    versions = models.CharField(max_length=8, choices=Versions.choices, default=Versions.TODAY)
    reason = models.CharField(max_length=500)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="replays_requested"
    )
    requester = models.CharField(max_length=150)
    requested_at = models.DateTimeField(default=now)
    rate = models.PositiveIntegerField(default=0, help_text="Items begun a second; 0 sets no limit.")
    due_at = models.DateTimeField(null=True, help_text="Machine time of the next part.")

    # The preview.
    cursor = models.UUIDField(null=True, help_text="How far the selection is taken up.")
    gathered = models.BooleanField(default=False, help_text="All of the selection is taken up.")
    sample = models.JSONField(default=list, help_text="Items whose outputs are still to be compared.")
    truncated = models.BooleanField(default=False, help_text="More was chosen than one replay takes.")
    counts = models.JSONField(default=dict)
    effects = models.JSONField(default=dict)
    facilities = ArrayField(models.CharField(max_length=20), default=list)
    labels = models.JSONField(default=dict, help_text="Items and dollars by workflow or feed.")
    classes = models.JSONField(default=dict, help_text="Items and dollars by failure class of their case.")
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=0, help_text="Dollars of what is replayed.")
    compared = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)
    previewed_at = models.DateTimeField(null=True)

    # The approval.
    asks = models.JSONField(default=list, help_text="Why a second person decides; empty where none has to.")
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    # The work and its report.
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)
    sealed_as = models.BigIntegerField(null=True, help_text="The audit entry that seals the report.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="replay_by_state"),
            models.Index(
                fields=["id"],
                name="replay_at_work",
                condition=models.Q(state__in=["gathering", "running", "paused", "stopping"]),
            ),
        ]

    def __str__(self) -> str:
        return f"replay {self.number}"

    def count(self, state: str) -> int:
        return int(self.counts.get(state, 0))

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def chosen(self) -> int:
        """Items that are or were to be replayed."""
        return self.total - self.count(ItemState.LEFT_OUT)

    @property
    def ended(self) -> int:
        return self.count(ItemState.DONE) + self.count(ItemState.FAILED)


class ReplayItem(models.Model):
    """A run or message of a replay, in the order in which they are begun (that of their keys).

    `effects` are the outside effects that it has asked for before, `differences` what would come out otherwise than
    last time (places and masked values), where it was compared.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=10)
    ref = models.UUIDField()
    label = models.CharField(max_length=60)
    facility = models.CharField(max_length=20, blank=True)
    failure_class = models.CharField(max_length=16, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.WAITING)
    detail = models.CharField(max_length=300, blank=True)
    effects = models.JSONField(default=list)
    differs = models.BooleanField(null=True)
    differences = models.JSONField(default=list)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replay", "kind", "ref"], name="replay_item_once")]
        indexes = [
            models.Index(fields=["replay", "id"], name="replay_item_order"),
            models.Index(fields=["replay", "state", "id"], name="replay_item_by_state"),
            models.Index(fields=["kind", "ref"], name="replay_item_by_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class ReplayRule(models.Model):
    """A replay that this rule fits is approved by a second person. Empty limits and names fit everything.

    `label` is a workflow or feed, `failure_class` that of the cases that hold the items: the limits then count only
    those items. Both limits have to be exceeded where both are set.
    """

    name = models.CharField(max_length=80, unique=True)
    items_above = models.PositiveIntegerField("more items than", null=True, blank=True)
    dollars_above = models.DecimalField("more dollars than", max_digits=14, decimal_places=2, null=True, blank=True)
    label = models.CharField("workflow or feed", max_length=60, blank=True)
    failure_class = models.CharField(
        "failure class", max_length=16, blank=True, choices=[(c.value, c.value.title()) for c in FailureClass]
    )
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def values(self) -> dict[str, Any]:
        """What it says, for the audit."""
        names = ("name", "items_above", "dollars_above", "label", "failure_class", "active")
        return {name: getattr(self, name) for name in names}
