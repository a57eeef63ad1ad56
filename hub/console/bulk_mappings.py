"""Decisions about many mappings at once."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from hub.console.choices import keep_choice
from hub.console.forms.case import ReasonForm
from hub.console.guard import actor, holds
from hub.console.one_by_one import each
from hub.console.selectors.mapping_impact import impact_of_many
from hub.core.errors import BusinessRefusal
from hub.governance.roles import Permission
from hub.masterdata import bulk_change, services
from hub.masterdata.models import Mapping
from hub.ui.bulk import BulkAction, BulkOutcome

#: What waits is looked for by each code: so many together are still told at once.
_MOST_FORETOLD = 50


def _approve(request: HttpRequest, rows: QuerySet[Mapping], data: dict[str, Any]) -> BulkOutcome:
    me = actor(request)
    return each(
        rows, lambda mapping: services.approve_mapping(mapping=mapping, actor=me), noun="mapping", done="approved"
    )


def _review(request: HttpRequest, rows: QuerySet[Mapping], data: dict[str, Any]) -> BulkOutcome:
    me = actor(request)
    return each(
        rows, lambda mapping: services.review_mapping(mapping=mapping, actor=me), noun="mapping", done="reviewed"
    )


def _foretell(request: HttpRequest, rows: QuerySet[Mapping]) -> str:
    """What their approval does together, as far as so many are judged at once."""
    chosen = list(rows.order_by("pk")[: _MOST_FORETOLD + 1])
    if len(chosen) > _MOST_FORETOLD:
        return ""
    return f"They take effect. {impact_of_many(request.user, chosen).in_words}"


def _change(request: HttpRequest, rows: QuerySet[Mapping], data: dict[str, Any]) -> BulkOutcome:
    """Only the choice is kept here: what changes is said on a page of its own."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: bulk_change.MOST + 1])
    if len(ids) > bulk_change.MOST:
        raise BusinessRefusal(
            "too-many-mappings", f"{bulk_change.MOST} mappings at a time are the most.", hint="Choose fewer."
        )
    token = keep_choice(ids, request.user.get_username())
    return BulkOutcome("", url=reverse("console:mapping-change", args=[token]))


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
        confirm="They take effect, and what waits for these codes goes on.", foretell=_foretell,
    ),
    BulkAction(
        name="review", label="Review", icon="eye", run=_review, permitted=holds(Permission.PROPOSE_MAPPINGS),
        confirm="You say that they are right. Where the domain asks for a review, somebody else approves them then.",
    ),
    BulkAction(
        name="change", label="Change", icon="pencil", run=_change, permitted=holds(Permission.PROPOSE_MAPPINGS),
    ),
    BulkAction(
        name="reject", label="Reject", icon="x", run=_reject, permitted=holds(Permission.PROPOSE_MAPPINGS),
        form_class=ReasonForm, danger=True,
    ),
)  # fmt: skip
