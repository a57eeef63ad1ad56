"""The only sender of tasks in `exceptions`; tasks are named, never imported."""

from __future__ import annotations

from django.db import transaction

from hub.core.wake import wake

RELEASE_CASES = "exceptions.tasks.release_cases"
SETTLE_CASES = "exceptions.tasks.settle_cases"
ASSIGN_CASES = "exceptions.tasks.assign_cases"
SEND_ALERTS = "exceptions.tasks.send_alerts"
CARRY_OUT_DEEDS = "exceptions.tasks.carry_out_deeds"
WORK_REPLAYS = "exceptions.tasks.work_replays"


def cases_release() -> None:
    """Some cases are to let go of what they hold, once the current transaction commits."""
    transaction.on_commit(lambda: wake(RELEASE_CASES, queue="maintenance"))


def cases_move() -> None:
    """What some cases held may be done, once the current transaction commits."""
    transaction.on_commit(lambda: wake(SETTLE_CASES, queue="maintenance"))


def cases_seek_owners() -> None:
    """Some cases are to find their owners, once the current transaction commits."""
    transaction.on_commit(lambda: wake(ASSIGN_CASES, queue="maintenance"))


def alerts_leave() -> None:
    """Some alerts are to be sent, once the current transaction commits."""
    transaction.on_commit(lambda: wake(SEND_ALERTS, queue="maintenance"))


def deeds_wait() -> None:
    """People did something to very many cases, once the current transaction commits."""
    transaction.on_commit(lambda: wake(CARRY_OUT_DEEDS, queue="maintenance"))


def replays_wait() -> None:
    """Some replays have something to do, once the current transaction commits."""
    transaction.on_commit(lambda: wake(WORK_REPLAYS, queue="maintenance"))
