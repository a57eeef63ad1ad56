"""The poller: far sides that do not call us are asked, and each change becomes one message.

A feed is read from its watermark, a little before it (a change committed late bears an earlier time), and what is
known by its key is not read again. The watermark moves only after the commit of what lies before it. Killed at any
point, the next look offers the same changes and intake knows them: each has its effect once.

A far side that is away is asked ever more rarely and is one incident, as for its lane; one that does not let us in is
paused with a case.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from connectors.gaps import GapFinder
from connectors.intake import Outcome, receive
from connectors.models import DedupeKey, Feed, FeedCursor, Message, Transport
from connectors.reaching import Reach
from connectors.registry import connector
from connectors.selectors import FeedInfo, feed, system_config
from connectors.states import SystemState
from connectors.transports.poller import Change, PollPlan, PollSource
from hub.core import clock
from hub.core.errors import ConfigurationFault, Failure
from hub.core.ids import uuid7_floor

_log = structlog.get_logger(__name__)

_FIRST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(seconds=60)
# After so many pages with something new the other feeds have their turn; the next look goes on from the watermark.
_PAGES_A_LOOK = 20


class Poller:
    """Looks at every feed that is due, again and again, over connections that stay open.

    A paused feed is read as well, its messages wait in the hub; nobody asks a paused system.
    """

    def __init__(self) -> None:
        self._sources: dict[str, tuple[str, PollSource]] = {}
        self._reach = Reach()
        self._gaps = GapFinder()
        # Machine time (monotonic) before which a feed whose far side is away is left alone.
        self._wait_until: dict[str, float] = {}

    def look(self) -> int:
        """Take what changed; returns how many messages came of it."""
        polled = Q(transport=Transport.POLL) | Q(options__has_key="poll")
        rows = Feed.objects.filter(polled, system__state=SystemState.ACTIVE).select_related("system")
        return sum(self._look_at(row) for row in rows.order_by("code"))

    def close(self) -> None:
        for _, source in self._sources.values():
            source.close()
        self._sources.clear()

    def _look_at(self, row: Feed) -> int:
        taken = 0
        if time.monotonic() < self._wait_until.get(row.code, 0.0):
            return taken
        try:
            plan = _plan(row)
            if not self._is_due(row, plan):
                return taken
            source = self._source(row)
            for stream in source.streams:
                taken += _read_stream(row, source, stream, plan.overlap)
            self._reach.reached(row)
            self._wait_until.pop(row.code, None)
        except Failure as failure:
            self._not_reached(row, failure)
        return taken

    def _is_due(self, row: Feed, plan: PollPlan) -> bool:
        cursors = list(FeedCursor.objects.filter(feed=row))
        looks = [cursor.looked_at for cursor in cursors if cursor.looked_at is not None]
        if len(looks) < len(cursors) or not looks:
            return True
        looked, moment = min(looks), clock.machine_now()
        if moment - looked >= plan.every:
            return True
        if any(cursor.asked_at is not None and cursor.asked_at >= looked for cursor in cursors):
            return True
        if row.transport == Transport.POLL:
            return False
        return _is_silent(row, plan, looked, moment) or self._gaps.has_gap(row.system.code)

    def _not_reached(self, row: Feed, failure: Failure) -> None:
        _log.warning("feed not read", feed=row.code, code=failure.code, reason=failure.message)
        failures = self._reach.not_reached(row, failure)
        # What made this look due still does when the far side is back.
        FeedCursor.objects.filter(feed=row).update(asked_at=clock.machine_now())
        delay = min(_FIRST_DELAY * 2 ** min(failures, 10), _LONGEST_DELAY)
        self._wait_until[row.code] = time.monotonic() + max(delay, failure.retry_after or delay).total_seconds()

    def _source(self, row: Feed) -> PollSource:
        config = system_config(row.system)
        identity = repr((config, sorted(config.secrets.items()), row.options, row.system.connector))
        known = self._sources.get(row.code)
        if known and known[0] == identity:
            return known[1]
        if known:
            known[1].close()
        try:
            source = connector(row.system.connector).source(config, row.options)
        except KeyError as error:
            raise ConfigurationFault(
                "settings-incomplete",
                f"{row.system.name} cannot be asked: a setting or a secret is missing.",
                cause=(row.system.code,),
                hint="Complete the options and secrets of this system, then resume it.",
                subject={"missing": str(error.args[0])},
            ) from error
        self._sources[row.code] = (identity, source)
        return source


def _plan(row: Feed) -> PollPlan:
    try:
        return PollPlan.of(row.options)
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigurationFault(
            "poll-plan-malformed",
            f"The times at which {row.name} is read are no numbers of seconds.",
            cause=(row.code,),
            hint="Correct the option poll of this feed, then resume its system.",
        ) from error


def _is_silent(row: Feed, plan: PollPlan, looked: datetime, moment: datetime) -> bool:
    """Whether nothing came on a feed that calls us, nor did we look, for as long as its plan allows."""
    if plan.silence is None or moment - looked < plan.silence:
        return False
    since = uuid7_floor(moment - plan.silence)
    return not Message.objects.filter(feed_code=row.code, id__gte=since).exists()


def _read_stream(row: Feed, source: PollSource, stream: str, overlap: timedelta) -> int:
    """Take the changes of one stream; returns how many messages came of it."""
    # Whoever asks from here on may mean something that this look does not see any more.
    started = clock.machine_now()
    cursor, _ = FeedCursor.objects.get_or_create(feed=row, stream=stream)
    since = None if cursor.watermark is None else cursor.watermark - overlap
    taken, full_pages, in_order = 0, 0, True
    newest, last = cursor.watermark, None
    for page in source.changes(stream, since):
        in_order = in_order and _follows(page, last)
        fresh = _take_page(row, source, page)
        taken, full_pages = taken + fresh, full_pages + bool(fresh)
        last = page[-1].at if page else last
        newest = max((moment for moment in (newest, *(change.at for change in page)) if moment), default=None)
        if in_order:
            _advance(cursor, newest)
            if full_pages == _PAGES_A_LOOK:
                return taken
    _advance(cursor, newest)
    FeedCursor.objects.filter(pk=cursor.pk).update(looked_at=started)
    return taken


def _follows(page: Sequence[Change], before: datetime | None) -> bool:
    """Whether a page is in order of time: only then is everything before its end taken."""
    times = [change.at for change in page]
    if before is not None:
        times.insert(0, before)
    return all(one <= other for one, other in zip(times, times[1:], strict=False))


def _advance(cursor: FeedCursor, newest: datetime | None) -> None:
    if newest is not None and (cursor.watermark is None or newest > cursor.watermark):
        cursor.watermark = newest
        FeedCursor.objects.filter(pk=cursor.pk).update(watermark=newest)


def _take_page(row: Feed, source: PollSource, page: Sequence[Change]) -> int:
    keys = {change.key for change in page}
    known = set(DedupeKey.objects.filter(feed_id=row.pk, key__in=keys).values_list("key", flat=True))
    fresh = [change for change in page if change.key not in known]
    info = feed(row.code)
    for change in fresh:
        _take(info, change, source.content_type)
    return len(fresh)


def _take(info: FeedInfo, change: Change, content_type: str) -> None:
    body = change.read()
    receipt = receive(info, body=body, headers=change.headers, content_type=content_type, proven=True)
    _log.info("change taken", feed=info.code, message=str(receipt.message_id), outcome=receipt.outcome.value)
    if receipt.outcome is Outcome.REJECTED:
        # It is kept with its case; the overlap would bring it again and again.
        message = Message.objects.only("sha256").get(pk=receipt.message_id)
        DedupeKey.objects.get_or_create(
            feed_id=info.id, key=change.key, defaults={"message_id": message.pk, "sha256": message.sha256}
        )


def ask(info: FeedInfo) -> None:
    """Somebody says that there is something new at the far side: the next look at this feed is due at once."""
    FeedCursor.objects.filter(feed_id=info.id).update(asked_at=clock.machine_now())
