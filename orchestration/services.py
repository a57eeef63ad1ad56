"""What may be done to runs and messages from outside the engine. Callers check permission and keep the audit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from connectors.models import Message
from connectors.states import MessageState
from hub.core import clock
from hub.core.errors import BusinessRefusal
from orchestration.models import Run, Wait
from orchestration.queue import messages_wait, runs_are_ready
from orchestration.replaying import UNDER_WAY, begin_again
from orchestration.returning import take_back
from orchestration.states import RunState

#: What processing left alone until somebody decides.
_STOPPED = (MessageState.HELD, MessageState.RETURNED, MessageState.REJECTED)


def retry_messages(ids: Sequence[UUID]) -> int:
    """Process held, returned or rejected messages again; returns how many are on their way."""
    with transaction.atomic():
        rows = Message.objects.filter(pk__in=ids, state__in=_STOPPED)
        take_back(ids)
        count = rows.update(state=MessageState.RECEIVED, attempts=0, retry_at=None)
        messages_wait()
    return count


def reject_messages(ids: Sequence[UUID]) -> int:
    """Give up held or returned messages; returns how many. They stay stored, and a replay can take them up again."""
    with transaction.atomic():
        take_back(ids)
        rows = Message.objects.filter(pk__in=ids, state__in=(MessageState.HELD, MessageState.RETURNED))
        return rows.update(state=MessageState.REJECTED)


def replay_messages(ids: Sequence[UUID]) -> int:
    """Process messages again that were processed before; what they brought then has no second effect."""
    with transaction.atomic():
        rows = Message.objects.filter(pk__in=ids, state=MessageState.PROCESSED)
        count = rows.update(state=MessageState.RECEIVED, attempts=0, retry_at=None, position=0)
        messages_wait()
    return count


def retry_runs(ids: Sequence[UUID]) -> int:
    """Let parked runs try their step again; returns how many are on their way."""
    with transaction.atomic():
        count = Run.objects.filter(pk__in=ids, state=RunState.PARKED).update(
            state=RunState.READY, attempts=0, due_at=None
        )
        runs_are_ready()
    return count


def cancel_runs(ids: Sequence[UUID]) -> int:
    """Give up runs that wait or are parked; returns how many. What they did outside stays done."""
    with transaction.atomic():
        rows = Run.objects.filter(pk__in=ids, state__in=(RunState.PARKED, RunState.WAITING))
        Wait.objects.filter(run__in=rows).delete()
        return rows.update(state=RunState.CANCELLED, finished_at=clock.now(), changed_at=clock.now())


def replay_run(run_id: UUID, from_step: str) -> Run:
    """Carry one run out again. Raises BusinessRefusal for a run that is under way, or a step it does not have."""
    begun = begin_again([run_id], from_step=from_step)
    if not begun.runs:
        raise BusinessRefusal("run-not-replayed", begun.refused.get(run_id, UNDER_WAY))
    return Run.objects.get(pk=run_id)
