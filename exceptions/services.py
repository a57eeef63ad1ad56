"""What people do with cases. Each act checks the permission at the case's facility, changes it, writes a line of its
story and the audit, in one transaction, whichever door it came through.

`version` is the version of the case that the person saw. Where it is given and the case has changed since, nothing
happens and `Changed` says who did what meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from exceptions import notices, releases
from exceptions.acts import (
    NOTE_LENGTH,
    audited,
    note,
    require_open,
    require_reason,
    require_transition,
    require_unchanged,
)
from exceptions.alerts import telling
from exceptions.errors import Changed, HeldUndecided, NotAllowedNow
from exceptions.locks import case_for_change, case_for_ending
from exceptions.models import Case, Note
from exceptions.queue import cases_move
from exceptions.states import CASE_OPEN, AlertEvent, CaseState, MemberState, NoteKind, Resolution, RootCause
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission
from orchestration.services import cancel_runs, reject_messages


class HeldChoice(StrEnum):
    """What happens with the work that a case still holds when it is resolved."""

    RELEASE = "release"
    DISMISS = "dismiss"


@transaction.atomic
def take(*, case_id: UUID, actor: Actor, version: int | None = None) -> Case:
    """Make it one's own. Taking it from someone else asks for the permission to assign."""
    case = case_for_change(case_id)
    taken_over = case.owner is not None and case.owner != actor.user
    access.require(actor, Permission.ASSIGN_CASES if taken_over else Permission.WORK_CASES, case.facility)
    require_unchanged(case, version)
    if actor.user is None:
        raise NotAllowedNow("no-one-signed-in", "Only a person who is signed in can own a case.")
    if case.owner == actor.user and case.state == CaseState.IN_PROGRESS:
        return case
    return _own(case, actor, actor.user, f"Taken by {actor.name}.", action="case.take")


@transaction.atomic
def assign(*, case_id: UUID, actor: Actor, owner: User | None, reason: str = "", version: int | None = None) -> Case:
    """Give it to someone who may work it there, or to nobody."""
    case = case_for_change(case_id)
    access.require(actor, Permission.ASSIGN_CASES, case.facility)
    require_unchanged(case, version)
    name = access.name_of(owner) if owner else "nobody"
    if owner is not None and not access.may(owner, Permission.WORK_CASES, case.facility):
        place = f" at {case.facility}" if case.facility else " of the whole group"
        raise NotAllowedNow("owner-out-of-scope", f"{name} may not work cases{place}.")
    owned = _own(case, actor, owner, f"Assigned to {name}. {reason}".strip(), action="case.assign", reason=reason)
    notices.tell_owner(owned, actor)
    return owned


@transaction.atomic
def comment(*, case_id: UUID, actor: Actor, text: str) -> Note:
    """Add to the story. It changes nothing else, so no version is asked for."""
    case = Case.objects.get(pk=case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    text = text.strip()
    if not text:
        raise NotAllowedNow("comment-empty", "A comment says something.")
    if len(text) > NOTE_LENGTH:
        raise NotAllowedNow("comment-too-long", f"A comment has at most {NOTE_LENGTH:,} characters.")
    line = Note.objects.create(case=case, author=actor.username, kind=NoteKind.COMMENT, text=text)
    named = notices.tell_mentioned(case, actor, text)
    notices.tell_watchers(case, actor, f"{actor.name} commented.", but=named)
    audited(case, actor, "case.comment", after={"note": line.id})
    return line


@transaction.atomic
def resolve(
    *,
    case_id: UUID,
    actor: Actor,
    resolution: Resolution,
    reason: str,
    root_cause: RootCause | None = None,
    held: HeldChoice | None = None,
    version: int | None = None,
) -> Case:
    """End the case, or, with `held` released, have it end with this resolution once all of it went through.

    Raises HeldUndecided where the case holds work and `held` says nothing about it.
    """
    case = case_for_ending(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_unchanged(case, version)
    require_reason(reason)
    require_transition(case, CaseState.RESOLVED)
    case.root_cause = root_cause or case.root_cause
    holding = releases.held_members(case).exists()
    if holding and held is None:
        raise HeldUndecided("held-undecided", subject={"held": str(case.held)})
    if holding and held is HeldChoice.RELEASE:
        _require_releasable(case)
        case.resolution = resolution
        case.save(update_fields=["resolution", "root_cause"])
        return _release(case, actor, reason)
    dismissed = _dismiss(case)
    before = case.state
    case.state, case.resolution, case.resolved_at = CaseState.RESOLVED, resolution, now()
    case.held, case.version = 0, case.version + 1
    case.save(update_fields=["state", "resolution", "root_cause", "resolved_at", "held", "version"])
    text = f"Resolved: {Resolution(resolution).label}. {reason}"
    note(case, actor, NoteKind.STATE, f"{text} {dismissed} held dismissed." if dismissed else text)
    telling.tell(case, AlertEvent.RESOLVED)
    after = {"state": case.state, "resolution": case.resolution, "root_cause": case.root_cause, "dismissed": dismissed}
    audited(case, actor, "case.resolve", reason=reason, before={"state": before}, after=after)
    return case


@transaction.atomic
def reopen(*, case_id: UUID, actor: Actor, reason: str, version: int | None = None) -> Case:
    """Open a resolved case again. Where its cause came back meanwhile, the newer case is the one to work."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_unchanged(case, version)
    require_reason(reason)
    require_transition(case, CaseState.OPEN)
    before = case.state
    case.state, case.resolution, case.resolved_at = CaseState.OPEN, "", None
    case.escalated, case.version = 0, case.version + 1
    try:
        with transaction.atomic():
            case.save(update_fields=["state", "resolution", "resolved_at", "escalated", "version"])
    except IntegrityError as error:
        newer = Case.objects.filter(fingerprint=case.fingerprint, state__in=CASE_OPEN).get()
        raise Changed("cause-came-back", f"Its cause came back: case {newer.number} is open for it.") from error
    note(case, actor, NoteKind.STATE, f"Reopened. {reason}")
    audited(case, actor, "case.reopen", reason=reason, before={"state": before}, after={"state": case.state})
    return case


@transaction.atomic
def release(*, case_id: UUID, actor: Actor, reason: str = "", rate: int = 0, version: int | None = None) -> Case:
    """Try all that the case holds again, in parts; `rate` is members a second, 0 sets no limit."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_unchanged(case, version)
    _require_releasable(case)
    require_open(case)
    return _release(case, actor, reason, rate=rate)


@transaction.atomic
def retry_members(*, case_id: UUID, actor: Actor, member_ids: Sequence[UUID]) -> int:
    """Try some of what the case holds again; returns how many. The case stays as it is."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    _require_releasable(case)
    count = releases.let_go(case, releases.held_members(case).filter(id__in=member_ids))
    if count:
        note(case, actor, NoteKind.RELEASED, f"{count} tried again.")
        audited(case, actor, "case.retry", after={"members": count, "chosen": list(member_ids)})
        cases_move()
    return count


# --- carrying them out ---


def _require_releasable(case: Case) -> None:
    """What nobody could prove to be its sender's is not processed because somebody pressed a button."""
    if case.failure_class == FailureClass.SECURITY.value:
        raise NotAllowedNow("not-releasable", "Refused messages are never processed; ask the sender to send again.")


def _own(case: Case, actor: Actor, owner: User | None, text: str, *, action: str, reason: str = "") -> Case:
    require_open(case)
    before = {"owner": case.owner.username if case.owner else "", "state": case.state}
    case.owner, case.awaits_owner = owner, False
    if case.state != CaseState.RELEASING:
        case.state = CaseState.IN_PROGRESS if owner else CaseState.OPEN
    case.version += 1
    case.save(update_fields=["owner", "awaits_owner", "state", "version"])
    note(case, actor, NoteKind.OWNER, text)
    after = {"owner": owner.username if owner else "", "state": case.state}
    if owner is not None:
        telling.tell(case, AlertEvent.ASSIGNED)
    audited(case, actor, action, reason=reason, before=before, after=after)
    return case


def _release(case: Case, actor: Actor, reason: str, *, rate: int = 0) -> Case:
    before = case.state
    count = releases.begin(case, rate=rate)
    pace = f" at {rate} a second" if rate else ""
    note(case, actor, NoteKind.RELEASED, f"Releasing {count} held{pace}. {reason}".strip())
    after = {"state": case.state, "members": count, "rate": rate}
    audited(case, actor, "case.release", reason=reason, before={"state": before}, after=after)
    return case


def _dismiss(case: Case) -> int:
    """Give up what a case that is being ended holds: no joiner is under way, so these are all of them."""
    members = list(releases.held_members(case))
    cancel_runs([member.ref for member in members if member.kind == Held.RUN])
    reject_messages([member.ref for member in members if member.kind == Held.MESSAGE])
    return releases.held_members(case).update(state=MemberState.DISMISSED)
