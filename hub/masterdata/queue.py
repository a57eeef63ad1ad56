"""The only sender of tasks in `masterdata`; tasks are named, never imported."""

from __future__ import annotations

from django.db import transaction

from hub.core.wake import wake

RELEASE_CASES = "exceptions.tasks.release_cases"


def codes_known() -> None:
    """Codes that work may be waiting for are known, once the current transaction commits."""
    transaction.on_commit(lambda: wake(RELEASE_CASES, queue="maintenance"))
