"""Feeds that fall silent: each against its own rhythm, learned hour by hour of the week.

Only time in which the hub was there and the clock went at its own pace is watched: neither an hour in which the hub
was down nor days that the business clock skipped can make a feed look silent, or teach it a rhythm.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from connectors.models import Feed, Message
from connectors.states import FeedState, MessageState
from hub.core import clock
from hub.core.errors import DataFault, Failure
from hub.core.ids import uuid7_floor
from hub.core.parking import Held, Parked, park
from hub.masterdata.crosswalk import snapshot
from orchestration.expecting import FEED, FEED_SILENT, end_silence, keep_silence
from orchestration.models import Expectation, FeedHour, FeedPulse

#: A look that comes later than this leaves a gap in which nobody watched.
_LONGEST_GAP = timedelta(minutes=5)
#: By how much the two clocks may differ between two looks before one of them has travelled.
_TRAVELLED = timedelta(seconds=10)
#: An hour counts when it was watched for most of it.
_WATCHED_SECONDS = 50 * 60
#: One in a thousand: a silence that the feed's own rhythm would bring so rarely is none of its own.
_SILENT = math.log(1000)
#: After half a year of one hour of the week, its past counts half.
_REMEMBERED = 26


def listen() -> None:
    """Look at every feed once: learn its rhythm, and open or end the case of its silence. Called every minute."""
    for feed in Feed.objects.filter(state=FeedState.ACTIVE).select_related("system"):
        _listen(feed)


@transaction.atomic
def _listen(feed: Feed) -> None:
    moment, machine = clock.now(), clock.machine_now()
    hour = _hour_of_week(moment, feed.facility)
    pulse = FeedPulse.objects.select_for_update().filter(pk=feed.code).first()
    if pulse is None:
        FeedPulse.objects.create(feed=feed.code, hour=hour, ticked_at=moment, machine_at=machine)
        return
    heard = _spoke(feed, pulse.machine_at)
    watched = _was_watched(pulse, moment, machine)
    if not watched:
        pulse.watched_seconds, pulse.heard = 0, False
    else:
        pulse.watched_seconds += round((machine - pulse.machine_at).total_seconds())
    if heard:
        pulse.heard, pulse.silence, pulse.silent_since = True, 0.0, None
        end_silence(feed.code)
    if hour != pulse.hour:
        _close_hour(pulse)
        pulse.hour, pulse.watched_seconds, pulse.heard = hour, 0, False
    pulse.ticked_at, pulse.machine_at = moment, machine
    pulse.save()
    if pulse.silence >= _SILENT:
        _report(feed, pulse)


def _spoke(feed: Feed, since: datetime) -> bool:
    """Whether something came that the feed takes; ids carry the machine's time."""
    rows = Message.objects.filter(feed_code=feed.code, id__gte=uuid7_floor(since))
    return rows.exclude(state=MessageState.REJECTED).exists()


def _was_watched(pulse: FeedPulse, moment: datetime, machine: datetime) -> bool:
    passed = machine - pulse.machine_at
    return timedelta(0) <= passed <= _LONGEST_GAP and abs(moment - pulse.ticked_at - passed) <= _TRAVELLED


def _close_hour(pulse: FeedPulse) -> None:
    """Weigh the hour that is over, if it was watched, and learn from it unless the feed is reported silent."""
    if pulse.watched_seconds < _WATCHED_SECONDS:
        return
    known, _ = FeedHour.objects.select_for_update().get_or_create(feed=pulse.feed, hour=pulse.hour)
    if not pulse.heard:
        pulse.silence += -math.log(1 - known.heard / (known.watched + 1))
        pulse.silent_since = pulse.silent_since or pulse.ticked_at
    if pulse.silence >= _SILENT:
        return
    if known.watched >= _REMEMBERED:
        known.watched, known.heard = known.watched // 2, known.heard // 2
    known.watched, known.heard = known.watched + 1, known.heard + pulse.heard
    known.save(update_fields=["watched", "heard"])


def _report(feed: Feed, pulse: FeedPulse) -> None:
    """One case per feed, until it speaks again."""
    if Expectation.objects.filter(rule=FEED, key=feed.code, met_at=None).exists():
        return
    row = keep_silence(feed.code, feed.facility, pulse.silent_since or pulse.ticked_at)
    silent = DataFault(
        FEED_SILENT,
        f"{feed.name} says nothing in hours in which it always does.",
        cause=(feed.code,),
        hint="Ask the system's people whether it sends. The case ends by itself when a message comes.",
        subject={"feed": feed.code, "since": f"{row.since:%Y-%m-%d %H:%M} UTC"},
    )
    park(Parked(kind=Held.EXPECTATION, ref=row.id, failure=silent, system=feed.system.code, facility=feed.facility))


def _hour_of_week(moment: datetime, facility: str) -> int:
    """0 is Monday from midnight to one, where the feed's facility is; in UTC for feeds of several."""
    local = moment.astimezone(ZoneInfo(_zone(facility)))
    return local.weekday() * 24 + local.hour


def _zone(facility: str) -> str:
    try:
        return snapshot().facility(facility).time_zone if facility else "UTC"
    except Failure:
        return "UTC"
