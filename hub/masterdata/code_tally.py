"""Counting the codes that messages bring: in memory while a batch is understood, appended with it, folded by beat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from hub.core.clock import today
from hub.core.prepared import hot_cursor
from hub.masterdata.code_models import CodeDay
from hub.masterdata.models import RuleUse
from hub.masterdata.snapshot import Span

#: How long counts are kept, so that last year's season can be compared. House default.
KEPT = timedelta(days=400)

_APPEND = """
INSERT INTO masterdata_codesighting (day, domain, system, facility, local_code, count)
SELECT %s::date, * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
"""
# In the order of the unique key, so that two folds at once wait for one another and do not cross.
_FOLD = """
WITH gone AS (
    DELETE FROM masterdata_codesighting
     WHERE id IN (SELECT id FROM masterdata_codesighting ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING day, domain, system, facility, local_code, count
), summed AS (
    INSERT INTO masterdata_codeday AS standing (day, domain, system, facility, local_code, count)
    SELECT day, domain, system, facility, local_code, sum(count) FROM gone
     GROUP BY 1, 2, 3, 4, 5 ORDER BY domain, system, local_code, facility, day
        ON CONFLICT (domain, system, local_code, facility, day) DO UPDATE SET count = standing.count + EXCLUDED.count
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM summed)
"""
_AT_ONCE = 50_000
_LONGEST = 80


class Sightings:
    """The codes of one batch of messages."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self._ruled: dict[tuple[UUID, int, str], str] = {}

    def add(self, domain: str, system: str, facility: str, local_code: str) -> None:
        self._counts[domain, system, facility, local_code] += 1

    def merge(self, other: Sightings) -> None:
        self._counts.update(other._counts)

    def resolved_by_rule(self, message_id: UUID, codes: Iterable[tuple[str, Span]]) -> None:
        """Keep of a message which of its local codes only a rule resolved: it is said wherever the message is shown."""
        for local_code, span in codes:
            self._ruled[message_id, span.mapping, local_code] = str(span.value)

    def write(self) -> None:
        """Append the counts, in the transaction that records what they were counted in: one statement.

        One more where rules resolved something.
        """
        RuleUse.objects.bulk_create(
            RuleUse(message_id=message, mapping_id=mapping, local_code=local, canonical_code=code)
            for (message, mapping, local), code in self._ruled.items()
        )
        self._ruled.clear()
        # What no mapping can hold is the case's business, not the tally's.
        rows = [
            (*key, count) for key, count in self._counts.items() if len(key[3]) <= _LONGEST and key[3].isprintable()
        ]
        self._counts.clear()
        if not rows:
            return
        with hot_cursor() as cursor:
            cursor.run(_APPEND, [today(), *(list(column) for column in zip(*rows, strict=True))])


def fold() -> int:
    """Add the appended counts to those of their day; returns how many rows went. Readers see either."""
    folded = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FOLD, [_AT_ONCE])
            row = cursor.fetchone()
        folded += row[0] if row else 0
        if not row or row[0] < _AT_ONCE:
            return folded


def forget_old() -> int:
    """Let go of counts that nobody compares with any more."""
    return CodeDay.objects.filter(day__lt=today() - KEPT).delete()[0]
