"""Cases put together and taken apart by people, where folding by cause saw it differently.

A merged case ends and points to the one that holds its work now; whatever comes of its cause later joins that one as
long as it is open. A split case is one of its own with the members that were chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from exceptions import counting
from exceptions.acts import audited, note, require_open, require_reason, require_unchanged
from exceptions.alerts import telling
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change, case_for_ending
from exceptions.models import Case, Member
from exceptions.states import AlertEvent, CaseState, MemberState, NoteKind, Resolution
from hub.core.clock import now
from hub.core.ids import uuid7
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

#: A fingerprint is at most this long; what tells a split case from its origin needs the end of it.
_FINGERPRINT = 250


@transaction.atomic
def merge(*, case_id: UUID, into_id: UUID, actor: Actor, reason: str, version: int | None = None) -> Case:
    """Let `into` hold all that the case holds; the case ends as its duplicate. Returns `into`."""
    case, into = _both(case_id, into_id)
    for one in (case, into):
        access.require(actor, Permission.WORK_CASES, one.facility)
        require_open(one)
    require_unchanged(case, version)
    require_reason(reason)
    _require_alike(case, into)
    moved = _move(Member.objects.filter(case=case), into)
    case.state, case.resolution, case.resolved_at = CaseState.RESOLVED, Resolution.DUPLICATE, now()
    case.merged_into, case.version = into, case.version + 1
    case.save(update_fields=["state", "resolution", "resolved_at", "merged_into", "version"])
    into.version += 1
    into.due_at = min(filter(None, (case.due_at, into.due_at)), default=None)
    into.save(update_fields=["due_at", "version"])
    counting.set_counts(case)
    counting.set_counts(into)
    note(case, actor, NoteKind.GROUPED, f"Merged into case {into.number}. {reason}")
    note(into, actor, NoteKind.GROUPED, f"Case {case.number} merged into this one, with {moved} held. {reason}")
    telling.tell(case, AlertEvent.RESOLVED)
    audited(case, actor, "case.merge", reason=reason, after={"into": str(into.id), "members": moved})
    return into


@transaction.atomic
def split(
    *, case_id: UUID, member_ids: Sequence[UUID], actor: Actor, title: str, reason: str, version: int | None = None
) -> Case:
    """A case of its own for these members, with the same failure and clock. Raises NotAllowedNow unless some stay."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_unchanged(case, version)
    require_open(case)
    require_reason(reason)
    chosen = Member.objects.filter(case=case, id__in=member_ids, state=MemberState.HELD)
    if not chosen.exists():
        raise NotAllowedNow("nothing-chosen", "Choose what the new case is to hold.")
    if not Member.objects.filter(case=case, state=MemberState.HELD).exclude(id__in=member_ids).exists():
        raise NotAllowedNow("nothing-left", "The case would hold nothing any more; leave at least one with it.")
    identity = uuid7()
    fresh = Case.objects.create(
        id=identity,
        fingerprint=f"{case.fingerprint[: _FINGERPRINT - 43]}|split:{identity}",
        **{name: getattr(case, name) for name in _SHARED},
        title=title.strip()[:160] or case.title,
    )
    moved = _move(chosen, fresh)
    case.version += 1
    case.save(update_fields=["version"])
    counting.set_counts(case)
    counting.set_counts(fresh)
    fresh.refresh_from_db()
    note(case, actor, NoteKind.GROUPED, f"{moved} split off into case {fresh.number}. {reason}")
    note(fresh, actor, NoteKind.GROUPED, f"Split off from case {case.number} with {moved} held. {reason}")
    audited(case, actor, "case.split", reason=reason, after={"into": str(fresh.id), "members": moved})
    return fresh


_SHARED = (
    "failure_class", "code", "queue", "detail", "hint", "subject", "system", "facility", "owner", "team",
    "awaits_owner", "escalated", "weight", "due_at", "state",
)  # fmt: skip


def _both(case_id: UUID, into_id: UUID) -> tuple[Case, Case]:
    """Both locked in the order of their keys, so that two merges in opposite directions do not wait in a circle."""
    if case_id == into_id:
        raise NotAllowedNow("same-case", "A case cannot be merged into itself.")
    if case_id < into_id:
        case = case_for_ending(case_id)
        return case, case_for_change(into_id)
    into = case_for_change(into_id)
    return case_for_ending(case_id), into


def _require_alike(case: Case, into: Case) -> None:
    """Another facility's people must not get at work that is not theirs, and a refused sender's stays refused."""
    if case.failure_class != into.failure_class or case.queue != into.queue:
        raise NotAllowedNow(
            "not-alike", f"Case {into.number} is of another kind; what it needs is not what this needs."
        )
    if into.facility and into.facility != case.facility:
        raise NotAllowedNow("other-facility", f"Case {into.number} belongs to another facility.")


def _move(members: QuerySet[Member], into: Case) -> int:
    """Let `into` hold them; returns how many of them are held. One that it holds already stays where it is."""
    rows = list(members.order_by("id").select_for_update())
    known = set(Member.objects.filter(case=into).values_list("kind", "ref"))
    there = {row.id for row in rows if (row.kind, row.ref) in known}
    Member.objects.filter(id__in=there).update(state=MemberState.DONE)
    Member.objects.filter(id__in=[row.id for row in rows if row.id not in there]).update(case=into)
    return sum(row.state == MemberState.HELD for row in rows)
