"""Deeds: what a person did to one case or to many with one gesture."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from exceptions.deeds.states import DeedAct, DeedState, ItemState
from hub.core.clock import now
from hub.core.ids import uuid7


class Deed(models.Model):
    """What a person did to one case or to many with one gesture: carried out item by item, and undone as a whole.

    `data` is what they were asked (a reason, an owner, until when). An undoing is a deed of its own and points to
    what it reverses; the database lets a deed be undone once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="case_deeds")
    act = models.CharField(max_length=10, choices=DeedAct.choices)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=DeedState.choices, default=DeedState.UNDER_WAY)
    total = models.PositiveIntegerField()
    undoes = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="undone_by")
    at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="deed_under_way", condition=models.Q(state="under_way")),
            models.Index(fields=["user", "-id"], name="deed_of_user"),
            models.Index(fields=["ended_at"], name="deed_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.act}"


class DeedItem(models.Model):
    """One case of a deed. `version` is that which the person saw; `before` is what an undoing puts back, and
    `version_after` the version for which it may (empty: this cannot be undone)."""

    deed = models.ForeignKey(Deed, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey("exceptions.Case", on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.WAITING)
    code = models.CharField(max_length=60, blank=True, help_text="The kind of reason why it was left alone.")
    said = models.CharField(max_length=300, blank=True, help_text="The reason in words.")
    before = models.JSONField(default=dict)
    version_after = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["deed", "state", "id"], name="deed_item_by_state")]

    def __str__(self) -> str:
        return f"{self.state}"
