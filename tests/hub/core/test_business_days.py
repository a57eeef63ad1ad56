"""Business days: what the calendar of the federal holidays says, and days counted over it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hub.core.business_days import after_business_days, holidays, is_business_day


def test_the_holidays_of_a_year_are_those_that_the_government_observes() -> None:
    assert sorted(holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ]


def test_a_new_year_on_a_saturday_is_observed_in_the_old_one() -> None:
    assert date(2021, 12, 31) in holidays(2021)
    assert date(2022, 1, 1) not in holidays(2022)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-20T16:00:00", 1, "2026-11-23T16:00:00"),  # over a weekend
        ("2026-11-25T16:00:00", 2, "2026-11-30T16:00:00"),  # over Thanksgiving and a weekend
        ("2026-11-21T16:00:00", 0, "2026-11-21T16:00:00"),
        ("2026-10-30T16:00:00", 1, "2026-11-02T17:00:00"),  # the clock of Chicago went back meanwhile
    ],
)
def test_days_are_counted_over_weekends_and_holidays_at_the_same_time_of_day(start: str, count: int, end: str) -> None:
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)

    assert after_business_days(moment, count, "America/Chicago") == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_the_night_belongs_to_the_day_of_its_own_zone() -> None:
    friday_evening_in_chicago = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

    assert after_business_days(friday_evening_in_chicago, 1, "America/Chicago") == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert not is_business_day(date(2026, 11, 21))
