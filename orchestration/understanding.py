"""From a stored message to canonical events with canonical codes: choose the translator, resolve the codes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.intake import HEAD_BYTES
from connectors.models import Message
from connectors.selectors import FeedInfo, open_body, read_body
from connectors.translation import Incoming
from hub.core.errors import Failure, MappingMissing
from hub.core.events import Event, coded_fields
from hub.core.events.appointment import AppointmentBooked
from hub.core.events.charge import ChargeEvent
from hub.core.money import ZERO
from hub.masterdata.authority import kind_of, require_authority
from hub.masterdata.code_tally import Sightings
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.models import Domain
from hub.masterdata.snapshot import Crosswalk, Span
from orchestration.corrected import with_corrections

_FACILITY = Domain.FACILITY.value


def incoming(message: Message, feed: FeedInfo) -> Incoming:
    """The stored message as its translator wants it, with what people put right in it. Large bodies stay closed until
    they are read, and nothing is put right in them.

    The version of its contract that it states is noted on the message: it stays when the sender moves to the next.
    """
    body = read_body(message) if message.chunks == 0 else b""
    # Only what was held before can have been put right: all the others cost no look.
    if (message.code or message.processed_at) and not message.chunks:
        body = with_corrections(message.id, body)
    arrived = read_as(message, feed, body)
    with arrived.open() as stream:
        head = stream.read(HEAD_BYTES)
    message.contract_version = feed.connector.version_of(message.headers, head)[:20]
    return arrived


def read_as(message: Message, feed: FeedInfo, body: bytes) -> Incoming:
    """The message as its translator wants it, saying `body`, where it is no large one."""
    return Incoming(
        system=feed.system,
        feed=feed.code,
        facility_hint=feed.facility,
        content_type=message.content_type,
        headers=message.headers,
        body=body,
        open_body=(lambda: open_body(message)) if message.chunks else None,
        zone=zone_of(feed.facility),
    )


def understand(message: Message, feed: FeedInfo, crosswalk: Crosswalk, seen: Sightings | None = None) -> list[Event]:
    """The events of a message, codes resolved. Raises a Failure that says what stands in the way.

    `seen` counts the codes of a message, whether they mean anything yet or not: once, when it is first looked at. It
    also keeps which of them only a rule resolved.
    """
    events: list[Event] = []
    by_rule: list[tuple[str, Span]] = []
    coming = feed.connector.translate(incoming(message, feed))
    counted = Sightings() if seen is not None and not _tried_before(message) else None
    for event in coming:
        try:
            events.append(resolve(event, feed.system, crosswalk, by_rule))
        except MappingMissing as missing:
            missing.subject["amount"] = f"{at_stake(event, feed.system, crosswalk):.2f}"
            if seen is not None and counted is not None:
                _note_rest(counted, event, coming, feed, crosswalk)
                seen.merge(counted)
            raise
        if counted is not None:
            note(counted, event, feed.system, events[-1].facility)
    if seen is not None and counted is not None:
        seen.merge(counted)
    if seen is not None:
        seen.resolved_by_rule(message.id, by_rule)
    return events


def _tried_before(message: Message) -> bool:
    return bool(message.attempts or message.code or message.processed_at)


def note(seen: Sightings, event: Event, system: str, facility: str) -> None:
    """Count the local codes of an event that happened at `facility`, which is canonical."""
    if event.facility:
        seen.add(_FACILITY, system, "", event.facility)
    for name, domain in coded_fields(type(event)):
        if local := getattr(event, name):
            seen.add(domain, system, facility, local)


def _note_rest(seen: Sightings, event: Event, coming: Iterator[Event], feed: FeedInfo, crosswalk: Crosswalk) -> None:
    """The codes of an event that could not be resolved, and of those of its message that were not looked at."""
    with suppress(Failure):  # the message is held in any case; what else is wrong with it comes up when it is released
        while True:
            note(seen, event, feed.system, facility_known(event, feed, crosswalk))
            following = next(coming, None)
            if following is None:
                return
            event = following


def facility_known(event: Event, feed: FeedInfo, crosswalk: Crosswalk) -> str:
    """The canonical facility of an event, or its feed's where its own has no mapping."""
    if not event.facility:
        return feed.facility
    try:
        return crosswalk.resolve(_FACILITY, feed.system, "", event.facility, event.occurred_at.date())
    except MappingMissing:
        return feed.facility


def at_stake(event: Event, system: str, crosswalk: Crosswalk) -> Decimal:
    """What hangs on an event that cannot be recorded yet: its charge, or what such a visit brings as a rule.

    Of the events of one visit only the booking counts, or a visit would be worth as much as it has events.
    """
    if isinstance(event, ChargeEvent):
        return event.amount
    if not isinstance(event, AppointmentBooked):
        return ZERO
    on = event.occurred_at.date()
    try:
        facility = crosswalk.resolve("facility", system, "", event.facility, on)
        payer = crosswalk.resolve("payer", system, facility, event.payer, on) if event.payer else "SELFPAY"
    except MappingMissing:
        payer = "SELFPAY"
    return crosswalk.typical_amount(event.visit_type, payer, on)


def resolve(event: Event, system: str, crosswalk: Crosswalk, by_rule: list[tuple[str, Span]] | None = None) -> Event:
    """`event` with canonical codes in its coded fields. Local codes that only a rule resolved are added to `by_rule`.

    Raises MappingMissing for the first code that has none, and AuthorityConflict where `system` does not own
    what it reports.
    """
    require_authority(kind_of(event), system)
    on = event.occurred_at.date()
    changes: dict[str, Any] = {}
    if event.facility:
        changes["facility"] = _code(crosswalk, "facility", system, "", event.facility, on, by_rule)
    facility = changes.get("facility", "")
    for name, domain in coded_fields(type(event)):
        local = getattr(event, name)
        if local:
            changes[name] = _code(crosswalk, domain, system, facility, local, on, by_rule)
    return dataclasses.replace(event, **changes)


def _code(
    crosswalk: Crosswalk,
    domain: str,
    system: str,
    facility: str,
    local: str,
    on: date,
    by_rule: list[tuple[str, Span]] | None,
) -> str:
    try:
        span = crosswalk.find(domain, system, facility, local, on)
    except MappingMissing:
        # A mapping approved a moment ago must not hold the work it was approved for.
        newest = snapshot(fresh=True)
        if newest.number == crosswalk.number:
            raise
        span = newest.find(domain, system, facility, local, on)
    if span.is_rule and by_rule is not None:
        by_rule.append((local, span))
    return str(span.value)


def zone_of(facility: str) -> tzinfo:
    """The facility's time zone, for senders whose times carry none."""
    try:
        return ZoneInfo(snapshot().facility(facility).time_zone) if facility else UTC
    except Failure:
        return UTC


def facility_of(events: Iterator[Event] | list[Event]) -> str:
    return next((event.facility for event in events if event.facility), "")
