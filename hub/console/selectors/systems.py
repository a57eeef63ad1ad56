"""Systems and feeds with their health: lanes, queues, ages, what arrived today. Nothing is counted past a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Min, Q, QuerySet

from connectors.models import Delivery, Feed, Lane, System
from connectors.registry import connector
from connectors.states import BreakerState, FeedState, MessageState, SystemState
from exceptions import selectors as case_selectors
from exceptions.models import Case
from exceptions.runbooks.states import Alert
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
    def drains_at(self) -> int:
        """Deliveries a second that an operator limits it to just now; 0 where nobody does."""
        until = self.lane.drain_until if self.lane else None
        return self.lane.drain_per_second if self.lane and until and until > clock.machine_now() else 0

    @property
    def alerts(self) -> frozenset[str]:
        """What is wrong with it, as runbooks are bound to it."""
        down = self.lane is not None and self.lane.breaker != BreakerState.CLOSED
        paused = self.system.state == SystemState.PAUSED
        wrong = {
            Alert.SYSTEM_PAUSED: paused,
            Alert.SYSTEM_DOWN: down and not paused,
            Alert.SYSTEM_THROTTLED: self.held_back,
            Alert.UNCONFIRMED: self.depth.unconfirmed > 0,
            Alert.FEED_PAUSED: any(feed.feed.state == FeedState.PAUSED for feed in self.feeds),
            Alert.FEED_TROUBLED: any(feed.troubled for feed in self.feeds),
        }
        return frozenset(alert.value for alert, here in wrong.items() if here)

    @property
    def troubled(self) -> bool:
        return self.badge.tone in {Tone.CRITICAL, Tone.CAUTION}


def overview() -> list[SystemHealth]:
    """Every system, those in trouble first; as many queries as for one."""
    found = _health(list(systems()), list(_feeds().order_by("code")))
    return sorted(found, key=lambda health: (not health.troubled, int(health.system.number.lstrip("S") or 0)))


def systems() -> QuerySet[System]:
    kept = Q(sealed_secrets__isnull=False)
    return System.objects.select_related("lane").defer("sealed_secrets").annotate(has_secrets=kept)


def health(system: System) -> SystemHealth:
    [found] = _health([system], list(_feeds().filter(system=system).order_by("code")))
    return found


def _feeds() -> QuerySet[Feed]:
    return Feed.objects.annotate(read_up_to=Min("cursors__watermark"))


def _health(all_systems: Sequence[System], feeds: Sequence[Feed]) -> list[SystemHealth]:
    sending = {system.code for system in all_systems if _sends(system)}
    depths = lane_depths(sorted(sending))
    of_system: dict[int, list[FeedHealth]] = {}
    for found in feed_healths(feeds):
        of_system.setdefault(found.feed.system_id, []).append(found)
    return [
        SystemHealth(
            system,
            getattr(system, "lane", None),
            system.code in sending,
            depths.get(system.code, Depth(0, 0, None)),
            of_system.get(system.pk, []),
        )
        for system in all_systems
    ]


def _sends(system: System) -> bool:
    try:
        return bool(connector(system.connector).client_class)
    except ConfigurationFault:
        return False


_DEPTHS = """
SELECT lane.code, depth.waiting, depth.unconfirmed, depth.oldest
  FROM unnest(%s::text[]) AS lane (code), LATERAL (
       SELECT count(*) AS waiting, count(*) FILTER (WHERE state = 'unconfirmed') AS unconfirmed,
              min(created_at) AS oldest
         FROM (SELECT state, created_at FROM connectors_delivery
                WHERE system = lane.code AND state IN ('pending', 'sending', 'unconfirmed')
                ORDER BY id LIMIT %s) AS first) AS depth
"""


def lane_depths(codes: Sequence[str]) -> dict[str, Depth]:
    """What waits in each lane."""
    with connection.cursor() as cursor:
        cursor.execute(_DEPTHS, [list(codes), COUNT_LIMIT])
        return {code: Depth(*depth) for code, *depth in cursor.fetchall()}


_NEWEST = """
SELECT feed.code, newest.received_at
  FROM unnest(%s::text[]) AS feed (code), LATERAL (
       SELECT received_at FROM connectors_message WHERE feed_code = feed.code ORDER BY id DESC LIMIT 1) AS newest
"""
_TODAY = """
SELECT feed.code, newest.state, newest.count
  FROM unnest(%s::text[]) AS feed (code), LATERAL (
       SELECT state, count(*) FROM (
              SELECT state, received_at FROM connectors_message WHERE feed_code = feed.code ORDER BY id DESC LIMIT %s
              ) AS latest WHERE received_at >= %s GROUP BY state) AS newest
"""


def feed_healths(feeds: Sequence[Feed]) -> list[FeedHealth]:
    codes = [feed.code for feed in feeds]
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    today: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [codes])
        newest = dict(cursor.fetchall())
        cursor.execute(_TODAY, [codes, COUNT_LIMIT, midnight])
        for code, state, count in cursor.fetchall():
            today.setdefault(code, {})[state] = count
    return [FeedHealth(feed, newest.get(feed.code), today.get(feed.code, {})) for feed in feeds]


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
