"""Silence of a feed: told against its own rhythm, and never because the hub or its clock was elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connectors import seed
from connectors.models import Feed, Message
from exceptions import rhythm, settling
from exceptions.models import Case
from exceptions.states import CaseState
from hub.core import clock
from orchestration.models import FeedHour, FeedPulse

pytestmark = pytest.mark.django_db

#: A Monday.
START = datetime(2026, 3, 2, tzinfo=UTC)
LOOKS = timedelta(minutes=5)


class Weeks:
    """Both clocks go on by five minutes a look; `speaks` says at which hours of the week a message comes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.machine = self.business = START
        monkeypatch.setattr(clock, "machine_now", lambda: self.machine)
        monkeypatch.setattr(clock, "now", lambda: self.business)
        self.speaking = False
        monkeypatch.setattr(rhythm, "_spoke", lambda feed, since: self.speaking)

    def start(self, day: int, hour: int) -> None:
        self.machine = self.business = START + timedelta(days=day, hours=hour)

    def go(self, hours: float, speaks: Callable[[datetime], bool]) -> None:
        for _ in range(round(hours * 12)):
            self.speaking = speaks(self.business)
            rhythm.listen()
            self.machine += LOOKS
            self.business += LOOKS


def by_day(moment: datetime) -> bool:
    """Weekdays from eight to six, at half past."""
    return moment.weekday() < 5 and 8 <= moment.hour < 18 and moment.minute == 30


def never(moment: datetime) -> bool:
    return False


@pytest.fixture
def weeks(monkeypatch: pytest.MonkeyPatch) -> Weeks:
    seed.seed()
    Feed.objects.exclude(code="siu").update(state="paused")
    return Weeks(monkeypatch)


def learned(count: int = 8) -> None:
    """What so many weeks of `by_day` teach."""
    FeedHour.objects.bulk_create(
        FeedHour(feed="siu", hour=hour, watched=count, heard=count if hour // 24 < 5 and 8 <= hour % 24 < 18 else 0)
        for hour in range(168)
    )


def cases() -> list[str]:
    return list(Case.objects.filter(state=CaseState.OPEN).values_list("code", flat=True))


def test_a_feed_that_is_silent_in_its_busy_hours_has_one_case_until_it_speaks_again(weeks: Weeks) -> None:
    learned()
    weeks.start(day=1, hour=9)
    weeks.go(3, never)
    assert cases() == [], "three hours may be chance"

    weeks.go(2, never)
    assert cases() == ["feed-silent"]
    case = Case.objects.get()
    assert (case.queue, case.system, case.subject["feed"]) == ("integration", "hospital-scheduling", "siu")

    weeks.go(2, never)
    assert cases() == ["feed-silent"]
    assert FeedHour.objects.get(hour=24 + 15).watched == 8, "a fault is no rhythm"

    weeks.go(0.1, lambda moment: True)
    settling.settle()
    assert Case.objects.get().state == CaseState.RESOLVED


def test_nights_and_weekends_are_no_silence(weeks: Weeks) -> None:
    learned()
    weeks.start(day=4, hour=17)
    weeks.go(1, by_day)

    weeks.go(8, never)  # from Friday evening into Saturday

    assert cases() == []
    assert FeedPulse.objects.get().silence == 0


def test_a_rhythm_is_learned_from_what_was_watched(weeks: Weeks) -> None:
    weeks.start(day=0, hour=7)
    weeks.go(2.5, by_day)
    weeks.machine += timedelta(hours=1)
    weeks.business += timedelta(hours=1)
    weeks.go(1.6, by_day)

    known = {row.hour: (row.watched, row.heard) for row in FeedHour.objects.all()}
    assert known == {7: (1, 0), 8: (1, 1), 11: (1, 1)}


def test_a_business_clock_that_jumps_makes_no_feed_silent(weeks: Weeks) -> None:
    learned()
    weeks.start(day=1, hour=9)
    for _ in range(9):
        weeks.business += timedelta(days=3)
        weeks.go(0.25, never)

    assert cases() == []


def test_hours_in_which_the_hub_was_down_make_no_feed_silent(weeks: Weeks) -> None:
    learned()
    weeks.start(day=1, hour=8)
    for _ in range(9):
        weeks.machine += timedelta(hours=1)
        weeks.business += timedelta(hours=1)
        weeks.go(0.1, never)

    assert cases() == []


def test_a_feed_that_is_new_has_no_rhythm_to_break(weeks: Weeks) -> None:
    weeks.start(day=1, hour=8)
    weeks.go(2, by_day)
    weeks.go(5, never)

    assert cases() == []


def test_what_was_refused_is_no_sign_of_life_and_what_was_taken_is() -> None:
    seed.seed()
    feed = Feed.objects.get(code="siu")
    since = clock.machine_now() - timedelta(minutes=1)
    Message.objects.create(feed_id=feed.pk, feed_code="siu", size=1, state="rejected")
    Message.objects.create(feed_id=feed.pk, feed_code="ehr", size=1)
    assert not rhythm._spoke(feed, since)

    Message.objects.create(feed_id=feed.pk, feed_code="siu", size=1, state="duplicate")

    assert rhythm._spoke(feed, since)
