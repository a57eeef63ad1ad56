"""Reads of decision tables for pages."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, QuerySet

from hub.governance.access import name_of
from hub.masterdata.models import DecisionTable
from hub.masterdata.states import MappingState


def versions(code: str = "") -> QuerySet[DecisionTable]:
    """Every version, the newest first, with the number of its rows."""
    rows = DecisionTable.objects.annotate(row_count=Count("rows"))
    return (rows.filter(code=code) if code else rows).order_by("code", "-version")


def version_in_force(code: str, on: date) -> DecisionTable | None:
    """The version that decides on `on`."""
    approved = DecisionTable.objects.filter(code=code, state=MappingState.APPROVED, effective__contains=on)
    return approved.order_by("-version").first()


def draft_of(code: str) -> DecisionTable | None:
    """The newest draft."""
    return DecisionTable.objects.filter(code=code, state=MappingState.PROPOSED).order_by("-version").first()


def revision_of(table: DecisionTable) -> int:
    """Which state of a version this is. Every change of it, its rows included, has a later line of history."""
    return table.history.order_by("-history_id").values_list("history_id", flat=True).first() or 0


def last_hand(table: DecisionTable) -> str:
    """The name of who changed it last; empty where the hub did."""
    entry = table.history.select_related("history_user").order_by("-history_id").first()
    user = entry.history_user if entry else None
    return name_of(user) if user else ""
