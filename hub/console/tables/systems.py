"""How systems and feeds are shown."""

from __future__ import annotations

from django.urls import reverse

from connectors.models import Delivery, Feed, System
from connectors.states import DeliveryState, FeedState, MessageState
from hub.console.selectors.systems import COUNT_LIMIT, FeedHealth, SystemHealth
from hub.console.words import place_name
from hub.core.identifiers import masked_key
from hub.governance.models import AuditEntry
from hub.ui.badges import Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.timeline import TimelineItem

_ACTS = {
    "system.pause": ("Paused", "circle-pause", Tone.CAUTION),
    "system.resume": ("Resumed", "circle-play", Tone.POSITIVE),
    "system.reset_lane": ("Breaker closed by hand", "plug", Tone.INFO),
    "system.configure": ("Configuration changed", "sliders-horizontal", Tone.NEUTRAL),
    "feed.pause": ("Feed paused", "circle-pause", Tone.CAUTION),
    "feed.resume": ("Feed resumed", "circle-play", Tone.POSITIVE),
    "feed.configure": ("Feed configuration changed", "sliders-horizontal", Tone.NEUTRAL),
}


def system_url(system: System) -> str:
    return reverse("console:system", args=[system.code])


def count_text(count: int) -> str:
    return f"{COUNT_LIMIT:,}+" if count >= COUNT_LIMIT else f"{count:,}"


FEED_COLUMNS = (
    Column(
        key="feed", label="Feed", value="feed.name", css="cell-main",
        sub=lambda health: f"{health.feed.get_transport_display()} · {health.feed.contract}",
    ),
    Column(key="state", label="State", value="feed.state", kind=Kind.BADGE, choices=FeedState),
    Column(key="last", label="Last received", value="last_received", kind=Kind.AGE),
    Column(key="read", label="Read up to", value="read_up_to", kind=Kind.AGE),
    Column(key="today", label="Today", value=lambda health: count_text(health.total), css="num"),
    Column(key="held", label="Held or rejected", value="troubled", kind=Kind.NUMBER),
    Column(key="duplicates", label="Duplicates", kind=Kind.NUMBER,
           value=lambda health: health.today.get(MessageState.DUPLICATE, 0)),
)  # fmt: skip

DELIVERY_COLUMNS = (
    Column(
        key="operation", label="Delivery", sub=lambda delivery: masked_key(delivery.posting_key), css="cell-mid",
        link=lambda delivery: reverse("console:run", args=[delivery.run_id]) if delivery.run_id else "",
    ),
    Column(key="facility", label="Facility", value=lambda delivery: place_name(delivery.facility), css="nowrap"),
    Column(key="state", label="State", kind=Kind.BADGE, choices=DeliveryState, sub="code"),
    Column(key="reference", label="Reference", kind=Kind.CODE, css="cell-short"),
    Column(
        key="took", label="Took", value=lambda delivery: took(delivery), css="num",
        sub=lambda delivery: f"{delivery.attempts} tries" if delivery.attempts > 1 else "",
    ),
    Column(key="sent", label="Sent", value="sent_at", kind=Kind.AGE),
)  # fmt: skip


def took(delivery: Delivery) -> str:
    return f"{delivery.elapsed_ms:,} ms" if delivery.elapsed_ms is not None else ""


def system_facts(health: SystemHealth) -> list[Fact]:
    system, lane = health.system, health.lane
    facts = [
        Fact("Number", system.number),
        Fact("Code", system.code, Kind.CODE),
        Fact("Connector", system.connector, Kind.CODE),
        Fact("Address", system.base_url),
        Fact("Time limit", f"{system.timeout_seconds} s"),
        Fact("At once", f"{system.max_concurrency}"),
        Fact("Rate", f"{system.rate_per_second:,} a second" if system.rate_per_second else "No limit"),
    ]
    if lane is not None and health.sends:
        facts += [
            Fact("Failures in a row", f"{lane.failures}"),
            Fact("Down since", lane.opened_at if lane.breaker != "closed" else None, Kind.WHEN),
            Fact("Next probe", lane.probe_at if lane.breaker != "closed" else None, Kind.WHEN),
            Fact("Asked to wait until", lane.hold_until if health.held_back else None, Kind.WHEN),
        ]
    return [fact for fact in facts if fact.value not in ("", None)]


def feed_facts(health: FeedHealth) -> list[Fact]:
    feed: Feed = health.feed
    return [
        Fact("Contract", feed.contract, Kind.CODE),
        Fact("Largest message", f"{feed.max_bytes:,} bytes"),
        Fact("Rate", f"{feed.rate_per_second:,} a second" if feed.rate_per_second else "No limit"),
    ]


def act_items(entries: list[AuditEntry]) -> list[TimelineItem]:
    items = []
    for entry in entries:
        title, icon, tone = _ACTS.get(entry.action, (entry.action, "shield", Tone.NEUTRAL))
        title = title if entry.object_kind == "system" else f"{title}: {entry.object_id}"
        items.append(
            TimelineItem(entry.at, title, actor=entry.actor, icon=icon, tone=tone, quote=entry.reason)
        )  # fmt: skip
    return items
