"""Reads of decision tables for pages."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, QuerySet

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
