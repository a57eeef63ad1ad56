"""Business days: Monday to Friday without the federal holidays of the United States (5 U.S.C. § 6103)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


def is_business_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def after_business_days(moment: datetime, count: int, zone: str) -> datetime:
    """The same time of day `count` business days later, by the calendar of `zone`, an IANA name."""
    local = moment.astimezone(ZoneInfo(zone))
    left = count
    while left > 0:
        local += timedelta(days=1)
        left -= is_business_day(local.date())
    return local.astimezone(moment.tzinfo)


def after_business_hours(moment: datetime, worked: timedelta, zone: str, opens: time, closes: time) -> datetime:
    """When `worked` (more than nothing) of business days that last from `opens` to `closes` in `zone` has passed."""
    place = ZoneInfo(zone)
    day, left = moment.astimezone(place).date(), worked
    while True:
        if is_business_day(day):
            # In UTC, since the day on which a clock is put forward has an hour less.
            begins = max(moment, datetime.combine(day, opens, place).astimezone(UTC))
            room = datetime.combine(day, closes, place).astimezone(UTC) - begins
            if room >= left:
                return (begins + left).astimezone(moment.tzinfo)
            left -= max(room, timedelta(0))
        day += timedelta(days=1)


@cache
def holidays(year: int) -> frozenset[date]:
    """The days on which a year's holidays are observed: Friday for one on a Saturday, Monday for one on a Sunday.

    New Year's Day of the year after is observed in this one where it falls on a Saturday.
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25), date(year + 1, 1, 1)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    moving = [
        _nth(year, 1, _MONDAY, 3),
        _nth(year, 2, _MONDAY, 3),
        _last_monday_of_may(year),
        _nth(year, 9, _MONDAY, 1),
        _nth(year, 10, _MONDAY, 2),
        _nth(year, 11, _THURSDAY, 4),
    ]
    return frozenset(day for day in (*map(_observed, fixed), *moving) if day.year == year)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last_monday_of_may(year: int) -> date:
    """The Monday before the first one of June."""
    return _nth(year, 6, _MONDAY, 1) - timedelta(days=7)


def _observed(day: date) -> date:
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)
