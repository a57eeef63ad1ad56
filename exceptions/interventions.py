"""What people do to one run or message at its own page: try it again, or give it up."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from exceptions import services
from exceptions.acts import require_reason
from exceptions.errors import NotAllowedNow
from exceptions.models import Member
from exceptions.queue import cases_move
from exceptions.states import CASE_OPEN, MemberState
from hub.core.parking import Held
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission
from orchestration.models import Run
from orchestration.services import cancel_runs
from orchestration.states import RunState

CANCELLABLE = (RunState.PARKED, RunState.WAITING)


def held_member(kind: Held, ref: UUID) -> Member | None:
    """The open case's hold on it, if there is one."""
    rows = Member.objects.filter(kind=kind.value, ref=ref, state=MemberState.HELD, case__state__in=CASE_OPEN)
    return rows.select_related("case").order_by("-id").first()


def retry(*, kind: Held, ref: UUID, actor: Actor) -> None:
    """Try again what a case holds; the case follows it. Raises NotAllowedNow where none holds it."""
    member = held_member(kind, ref)
    if member is None:
        raise NotAllowedNow("nothing-held", "No open case holds it; a replay does it again.")
    services.retry_members(case_id=member.case_id, actor=actor, member_ids=[member.id])


@transaction.atomic
def cancel_run(*, run_id: UUID, actor: Actor, reason: str) -> None:
    """Give up a run that waits or is parked. What it did outside stays done; its case lets go of it."""
    run = Run.objects.select_for_update().get(pk=run_id)
    access.require(actor, Permission.WORK_CASES, run.facility)
    require_reason(reason)
    if not cancel_runs([run_id]):
        raise NotAllowedNow("run-under-way", f"The run is {run.get_state_display().lower()}; it cannot be cancelled.")
    cases_move()
    audit.record(
        actor=actor,
        action="run.cancel",
        object_kind="run",
        object_id=str(run_id),
        facility=run.facility,
        reason=reason,
        before={"state": run.state, "step": run.step},
        after={"state": RunState.CANCELLED},
    )
