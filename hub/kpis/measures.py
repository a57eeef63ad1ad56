"""Computing the KPIs: one grouped statement each, by facility and, in the row `*`, for all that were asked for.

PostgreSQL computes; money stays numeric throughout, and every number is rounded once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import connection

from hub.core import clock
from hub.kpis.definitions import Kpi
from hub.kpis.figures import Figure, Period
from hub.kpis.models import WHOLE_GROUP

#: Facilities, or None for all.
Scope = frozenset[str] | None

#: The grace of a facility that the reference data does not know. House default.
GRACE_DAYS = 3
#: Changes that sync lag looks at, newest first, for each target.
SYNC_CHANGES = 5_000
#: Workflows that hold things back on purpose: their deliveries say nothing about how fast systems are in step.
WAITING_WORKFLOWS = ("W3", "W3C", "W3Q", "W3S")

_UNBILLED = """
SELECT CASE WHEN grouping(facility) = 1 THEN %(group)s ELSE facility END, '', count(*),
       COALESCE(sum(expected_amount), 0), NULL, NULL FROM (
    SELECT a.facility, a.expected_amount
      FROM records_appointment AS a LEFT JOIN masterdata_facility AS place ON place.code = a.facility
     WHERE a.status = 'completed' AND (%(everywhere)s OR a.facility = ANY(%(facilities)s))
       AND a.completed_at <= %(now)s - make_interval(days => COALESCE(place.charge_grace_days, %(grace)s))
       AND NOT EXISTS (SELECT 1 FROM records_charge AS c WHERE c.journey_id = a.journey_id AND c.status <> 'voided')
) AS unbilled GROUP BY GROUPING SETS ((facility), ())
"""

_UNMATCHED = """
SELECT CASE WHEN grouping(facility) = 1 THEN %(group)s ELSE facility END,
       CASE WHEN grouping(age) = 1 THEN '' ELSE age END, count(*), COALESCE(sum(amount), 0), NULL, NULL
  FROM (
    SELECT facility, amount, CASE WHEN days <= 1 THEN '≤1 d' WHEN days <= 3 THEN '2–3 d'
                                  WHEN days <= 7 THEN '4–7 d' ELSE '>7 d' END AS age
      FROM (
        SELECT p.facility, p.amount,
               floor(EXTRACT(EPOCH FROM %(now)s - COALESCE(p.settled_at, p.occurred_at)) / 86400) AS days
          FROM records_payment AS p WHERE NOT p.matched AND p.status = 'settled'
        UNION ALL
        SELECT cp.facility, cp.paid, floor(EXTRACT(EPOCH FROM %(now)s - r.received_at) / 86400)
          FROM records_claimpayment AS cp JOIN records_remittance AS r ON r.id = cp.remittance_id
         WHERE cp.claim_id IS NULL AND cp.paid <> 0
      ) AS money WHERE (%(everywhere)s OR facility = ANY(%(facilities)s))
  ) AS aged GROUP BY GROUPING SETS ((facility, age), (facility), (age), ())
"""

_CHARGE_LAG = """
SELECT CASE WHEN grouping(facility) = 1 THEN %(group)s ELSE facility END, '', count(*),
       avg(days), percentile_cont(0.9) WITHIN GROUP (ORDER BY days), NULL FROM (
    SELECT c.facility,
           (c.captured_at AT TIME ZONE COALESCE(place.time_zone, 'UTC'))::date - c.service_date AS days
      FROM records_charge AS c LEFT JOIN masterdata_facility AS place ON place.code = c.facility
     WHERE c.status <> 'voided' AND c.captured_at >= %(start)s AND c.captured_at < %(end)s
       AND (%(everywhere)s OR c.facility = ANY(%(facilities)s))
) AS lags GROUP BY GROUPING SETS ((facility), ())
"""

_POSTING_LAG = """
SELECT CASE WHEN grouping(facility) = 1 THEN %(group)s ELSE facility END, '', count(*),
       avg(hours), percentile_cont(0.9) WITHIN GROUP (ORDER BY hours), NULL FROM (
    SELECT p.facility, EXTRACT(EPOCH FROM p.posted_at - COALESCE(p.settled_at, p.occurred_at)) / 3600 AS hours
      FROM records_payment AS p WHERE p.posted_at >= %(start)s AND p.posted_at < %(end)s
    UNION ALL
    SELECT cp.facility, EXTRACT(EPOCH FROM cp.posted_at - r.received_at) / 3600
      FROM records_claimpayment AS cp JOIN records_remittance AS r ON r.id = cp.remittance_id
     WHERE cp.posted_at >= %(start)s AND cp.posted_at < %(end)s
) AS lags WHERE (%(everywhere)s OR facility = ANY(%(facilities)s)) GROUP BY GROUPING SETS ((facility), ())
"""

_SYNC_LAG = """
SELECT CASE WHEN grouping(facility) = 1 THEN %(group)s ELSE facility END,
       CASE WHEN grouping(interface) = 1 THEN '' ELSE interface END, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes), percentile_cont(0.95) WITHIN GROUP (ORDER BY minutes),
       max(occurred_at)
  FROM (
    SELECT e.facility, e.system || '→' || d.system AS interface, e.occurred_at,
           EXTRACT(EPOCH FROM d.finished_at - e.occurred_at) / 60 AS minutes
      FROM connectors_system AS target
     CROSS JOIN LATERAL (
           SELECT system, run_id, finished_at FROM connectors_delivery
            WHERE system = target.code AND state = 'confirmed' ORDER BY id DESC LIMIT %(changes)s
           ) AS d
      JOIN orchestration_run AS r ON r.id = d.run_id AND r.workflow <> ALL(%(waiting)s)
      JOIN records_event AS e ON e.id = r.event_id
     WHERE (%(everywhere)s OR e.facility = ANY(%(facilities)s))
  ) AS changes GROUP BY GROUPING SETS ((facility, interface), (facility), (interface), ())
"""

_STATEMENTS: Mapping[Kpi, str] = {
    Kpi.UNBILLED: _UNBILLED,
    Kpi.UNMATCHED: _UNMATCHED,
    Kpi.CHARGE_LAG: _CHARGE_LAG,
    Kpi.POSTING_LAG: _POSTING_LAG,
    Kpi.SYNC_LAG: _SYNC_LAG,
}


def measure(kpi: Kpi, period: Period, scope: Scope = None) -> list[Figure]:
    """The figures of one KPI as things stand: by facility, by part where it has parts, and the whole.

    `period` counts for lags of charges and payments; what is unbilled or unmatched is so now.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENTS[kpi],
            {
                "now": clock.now(),
                "group": WHOLE_GROUP,
                "grace": GRACE_DAYS,
                "changes": SYNC_CHANGES,
                "start": period.start,
                "end": period.end,
                "everywhere": scope is None,
                "facilities": sorted(scope or ()),
                "waiting": list(WAITING_WORKFLOWS),
            },
        )
        return [_figure(*row) for row in cursor.fetchall()]


def _figure(facility: str, part: str, count: int, value: Any, tail: Any, newest: Any) -> Figure:
    return Figure(facility=facility, part=part, count=count, value=_rounded(value), tail=_rounded(tail), newest=newest)


def _rounded(number: Any) -> Decimal | None:
    """To two places. percentile_cont() answers in double precision: its digits are kept by way of text."""
    return None if number is None else Decimal(str(number)).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
