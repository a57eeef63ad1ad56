"""Decisions about many mappings at once."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from hub.console.forms.case import ReasonForm
from hub.console.guard import actor, holds
from hub.console.one_by_one import each
from hub.governance.roles import Permission
from hub.masterdata import services
from hub.masterdata.models import Mapping
from hub.ui.bulk import BulkAction, BulkOutcome


def _approve(request: HttpRequest, rows: QuerySet[Mapping], data: dict[str, Any]) -> BulkOutcome:
    me = actor(request)
    return each(
        rows, lambda mapping: services.approve_mapping(mapping=mapping, actor=me), noun="mapping", done="approved"
    )


def _reject(request: HttpRequest, rows: QuerySet[Mapping], data: dict[str, Any]) -> BulkOutcome:
    me = actor(request)
    return each(
        rows,
        lambda mapping: services.reject_mapping(mapping=mapping, actor=me, reason=data["reason"]),
        noun="mapping",
        done="rejected",
    )


MAPPING_ACTIONS = (
    BulkAction(
        name="approve", label="Approve", icon="check", run=_approve, permitted=holds(Permission.APPROVE_MAPPINGS),
        confirm="They take effect, and what waits for these codes goes on.",
    ),
    BulkAction(
        name="reject", label="Reject", icon="x", run=_reject, permitted=holds(Permission.PROPOSE_MAPPINGS),
        form_class=ReasonForm, danger=True,
    ),
)  # fmt: skip
