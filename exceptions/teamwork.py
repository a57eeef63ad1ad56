"""Cases put aside for a while, and cases that people want to hear of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from exceptions.acts import audited, note, require_open, require_reason, require_unchanged
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case, Watch
from exceptions.states import NoteKind
from hub.core.clock import now
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission


@transaction.atomic
def snooze(*, case_id: UUID, actor: Actor, until: datetime, reason: str, version: int | None = None) -> Case:
    """Take it out of the queue until then. It keeps its clock; whoever owns it finds it under Snoozed meanwhile."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_unchanged(case, version)
    require_open(case)
    require_reason(reason)
    if until <= now():
        raise NotAllowedNow("snooze-past", "Choose a moment that is still to come.")
    if case.due_at is not None and until > case.due_at:
        raise NotAllowedNow("snooze-past-clock", f"Its clock runs out on {case.due_at:%Y-%m-%d}; snooze it until then.")
    case.snoozed_until, case.version = until, case.version + 1
    case.save(update_fields=["snoozed_until", "version"])
    note(case, actor, NoteKind.SNOOZED, f"Snoozed until {until:%Y-%m-%d %H:%M} UTC. {reason}")
    audited(case, actor, "case.snooze", reason=reason, after={"until": until.isoformat()})
    return case


@transaction.atomic
def wake(*, case_id: UUID, actor: Actor, version: int | None = None) -> Case:
    """Put it back into the queue before its time."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_unchanged(case, version)
    case.snoozed_until, case.version = None, case.version + 1
    case.save(update_fields=["snoozed_until", "version"])
    note(case, actor, NoteKind.SNOOZED, "Back in the queue.")
    audited(case, actor, "case.wake")
    return case


@transaction.atomic
def watch(*, case_id: UUID, actor: Actor, watching: bool) -> bool:
    """Tell the actor of what happens to the case, or no more; returns whether they watch it now."""
    case = Case.objects.get(pk=case_id)
    access.require(actor, Permission.VIEW_CASES, case.facility or None)
    if actor.user is None:
        raise NotAllowedNow("no-one-signed-in", "Only a person who is signed in can watch a case.")
    if watching:
        Watch.objects.get_or_create(case=case, user=actor.user)
    else:
        Watch.objects.filter(case=case, user=actor.user).delete()
    audited(case, actor, "case.watch" if watching else "case.unwatch")
    return watching
