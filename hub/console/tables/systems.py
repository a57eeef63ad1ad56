"""How systems and feeds are shown."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from connectors.models import Delivery, Feed, System
from connectors.selectors import secrets_of
from connectors.states import BreakerState, DeliveryState, FeedState, MessageState, SystemState
from hub.console.selectors.systems import COUNT_LIMIT, SystemHealth
from hub.console.words import place_name
from hub.core.identifiers import masked_key
from hub.governance.models import AuditEntry
from hub.ui.badges import Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.format import duration_text
from hub.ui.pages import Action
from hub.ui.timeline import TimelineItem

_ACTS = {
    "system.pause": ("Paused", "circle-pause", Tone.CAUTION),
    "system.resume": ("Resumed", "circle-play", Tone.POSITIVE),
    "system.reset_lane": ("Breaker closed by hand", "plug", Tone.INFO),
    "system.drain": ("Drained at a rate", "gauge", Tone.INFO),
    "system.end_drain": ("Back at its own rate", "gauge", Tone.NEUTRAL),
    "system.test": ("Connection tested", "plug", Tone.NEUTRAL),
    "system.rotate_secret": ("Credential rotated", "key-round", Tone.INFO),
    "feed.rotate_secret": ("Secret rotated", "key-round", Tone.INFO),
    "feed.end_overlap": ("Old secret ended", "key-round", Tone.NEUTRAL),
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
        Fact("Limited to", f"{health.drains_at:,} a second" if health.drains_at else ""),
    ]
    if lane is not None and health.sends:
        facts += [
            Fact("Failures in a row", f"{lane.failures}"),
            Fact("Down since", lane.opened_at if lane.breaker != "closed" else None, Kind.WHEN),
            Fact("Next probe", lane.probe_at if lane.breaker != "closed" else None, Kind.WHEN),
            Fact("Asked to wait until", lane.hold_until if health.held_back else None, Kind.WHEN),
        ]
    return [fact for fact in facts if fact.value not in ("", None)]


def act_items(entries: list[AuditEntry]) -> list[TimelineItem]:
    items = []
    for entry in entries:
        title, icon, tone = _ACTS.get(entry.action, (entry.action, "shield", Tone.NEUTRAL))
        title = title if entry.object_kind == "system" else f"{title}: {entry.object_id}"
        items.append(
            TimelineItem(
                entry.at, title, actor=entry.actor, icon=icon, tone=tone, quote=entry.reason, text=_said(entry)
            )
        )
    return items


def _said(entry: AuditEntry) -> str:
    """What an act's name leaves open."""
    after = entry.after
    match entry.action:
        case "system.drain":
            return f"{after['per_second']:,} a second for {duration_text(timedelta(minutes=after['minutes']))}"
        case "system.test":
            return "It answered." if after["outcome"] == "confirmed" else f"It did not pass: {after['code']}"
        case "system.rotate_secret":
            return f"{after['secret']}{'' if after['tried_first'] else ', without trying it first'}"
        case "feed.rotate_secret":
            hours = after["old_one_counts_hours"]
            return f"The old one counts for {duration_text(timedelta(hours=hours))} more." if hours else ""
    return ""


def system_deeds(system: System, health: SystemHealth) -> list[Action]:
    """What an engineer may do to a system as it stands."""
    rotate = _deed("Rotate a credential", "system-rotate", system.code, "key-round", more=True)
    rotation = [rotate] if getattr(system, "has_secrets", False) else []
    if not health.sends:
        return rotation
    lane, code = health.lane, system.code
    deeds = []
    if lane is not None and (lane.breaker != BreakerState.CLOSED or health.held_back):
        deeds.append(_deed("Close the breaker", "system-reset", code, "plug"))
    deeds.append(_deed("Test the connection", "system-test", code, "activity", at_once=True))
    if health.drains_at:
        deeds.append(_deed("Back to its own rate", "system-end-drain", code, "gauge"))
    else:
        deeds.append(_deed("Drain at a rate", "system-drain", code, "gauge"))
    if system.state == SystemState.PAUSED:
        deeds.append(_deed("Resume", "system-resume", code, "circle-play", primary=True))
    else:
        deeds.append(_deed("Pause", "system-pause", code, "circle-pause"))
    return [*deeds, *rotation]


def feed_deeds(feed: Feed) -> list[Action]:
    """The same of a feed."""
    paused = feed.state == FeedState.PAUSED
    deeds = [
        _deed("Resume", "feed-resume", feed.code, "circle-play")
        if paused
        else _deed("Pause", "feed-pause", feed.code, "circle-pause")
    ]
    deeds.append(_deed("Replay from a time", "feed-replay", feed.code, "repeat", more=True))
    if feed.sealed_secrets:
        deeds.append(_deed("Rotate the secret", "feed-rotate", feed.code, "key-round", more=True))
        if len(secrets_of(feed)) > 1:
            deeds.append(_deed("End the old secret", "feed-end-overlap", feed.code, "key-round", more=True))
    return deeds


def _deed(
    label: str, name: str, code: str, icon: str, *, primary: bool = False, more: bool = False, at_once: bool = False
) -> Action:
    return Action(label, reverse(f"console:{name}", args=[code]), icon, primary=primary, more=more, at_once=at_once)


def drain_text(health: SystemHealth) -> str:
    """How far a drain is, in words."""
    waiting, rate = health.depth.waiting, health.drains_at
    if not waiting:
        return "nothing waits any more"
    return (
        f"{count_text(waiting)} still wait: about {duration_text(timedelta(seconds=-(-waiting // rate)))} at this rate"
    )
