"""Whoever waits is called once what happened stands: a call is kept with it and answered after its commit.

A run looks at the records and then sleeps; what is committed in between must still wake it. So nothing is woken by the
transaction in which something happens, which sees neither a run that is looking just now nor a wait that is being
written. It leaves a call instead, and `answer_calls` holds the rows of all who may be concerned before it wakes those
that sleep: a look that is under way is over by then, and one that begins later sees what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from hub.core.events.encounter import EncounterMerged
from hub.records.services import Recorded
from orchestration.models import Call
from orchestration.queue import runs_are_ready

#: Calls answered together.
_BATCH = 200

_FOLLOW = """
INSERT INTO orchestration_wait (run_id, topic, key, due_at, since)
SELECT run_id, topic, kept, due_at, since
  FROM orchestration_wait JOIN unnest(%s::text[], %s::text[]) AS pair (gone, kept) ON key = gone
ON CONFLICT DO NOTHING RETURNING run_id
"""

_WAITING = """
SELECT DISTINCT held.run_id FROM orchestration_wait AS held
  JOIN unnest(%s::text[], %s::text[]) AS come (topic, key) USING (topic, key)
"""

# In the order of their ids, so that two workers never wait for one another in a circle.
_HOLD = """
SELECT run.id FROM orchestration_run AS run
 WHERE run.id = ANY(%s) AND run.state IN ('ready', 'sending', 'waiting', 'parked') ORDER BY run.id FOR NO KEY UPDATE
"""

# Statements of their own after the hold: they see how those that were looking have ended.
_WAKE_WAITING = """
UPDATE orchestration_run SET state = 'ready', due_at = NULL, attempts = 0
 WHERE id = ANY(%s) AND state IN ('waiting', 'parked')
"""
_WAKE_NAMED = """
UPDATE orchestration_run SET state = 'ready', due_at = NULL WHERE id = ANY(%s) AND state IN ('sending', 'waiting')
"""


def events_happened(recorded: Sequence[Recorded]) -> None:
    """Call the runs that wait for these events, also those parked because the wait took too long.

    What waits for news of an account that was merged into another waits for the other's from then on.
    """
    topics = sorted({pair for item in recorded for pair in _topics(item)})
    merged = {
        item.event.merged_account: item.event.account_number
        for item in recorded
        if isinstance(item.event, EncounterMerged) and item.event.merged_account
    }
    if topics:
        Call.objects.create(topics=topics, merged=sorted(merged.items()))
        runs_are_ready()


def deliveries_ended(run_ids: Iterable[UUID]) -> None:
    """Call the runs whose deliveries came to an end, also those that asked while they wait."""
    if runs := sorted(map(str, run_ids)):
        Call.objects.create(runs=runs)
        runs_are_ready()


def answer_calls() -> int:
    """Wake whom the oldest calls concern; returns how many calls were answered."""
    with transaction.atomic(), connection.cursor() as cursor:
        calls = list(Call.objects.select_for_update(skip_locked=True).order_by("id")[:_BATCH])
        if not calls:
            return 0
        named = [UUID(run) for call in calls for run in call.runs]
        named += _ids(cursor, _FOLLOW, _columns(pair for call in calls for pair in call.merged))
        waiting = _ids(cursor, _WAITING, _columns(pair for call in calls for pair in call.topics))
        if named or waiting:
            _ids(cursor, _HOLD, ([*named, *waiting],))
            cursor.execute(_WAKE_WAITING, [waiting])
            cursor.execute(_WAKE_NAMED, [named])
        Call.objects.filter(pk__in=[call.pk for call in calls]).delete()
    return len(calls)


def _topics(item: Recorded) -> set[tuple[str, str]]:
    """An event is found by its entity and by its patient account."""
    return {(item.row.type, key) for key in (item.event.entity_key, item.event.account_number) if key}


def _columns(pairs: Iterable[Sequence[str]]) -> tuple[list[str], list[str]]:
    chosen = sorted({(first, second) for first, second in pairs})
    return [first for first, _ in chosen], [second for _, second in chosen]


def _ids(cursor: CursorWrapper, statement: str, columns: Sequence[Any]) -> list[UUID]:
    """The ids that the statement finds; it is not asked where there is nothing to ask for."""
    if not columns[0]:
        return []
    cursor.execute(statement, columns)
    return [run_id for (run_id,) in cursor.fetchall()]
