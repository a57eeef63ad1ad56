"""Acts on many cases of the work queue at once: each is a deed, done now or in the background."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from exceptions.deeds import services as deeds
from exceptions.deeds.models import Deed
from exceptions.deeds.selectors import Account, account, may_undo
from exceptions.deeds.states import DeedAct
from exceptions.models import Case
from hub.console.forms.arrange import SnoozeForm
from hub.console.forms.case import AssignForm, ReleaseForm, ResolveForm
from hub.console.guard import actor, holds
from hub.console.words import count_text, person_name
from hub.governance.roles import Permission
from hub.ui.bulk import BulkAction, BulkOutcome

_REASONS_TOLD = 3


def deed_data(act: DeedAct, data: dict[str, Any]) -> dict[str, Any]:
    """What a form was given, as a deed keeps it."""
    if act == DeedAct.ASSIGN:
        owner = User.objects.get(pk=data["owner"]) if data["owner"] else None
        return {"owner": owner.pk if owner else None, "to": person_name(owner), "reason": data["reason"]}
    if act == DeedAct.SNOOZE:
        return {"until": data["until"].isoformat(), "reason": data["reason"]}
    if act == DeedAct.RETRY:
        return {"rate": data["rate"] or 0, "reason": data["reason"]}
    return data


def undo_url(deed: Deed) -> str:
    """Where a deed is undone; empty where it cannot be."""
    return reverse("console:deed-undo", args=[deed.pk]) if may_undo(deed) else ""


def outcome_words(told: Account) -> str:
    return f"{count_text(told.done, 'case')} {told.what}."


def reasons_words(told: Account) -> tuple[str, ...]:
    """A sentence for each kind of reason, the most frequent ones."""
    return tuple(f"{number:,} left alone: {why}" for why, number in told.reasons[:_REASONS_TOLD])


def _outcome(deed: Deed, *, more: bool) -> BulkOutcome:
    told = account(deed)
    rest = (f"{deeds.MOST:,} at a time: choose again for the rest.",) if more else ()
    if told.under_way:
        said = f"{count_text(deed.total, 'case')} will be {told.what}. It goes on while you do."
        return BulkOutcome(said, rest, progress=reverse("console:deed", args=[deed.pk]))
    return BulkOutcome(outcome_words(told), (*reasons_words(told), *rest), undo=undo_url(deed))


def _run(act: DeedAct) -> Any:
    def run(request: HttpRequest, rows: QuerySet[Case], data: dict[str, Any]) -> BulkOutcome:
        deed = deeds.do(act=act, actor=actor(request), cases=rows, data=deed_data(act, data))
        # Counted only where it matters: nearly nobody chooses so many.
        more = deed.total == deeds.MOST and len(rows.order_by()[: deeds.MOST + 1].values_list("pk")) > deeds.MOST
        return _outcome(deed, more=more)

    return run


CASE_ACTIONS = (
    BulkAction(
        name="take", label="Take", icon="hand", key="e", run=_run(DeedAct.TAKE), permitted=holds(Permission.WORK_CASES)
    ),
    BulkAction(
        name="assign", label="Assign", icon="user-plus", key="i", run=_run(DeedAct.ASSIGN), form_class=AssignForm,
        permitted=holds(Permission.ASSIGN_CASES),
    ),
    BulkAction(
        name="snooze", label="Snooze", icon="alarm-clock", key="s", run=_run(DeedAct.SNOOZE), form_class=SnoozeForm,
        confirm="They leave the queue until then and keep their clocks.", permitted=holds(Permission.WORK_CASES),
    ),
    BulkAction(
        name="wake", label="Put back", icon="rotate-ccw", key="b", run=_run(DeedAct.WAKE),
        permitted=holds(Permission.WORK_CASES),
    ),
    BulkAction(
        name="watch", label="Watch", icon="eye", key="w", run=_run(DeedAct.WATCH),
        permitted=holds(Permission.VIEW_CASES),
    ),
    BulkAction(
        name="retry", label="Retry", icon="refresh-cw", key="t", run=_run(DeedAct.RETRY), form_class=ReleaseForm,
        confirm="All that these cases hold is tried again.", permitted=holds(Permission.WORK_CASES),
    ),
    BulkAction(
        name="resolve", label="Resolve", icon="check", key="r", run=_run(DeedAct.RESOLVE), form_class=ResolveForm,
        permitted=holds(Permission.WORK_CASES),
    ),
)  # fmt: skip
