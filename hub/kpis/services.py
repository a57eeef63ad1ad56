"""Keeping the KPIs: today's snapshots and the freshness of their sources, by a beat task."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from hub.core import clock
from hub.kpis.definitions import DEFINITIONS, Definition
from hub.kpis.figures import Period
from hub.kpis.measures import measure
from hub.kpis.models import Freshness, Snapshot

#: Events are looked at once more for this long: one may be committed after a newer one was seen.
_OVERLAP = timedelta(minutes=10)

_FRESHEN = """
INSERT INTO kpis_freshness AS known (system, facility, received_at, occurred_at, newest_event)
SELECT system, facility, max(received_at), max(occurred_at), max(id::text)::uuid
  FROM records_event WHERE id > %s GROUP BY system, facility
ON CONFLICT (system, facility) DO UPDATE SET
       received_at = GREATEST(known.received_at, excluded.received_at),
       occurred_at = GREATEST(known.occurred_at, excluded.occurred_at),
       newest_event = GREATEST(known.newest_event, excluded.newest_event)
"""


def refresh() -> None:
    """Bring freshness and today's snapshot of every KPI up to date."""
    freshen()
    for definition in DEFINITIONS:
        take_snapshot(definition)


@transaction.atomic
def take_snapshot(definition: Definition) -> None:
    """Replace today's rows of one KPI: what is zero by now has no row any more."""
    day, moment = clock.today(), clock.now()
    rows = [
        Snapshot(
            kpi=definition.kpi.value,
            version=definition.version,
            day=day,
            facility=figure.facility,
            part=figure.part,
            count=figure.count,
            value=figure.value,
            tail=figure.tail,
            newest=figure.newest,
            computed_at=moment,
        )
        for figure in measure(definition.kpi, Period.last())
    ]
    # Two beats at once would both insert: the second waits here and replaces what the first left.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"kpis:{definition.kpi}"])
    Snapshot.objects.filter(kpi=definition.kpi.value, day=day).delete()
    Snapshot.objects.bulk_create(rows)


@transaction.atomic
def freshen() -> None:
    """Take in the events since the last look; never the whole history again."""
    newest = Freshness.objects.order_by("-newest_event").values_list("newest_event", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(_FRESHEN, [_shortly_before(newest) if newest else UUID(int=0)])


def _shortly_before(event_id: UUID) -> UUID:
    """The id that an event of `_OVERLAP` earlier would have."""
    milliseconds = int(_OVERLAP.total_seconds() * 1000)
    return UUID(int=event_id.int - (milliseconds << 80))
