"""Who is in at a moment: by the hours they keep, the holidays they do not work, and the days they are away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import QuerySet

from exceptions.teams.models import Absence, WorkWeek
from exceptions.teams.states import Presence
from hub.core.business_days import holidays

HOUSE_ZONE = "America/Chicago"


@dataclass(frozen=True, slots=True)
class Hours:
    """`shifts` are (weekday, starts, ends), Monday being 0; without any, at any time."""

    time_zone: str = HOUSE_ZONE
    on_holidays: bool = False
    shifts: tuple[tuple[int, time, time], ...] = ()

    def covers(self, moment: datetime) -> bool:
        if not self.shifts:
            return True
        local = moment.astimezone(ZoneInfo(self.time_zone))
        # Yesterday's, too: a shift may last over midnight.
        return any(self._covers_from(day, local) for day in (local.date(), local.date() - timedelta(days=1)))

    def _covers_from(self, day: date, local: datetime) -> bool:
        if not self.on_holidays and day in holidays(day.year):
            return False
        for weekday, starts, ends in self.shifts:
            if weekday != day.weekday():
                continue
            begin = datetime.combine(day, starts, local.tzinfo)
            end = datetime.combine(day if ends > starts else day + timedelta(days=1), ends, local.tzinfo)
            if begin <= local < end:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Away:
    """Days away, the last one included."""

    since: date
    until: date
    stand_in: int | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """Hours and absences of some people, by their ids. Who keeps no hours counts as in."""

    hours: Mapping[int, Hours] = field(default_factory=dict)
    away: Mapping[int, tuple[Away, ...]] = field(default_factory=dict)

    def absence(self, user_id: int, moment: datetime) -> Away | None:
        zone = ZoneInfo(self.hours.get(user_id, _ALWAYS).time_zone)
        today = moment.astimezone(zone).date()
        return next((away for away in self.away.get(user_id, ()) if away.since <= today <= away.until), None)

    def presence(self, user_id: int, moment: datetime) -> Presence:
        if self.absence(user_id, moment):
            return Presence.AWAY
        return Presence.IN if self.hours.get(user_id, _ALWAYS).covers(moment) else Presence.OFF

    def is_in(self, user_id: int, moment: datetime) -> bool:
        return self.presence(user_id, moment) is Presence.IN


_ALWAYS = Hours()


def rota(users: Iterable[User | int], moment: datetime) -> Rota:
    """The rota of `users` and of those who stand in for them around `moment`: four small queries."""
    ids = {user if isinstance(user, int) else user.pk for user in users}
    # A day wider than the clock says: people's days begin at different moments.
    near = Absence.objects.filter(
        since__lte=moment.date() + timedelta(days=1), until__gte=moment.date() - timedelta(days=1)
    )
    away = _absences(near, ids)
    covering = {one.stand_in for rows in away.values() for one in rows if one.stand_in} - ids
    if covering:
        away |= _absences(near, covering)
    weeks = WorkWeek.objects.filter(user_id__in=ids | covering).prefetch_related("shifts")
    hours = {
        week.user_id: Hours(
            week.time_zone,
            week.on_holidays,
            tuple((shift.weekday, shift.starts, shift.ends) for shift in week.shifts.all()),
        )
        for week in weeks
    }
    return Rota(hours, away)


def _absences(near: QuerySet[Absence], ids: set[int]) -> dict[int, tuple[Away, ...]]:
    found: dict[int, tuple[Away, ...]] = {}
    for row in near.filter(user_id__in=ids):
        found[row.user_id] = (*found.get(row.user_id, ()), Away(row.since, row.until, row.stand_in_id))
    return found
