"""Acts on many cases of the work queue at once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from exceptions import services
from exceptions.models import Case
from hub.console.forms.case import AssignForm, ReleaseForm, ResolveForm
from hub.console.guard import actor, holds
from hub.console.one_by_one import each
from hub.console.words import person_name
from hub.governance.roles import Permission
from hub.ui.bulk import BulkAction, BulkOutcome


def _take(request: HttpRequest, rows: QuerySet[Case], data: dict[str, Any]) -> BulkOutcome:
    me = actor(request)
    return each(
        rows, lambda case: services.take(case_id=case.pk, actor=me, version=case.version), noun="case", done="taken"
    )


def _assign(request: HttpRequest, rows: QuerySet[Case], data: dict[str, Any]) -> BulkOutcome:
    me, reason = actor(request), data["reason"]
    owner = User.objects.get(pk=data["owner"]) if data["owner"] else None
    return each(
        rows,
        lambda case: services.assign(case_id=case.pk, actor=me, owner=owner, reason=reason, version=case.version),
        noun="case",
        done=f"assigned to {person_name(owner) or 'nobody'}",
    )


def _retry(request: HttpRequest, rows: QuerySet[Case], data: dict[str, Any]) -> BulkOutcome:
    me, reason, rate = actor(request), data["reason"], data["rate"] or 0
    return each(
        rows,
        lambda case: services.release(case_id=case.pk, actor=me, reason=reason, rate=rate, version=case.version),
        noun="case",
        done="on the way again",
    )


def _resolve(request: HttpRequest, rows: QuerySet[Case], data: dict[str, Any]) -> BulkOutcome:
    me = actor(request)
    return each(
        rows,
        lambda case: services.resolve(case_id=case.pk, actor=me, version=case.version, **data),
        noun="case",
        done="resolved",
    )


CASE_ACTIONS = (
    BulkAction(name="take", label="Take", icon="hand", run=_take, permitted=holds(Permission.WORK_CASES)),
    BulkAction(
        name="assign", label="Assign", icon="user-plus", run=_assign, form_class=AssignForm,
        permitted=holds(Permission.ASSIGN_CASES),
    ),
    BulkAction(
        name="retry", label="Retry", icon="refresh-cw", run=_retry, form_class=ReleaseForm,
        confirm="All that these cases hold is tried again.", permitted=holds(Permission.WORK_CASES),
    ),
    BulkAction(
        name="resolve", label="Resolve", icon="check", run=_resolve, form_class=ResolveForm,
        permitted=holds(Permission.WORK_CASES),
    ),
)  # fmt: skip
