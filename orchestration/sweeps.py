"""What finds work that nobody was woken for: lost tasks, due timers, a broker that was away."""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import QuerySet

from connectors.models import System
from connectors.outbound import has_work
from hub.core import clock
from hub.core.partitions import ensure_partitions
from orchestration.models import Run, Wait
from orchestration.queue import deliveries_wait, messages_wait, runs_are_ready
from orchestration.states import RunState

#: When the last sweep was over, in seconds of machine time: what the health page asks about.
SWEPT_AT = "orchestration:swept-at"
_SWEPT_KEPT_SECONDS = 24 * 3600
_WAITING = (RunState.WAITING, RunState.PARKED)


def sweep() -> None:
    """Wake whatever is due. Cheap when there is nothing: a few looks at partial indexes."""
    _wake_timers()
    messages_wait()
    runs_are_ready()
    for code in System.objects.values_list("code", flat=True):
        if has_work(code):
            deliveries_wait(code)
    cache.set(SWEPT_AT, clock.machine_now().timestamp(), timeout=_SWEPT_KEPT_SECONDS)


def timers_due() -> QuerySet[Wait]:
    """Waits whose time is over and whose runs nobody has woken yet.

    Parked ones too, where they wait for a time of their own beside their case; all others have none.
    """
    return Wait.objects.filter(due_at__lte=clock.now(), run__state__in=_WAITING)


def _wake_timers() -> int:
    """Runs whose waiting time is over look again, and decide themselves what that means."""
    due = Run.objects.filter(pk__in=timers_due().values("run_id"), state__in=_WAITING)
    return due.update(state=RunState.READY, due_at=None)


def prepare_partitions() -> list[str]:
    return ensure_partitions()
