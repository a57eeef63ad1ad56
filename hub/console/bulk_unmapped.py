"""Proposing what is clearly meant for many codes at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from exceptions.models import Case
from hub.console.guard import actor, holds
from hub.console.one_by_one import MOST, each
from hub.console.selectors.coverage import suggestions_of
from hub.core.errors import BusinessRefusal
from hub.governance.access import Actor
from hub.governance.roles import Permission
from hub.masterdata import services
from hub.masterdata.suggestions import Suggestion, sure
from hub.ui.bulk import BulkAction, BulkOutcome


class AcceptForm(forms.Form):
    approve = forms.BooleanField(
        label="Approve at once, where the domain needs one person only", required=False, initial=True
    )


def accept(*, subject: dict[str, str], best: Suggestion | None, approve: bool, who: Actor) -> None:
    """Propose `best` for the code that `subject` names. Raises BusinessRefusal where nothing is clearly meant."""
    if best is None:
        raise BusinessRefusal("no-clear-suggestion", "Nothing is clearly meant.", hint="Choose its meaning by hand.")
    values: dict[str, Any] = {
        "domain": subject.get("domain", ""),
        "system": subject.get("system", ""),
        "facility": subject.get("facility", ""),
        "local_code": subject.get("local_code", ""),
        "canonical_code": best.code,
        "note": f"{best.percent} % sure: {best.reason}"[:200],
    }
    if approve:
        services.propose_and_approve(actor=who, **values)
    else:
        services.propose_mapping(actor=who, **values)


def _accept(request: HttpRequest, rows: QuerySet[Case], data: dict[str, Any]) -> BulkOutcome:
    me = actor(request)
    found = suggestions_of(list(rows.order_by("pk")[:MOST]))
    return each(
        rows,
        lambda case: accept(subject=case.subject, best=sure(found.get(case.pk, ())), approve=data["approve"], who=me),
        noun="mapping",
        done="proposed",
    )


UNMAPPED_ACTIONS = (
    BulkAction(
        name="accept", label="Propose what is clearly meant", icon="sparkles", run=_accept, form_class=AcceptForm,
        permitted=holds(Permission.PROPOSE_MAPPINGS),
        confirm="For each code the first suggestion is proposed where it is good and clearly ahead of the next; the"
        " others are left alone.",
    ),
)  # fmt: skip
