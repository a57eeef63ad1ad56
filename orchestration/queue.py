"""The only sender of tasks in `orchestration`; tasks are named, never imported."""

from __future__ import annotations

from django.db import transaction

from hub.core.wake import wake

ADVANCE_RUNS = "orchestration.tasks.advance_runs"
PROCESS_MESSAGES = "orchestration.tasks.process_messages"
DELIVER = "orchestration.tasks.deliver"


def runs_are_ready() -> None:
    """Some runs can go on, once the current transaction commits."""
    transaction.on_commit(lambda: wake(ADVANCE_RUNS, queue="engine"))


def messages_wait() -> None:
    """Some messages are to be processed, once the current transaction commits."""
    transaction.on_commit(lambda: wake(PROCESS_MESSAGES, queue="inbound"))


def deliveries_wait(system: str) -> None:
    """Some deliveries of this system can be taken up, once the current transaction commits."""
    transaction.on_commit(lambda: wake(DELIVER, system, queue="delivery"))
