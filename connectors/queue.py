"""The only sender of tasks in `connectors`; tasks are named, never imported."""

from __future__ import annotations

from django.db import transaction

from hub.core.wake import Gathered, wake

PROCESS_MESSAGES = "orchestration.tasks.process_messages"
DELIVER = "orchestration.tasks.deliver"


_arrivals = Gathered(PROCESS_MESSAGES, queue="inbound")


def messages_arrived() -> None:
    """Some messages are there to be processed, once the current transaction commits."""
    transaction.on_commit(_arrivals.wake)


def deliveries_wait(system: str) -> None:
    """Some deliveries wait in this system's lane, once the current transaction commits."""
    transaction.on_commit(lambda: wake(DELIVER, system, queue="delivery"))
