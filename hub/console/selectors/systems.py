"""Systems and feeds with their health: lanes, queues, ages, what arrived today. Nothing is counted past a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Min, QuerySet

from connectors.models import Delivery, Feed, Lane, Message, System
from connectors.registry import connector
from connectors.states import DELIVERY_OPEN, BreakerState, DeliveryState, FeedState, MessageState, SystemState
from exceptions import selectors as case_selectors
from exceptions.models import Case
from exceptions.states import CASE_OPEN
from hub.core import clock
from hub.core.errors import ConfigurationFault
from hub.governance import access
from hub.governance.access import Who
from hub.governance.models import AuditEntry
from hub.governance.roles import Permission
from hub.ui.badges import Badge, Tone, badge_for

#: Counting stops here; a page says "10,000+" beyond it.
COUNT_LIMIT = 10_000
_RECENT = 12


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in a lane: how many, no more than COUNT_LIMIT, and since when the oldest does."""

    waiting: int
    unconfirmed: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """`today` counts what arrived since midnight UTC by state, no more than COUNT_LIMIT in all."""

    feed: Feed
    last_received: datetime | None
    today: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.today.values())

    @property
    def read_up_to(self) -> datetime | None:
        """Of a feed that is polled or read back: everything that changed there until then is here."""
        return getattr(self.feed, "read_up_to", None)

    @property
    def troubled(self) -> int:
        return self.today.get(MessageState.HELD, 0) + self.today.get(MessageState.REJECTED, 0)


@dataclass(frozen=True, slots=True)
class SystemHealth:
    system: System
    lane: Lane | None
    sends: bool  # whether the hub delivers to it at all
    depth: Depth
    feeds: list[FeedHealth]

    @property
    def badge(self) -> Badge:
        if self.system.state == SystemState.PAUSED:
            return badge_for(SystemState.PAUSED)
        if self.lane is not None and self.lane.breaker != BreakerState.CLOSED:
            return badge_for(self.lane.breaker, BreakerState)
        if self.held_back:
            return Badge("Asked for a pause", Tone.CAUTION)
        return badge_for(BreakerState.CLOSED) if self.sends else Badge("Sends only", Tone.NEUTRAL)

    @property
    def inbound_tone(self) -> Tone:
        """Of what comes in: paused, with something held today, quiet, or well."""
        if any(feed.feed.state == FeedState.PAUSED for feed in self.feeds):
            return Tone.CAUTION
        if any(feed.troubled for feed in self.feeds):
            return Tone.CAUTION
        return Tone.POSITIVE if any(feed.last_received for feed in self.feeds) else Tone.NEUTRAL

    @property
    def held_back(self) -> bool:
        until = self.lane.hold_until if self.lane else None
        return until is not None and until > clock.machine_now()

    @property
    def troubled(self) -> bool:
        return self.badge.tone in {Tone.CRITICAL, Tone.CAUTION}


def overview() -> list[SystemHealth]:
    """Every system, those in trouble first."""
    feeds: dict[int, list[Feed]] = {}
    for feed in _feeds().order_by("code"):
        feeds.setdefault(feed.system_id, []).append(feed)
    found = [_health(system, feeds.get(system.pk, [])) for system in systems()]
    return sorted(found, key=lambda health: (not health.troubled, int(health.system.number.lstrip("S") or 0)))


def systems() -> QuerySet[System]:
    return System.objects.select_related("lane").defer("sealed_secrets")


def health(system: System) -> SystemHealth:
    return _health(system, list(_feeds().filter(system=system).order_by("code")))


def _feeds() -> QuerySet[Feed]:
    return Feed.objects.annotate(read_up_to=Min("cursors__watermark"))


def _health(system: System, feeds: Sequence[Feed]) -> SystemHealth:
    lane = getattr(system, "lane", None)
    sends = _sends(system)
    depth = lane_depth(system.code) if sends else Depth(0, 0, None)
    return SystemHealth(system, lane, sends, depth, [feed_health(feed) for feed in feeds])


def _sends(system: System) -> bool:
    try:
        return bool(connector(system.connector).client_class)
    except ConfigurationFault:
        return False


def lane_depth(code: str) -> Depth:
    rows = Delivery.objects.filter(system=code, state__in=DELIVERY_OPEN)
    states = list(rows.values_list("state", flat=True)[:COUNT_LIMIT])
    oldest = rows.order_by("id").values_list("created_at", flat=True).first()
    unconfirmed = sum(state == DeliveryState.UNCONFIRMED for state in states)
    return Depth(len(states), unconfirmed, oldest)


_TODAY = """
SELECT state, count(*) FROM (
    SELECT state, received_at FROM connectors_message WHERE feed_code = %s ORDER BY id DESC LIMIT %s
) AS newest WHERE received_at >= %s GROUP BY state
"""


def feed_health(feed: Feed) -> FeedHealth:
    newest = Message.objects.filter(feed_code=feed.code).order_by("-id").values_list("received_at", flat=True).first()
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_TODAY, [feed.code, COUNT_LIMIT, midnight])
        today = {str(state): int(count) for state, count in cursor.fetchall()}
    return FeedHealth(feed, newest, today)


def recent_deliveries(who: Who, system: System) -> list[Delivery]:
    """The newest exchanges with a system, of the facilities that `who` may see runs of."""
    rows = access.scoped(Delivery.objects.filter(system=system.code), who, Permission.VIEW_RUNS, shared=True)
    return list(rows.defer("sealed_request", "sealed_response").order_by("-id")[:_RECENT])


def open_cases(who: Who, system: System) -> list[Case]:
    if not access.may(who, Permission.VIEW_CASES):
        return []
    rows = case_selectors.cases(who).filter(system=system.code, state__in=CASE_OPEN)
    return list(rows.order_by("-priority", "-id")[:_RECENT])


def acts(system: System, feeds: Sequence[Feed]) -> list[AuditEntry]:
    """What people did to a system and its feeds, newest first."""
    of_system = AuditEntry.objects.filter(object_kind="system", object_id=system.code)
    of_feeds = AuditEntry.objects.filter(object_kind="feed", object_id__in=[feed.code for feed in feeds])
    return sorted((*of_system[:_RECENT], *of_feeds[:_RECENT]), key=lambda entry: entry.sequence, reverse=True)[:_RECENT]
