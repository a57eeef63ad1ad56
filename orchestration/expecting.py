"""What must follow an event, and until when: kept as one row while it is open, gone with what was expected.

`recording.record` tells here of every event, so keeping it costs two statements a batch, whatever its size, and the
table is as large as what is open. What did not come in time is found by `exceptions.expectations`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection

from hub.core import clock
from hub.core.bulk import insert_rows
from hub.core.business_days import after_business_days
from hub.core.errors import Failure
from hub.core.ids import uuid7
from hub.core.prepared import hot_cursor
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Event as EventRow
from hub.records.services import Recorded
from orchestration.models import Expectation

#: The rule of feeds, whose rhythm is learned and not declared, and the code of the failure that one is silent.
FEED, FEED_SILENT = "feed", "feed-silent"
#: An event that itself comes late gets this much time for what follows on its heels.
PATIENCE = timedelta(hours=1)
#: Payers count their days by the calendar of the East, as CAQH CORE counts its hours.
_PAYERS_ZONE = "America/New_York"


class Calendar(StrEnum):
    """Whose business days count."""

    FACILITY = "facility"
    PAYER = "payer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A limit: hours and calendar days, or business days by a calendar."""

    hours: int = 0
    days: int = 0
    business_days: int = 0
    calendar: Calendar = Calendar.FACILITY

    def after(self, moment: datetime, facility: str) -> datetime:
        end = moment + timedelta(hours=self.hours, days=self.days)
        if self.business_days == 0:
            return end
        zone = _PAYERS_ZONE if self.calendar is Calendar.PAYER else _zone(facility)
        return after_business_days(end, self.business_days, zone)


class Join(StrEnum):
    """What an event and what is expected after it have in common."""

    ENTITY = "entity"
    JOURNEY = "journey"


class Stake(StrEnum):
    """Which dollars hang on it."""

    VISIT = "visit"  # what the visit is expected to bring
    CHARGES = "charges"
    CLAIM = "claim"


def _always(row: EventRow) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """After an event of `when`, one of `then` within `within`; one of `moot` means that it need not come any more.

    `absent` is the code of the failure that it does not come; `what` names it in words. `applies` and `counts` look at
    the event as it is recorded: whether it asks for anything, and whether it is the one. `earlier` says that it may
    have come before.
    """

    code: str
    absent: str
    what: str
    when: frozenset[str]
    then: frozenset[str]
    within: Callable[[EventRow], Within]
    join: Join
    stake: Stake
    moot: frozenset[str] = frozenset()
    applies: Callable[[EventRow], bool] = _always
    counts: Callable[[EventRow], bool] = _always
    earlier: bool = False

    def key(self, row: EventRow) -> str:
        return str(row.journey_id) if self.join is Join.JOURNEY else row.entity_key

    def opens(self, row: EventRow) -> bool:
        return row.applied and row.type in self.when and self.applies(row)

    def closes(self, row: EventRow) -> bool:
        return row.type in self.moot or (row.type in self.then and self.counts(row))

    def due(self, row: EventRow) -> datetime:
        return max(self.within(row).after(row.occurred_at, row.facility), clock.now() + PATIENCE)


class Expectations:
    """All that is declared, by the types of events that it is about."""

    def __init__(self, declared: Sequence[Expected]) -> None:
        self.by_code: Mapping[str, Expected] = {item.code: item for item in declared}
        self._by_type: dict[str, list[Expected]] = {}
        for item in declared:
            for name in item.when | item.then | item.moot:
                self._by_type.setdefault(name, []).append(item)

    def about(self, event_type: str) -> Sequence[Expected]:
        return self._by_type.get(event_type, ())


# Two partial indexes' worth of work: rows that nobody missed yet are gone, those with a case say that it came.
_CLOSE = """
WITH held AS MATERIALIZED (
    SELECT standing.id, standing.breached_at
      FROM orchestration_expectation AS standing
      JOIN unnest(%s::text[], %s::text[]) AS come (rule, key) USING (rule, key)
     WHERE standing.met_at IS NULL ORDER BY standing.rule, standing.key FOR UPDATE OF standing
), late AS (
    UPDATE orchestration_expectation AS standing SET met_at = %s::timestamptz
      FROM held WHERE standing.id = held.id AND held.breached_at IS NOT NULL
)
DELETE FROM orchestration_expectation AS standing USING held
 WHERE standing.id = held.id AND held.breached_at IS NULL
"""
_OPEN = """
INSERT INTO orchestration_expectation AS standing (id, rule, key, journey_id, facility, event_id, since, due_at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[],
                     %s::timestamptz[])
    ON CONFLICT (rule, key) WHERE met_at IS NULL
    DO UPDATE SET since = excluded.since, due_at = excluded.due_at, event_id = excluded.event_id
 WHERE standing.breached_at IS NULL AND excluded.since > standing.since
"""


def keep(declared: Expectations, recorded: Sequence[Recorded]) -> None:
    """Open what these events ask for and close what they bring, inside the caller's transaction."""
    opened: dict[tuple[str, str], EventRow] = {}
    closed: set[tuple[str, str]] = set()
    for row in (item.row for item in recorded):
        for item in declared.about(row.type):
            pair = (item.code, item.key(row))
            if item.closes(row):
                closed.add(pair)
                opened.pop(pair, None)
            elif item.opens(row) and not (item.earlier and pair in closed):
                opened[pair] = row
    if closed:
        _close(sorted(closed))
    if opened:
        _open(declared, dict(sorted(opened.items())))


def _close(pairs: Sequence[tuple[str, str]]) -> None:
    with hot_cursor() as cursor:
        cursor.run(_CLOSE, [[rule for rule, _ in pairs], [key for _, key in pairs], clock.now()])


def _open(declared: Expectations, rows: Mapping[tuple[str, str], EventRow]) -> None:
    columns: list[list[Any]] = [[], [], [], [], [], [], [], []]
    for (rule, key), row in rows.items():
        due = declared.by_code[rule].due(row)
        values = (uuid7(), rule, key, row.journey_id, row.facility, row.id, row.occurred_at, due)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    with hot_cursor() as cursor:
        cursor.run(_OPEN, columns)


def follow_merge(gone: UUID, kept: UUID) -> None:
    """Two journeys are one: what is expected of either is expected of it, once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM orchestration_expectation AS standing USING orchestration_expectation AS other"
            " WHERE standing.key = %s AND other.key = %s AND other.rule = standing.rule"
            "   AND standing.met_at IS NULL AND other.met_at IS NULL AND standing.breached_at IS NULL",
            [str(gone), str(kept)],
        )
    Expectation.objects.filter(key=str(gone)).update(key=str(kept))
    Expectation.objects.filter(journey_id=gone).update(journey_id=kept)


def keep_silence(feed: str, facility: str, since: datetime) -> Expectation:
    """A feed that says nothing: due at once, until it speaks again."""
    moment = clock.now()
    row = Expectation(
        id=uuid7(), rule=FEED, key=feed, facility=facility, since=since, due_at=moment, breached_at=moment
    )
    insert_rows([row], keep_first=True)
    return row


def end_silence(feed: str) -> None:
    Expectation.objects.filter(rule=FEED, key=feed, met_at=None).update(met_at=clock.now())


def _zone(facility: str) -> str:
    try:
        return snapshot().facility(facility).time_zone
    except Failure:
        return "UTC"
