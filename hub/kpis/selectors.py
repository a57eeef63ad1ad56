"""Reads: the latest figures, their trend, the rows behind them, and how fresh their sources are.

Each within what the reader may see. A figure is read from its snapshot and so costs the same whatever the history;
where none was taken yet, or where the reader chose a period, it is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from hub.core import clock
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.kpis.definitions import BY_KPI, DEFINITIONS, Definition, Kpi
from hub.kpis.figures import Figure, Period, TrendPoint, combined
from hub.kpis.measures import Scope, measure
from hub.kpis.models import WHOLE_GROUP, Freshness, Snapshot

TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class Source:
    """How fresh a source system is at a facility."""

    system: str
    facility: str
    received_at: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """One KPI as a tile shows it: the number over all that the reader may see, its trend, what to doubt."""

    definition: Definition
    figure: Figure
    trend: list[TrendPoint]
    as_of: datetime
    stale: list[Source]


def headlines(who: Who) -> list[Headline]:
    """Every KPI, in its fixed order; empty for someone who may see none."""
    if not access.may(who, Permission.VIEW_KPIS):
        return []
    return [headline(who, definition.kpi) for definition in DEFINITIONS]


def headline(who: Who, kpi: Kpi) -> Headline:
    definition = BY_KPI[kpi]
    found, as_of = latest(who, kpi)
    return Headline(
        definition=definition,
        figure=_whole(definition, found, _scope(who)),
        trend=trend(who, kpi),
        as_of=as_of,
        stale=[source for source in freshness(who, kpi) if source.stale],
    )


def latest(who: Who, kpi: Kpi) -> tuple[list[Figure], datetime]:
    """The newest figures by facility and part, and when they were computed."""
    scope = _scope(who)
    today = Snapshot.objects.filter(kpi=kpi.value, day=clock.today())
    rows = list(_in_scope(scope, today))
    if rows:
        return [_of(row) for row in rows], rows[0].computed_at
    # Facilities without anything to measure have no row; the group always has one where the snapshot was taken.
    taken = today.filter(facility=WHOLE_GROUP, part="").values_list("computed_at", flat=True).first()
    if taken is not None:
        return [], taken
    return measure(kpi, Period.last(), scope), clock.now()


def over(who: Who, kpi: Kpi, period: Period) -> list[Figure]:
    """The figures of a period that the reader chose, measured now."""
    return measure(kpi, period, _scope(who))


def trend(who: Who, kpi: Kpi, facility: str = "", days: int = TREND_DAYS) -> list[TrendPoint]:
    """One point a day, oldest first, of one facility or of all that the reader may see."""
    scope = _scope(who)
    since = clock.today() - timedelta(days=days)
    rows = _in_scope(scope, Snapshot.objects.filter(kpi=kpi.value, part="", day__gt=since))
    if facility:
        rows = rows.filter(facility=facility)
    by_day: dict[object, list[Snapshot]] = {}
    for row in rows.order_by("day"):
        by_day.setdefault(row.day, []).append(row)
    definition = BY_KPI[kpi]
    return [
        TrendPoint(group[0].day, _whole(definition, [_of(row) for row in group], scope)) for group in by_day.values()
    ]


def freshness(who: Who, kpi: Kpi) -> list[Source]:
    """The sources of a KPI at the reader's facilities, the longest silent first."""
    definition = BY_KPI[kpi]
    rows = access.scoped(Freshness.objects.filter(system__in=definition.sources), who, Permission.VIEW_KPIS)
    limit = clock.now() - definition.stale_after
    return [
        Source(row.system, row.facility, row.received_at, stale=row.received_at < limit)
        for row in rows.order_by("received_at")
    ]


def _scope(who: Who) -> Scope:
    return access.facilities(who, Permission.VIEW_KPIS)


def _in_scope(scope: Scope, rows: QuerySet[Snapshot]) -> QuerySet[Snapshot]:
    rows = rows.order_by("facility", "part")
    return rows if scope is None else rows.filter(facility__in=scope)


def _of(row: Snapshot) -> Figure:
    return Figure(
        facility=row.facility, part=row.part, count=row.count, value=row.value, tail=row.tail, newest=row.newest
    )


def _whole(definition: Definition, figures: list[Figure], scope: Scope) -> Figure:
    """The row of the whole where it was measured for exactly this reader, else the facilities' rows combined."""
    whole = [figure for figure in figures if not figure.part]
    exact = next((figure for figure in whole if figure.facility == WHOLE_GROUP), None)
    if exact is not None:
        return exact
    return combined(definition, whole or figures)
