"""When a case's clock runs out, by the calendar of its facility."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings

from exceptions.policy import facility_of, policy_for
from hub.core.business_days import after_business_days, after_business_hours
from hub.core.parking import Parked
from hub.masterdata.crosswalk import snapshot


@dataclass(frozen=True, slots=True)
class Level:
    """How many hours of a queue's working day, from `opens` to `closes` at the facility, a case of it may take."""

    hours: int
    opens: time
    closes: time


def due_at(item: Parked, opened: datetime, level: Level | None = None) -> datetime:
    """By the work itself (a legal limit, a cut-off), else by its queue's service level, else by house default."""
    if known := item.due_at or item.failure.due_at:
        return known
    zone = zone_of(facility_of(item))
    if level is not None:
        return after_business_hours(opened, timedelta(hours=level.hours), zone, level.opens, level.closes)
    rule = policy_for(item.failure)
    if rule.calendar_days or rule.due < timedelta(days=1):
        return opened + rule.due
    return after_business_days(opened, rule.due.days, zone)


def zone_of(facility: str) -> str:
    """The time zone of a facility; where most facilities are, for what concerns the whole group."""
    known = snapshot().facilities
    if facility in known:
        return known[facility].time_zone
    zones = Counter(info.time_zone for info in known.values())
    return zones.most_common(1)[0][0] if zones else settings.TIME_ZONE
