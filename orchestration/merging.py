"""What waits for news of an account that was merged into another: it hears of the other's from then on."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from hub.core.events.encounter import EncounterMerged
from hub.records.services import Recorded

_FOLLOW = """
WITH merged AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS pair (gone, kept)),
followed AS (
    INSERT INTO orchestration_wait (run_id, topic, key, due_at, since)
    SELECT run_id, topic, kept, due_at, since FROM orchestration_wait JOIN merged ON key = gone
    ON CONFLICT DO NOTHING RETURNING run_id
)
UPDATE orchestration_run SET state = 'ready', due_at = NULL, attempts = 0
 WHERE id IN (SELECT run_id FROM followed) AND state = 'waiting'
"""


def follow_accounts(recorded: Sequence[Recorded]) -> int:
    """Let runs that wait under an account that is gone wait under the one that stays as well, and look again now.

    Returns how many look again.
    """
    merged = {
        item.event.merged_account: item.event.account_number
        for item in recorded
        if isinstance(item.event, EncounterMerged) and item.event.merged_account
    }
    if not merged:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, [list(merged), list(merged.values())])
        return int(cursor.rowcount)
