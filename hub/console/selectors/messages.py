"""Messages as pages show them: the list, and one message with what it brought and what repeats it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from connectors.models import Delivery, Feed, Message, PostingKey, Transport
from exceptions import selectors as case_selectors
from exceptions.models import Case
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import Event
from orchestration.models import Run

#: A remittance brings as many events as it has claims; a page names the first of them.
MOST_EVENTS = 100


def messages(who: Who) -> QuerySet[Message]:
    """All that `who` may see, in no order and without bodies. What belongs to no facility asks for all of them."""
    return access.scoped(Message.objects.defer("body", "headers"), who, Permission.VIEW_MESSAGES)


def events(message: Message) -> list[Event]:
    """What it means: the events that it brought, oldest first."""
    return list(Event.objects.filter(causation_id=message.pk).order_by("id").defer("sealed")[:MOST_EVENTS])


def runs_of(who: Who, found: list[Event]) -> dict[UUID, list[Run]]:
    """The runs that events started, by event, as far as `who` may see them."""
    journeys = {event.journey_id for event in found}
    rows = access.scoped(Run.objects.filter(journey_id__in=journeys), who, Permission.VIEW_RUNS)
    wanted = {event.pk for event in found}
    started: dict[UUID, list[Run]] = {}
    for run in rows.order_by("id").defer("outputs", "pins")[: 10 * MOST_EVENTS]:
        if run.event_id in wanted:
            started.setdefault(run.event_id, []).append(run)
    return started


def repetitions(message: Message) -> list[Message]:
    """Deliveries of the same content after it, newest first: found by the sender's own number."""
    if not message.control_id:
        return []
    rows = Message.objects.filter(control_id=message.control_id, duplicate_of=message.pk)
    return list(rows.defer("body", "headers").order_by("-id")[:20])


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The messages of its feed right before and after it, and of its account, as far as the reader may see them."""

    before: Message | None
    after: Message | None
    before_of_account: Message | None
    after_of_account: Message | None


def neighbours(who: Who, message: Message) -> Neighbours:
    """One statement of four look-ups, each through an index that ends with the time-ordered id."""
    feed, journey = message.feed_code, message.journey_id
    scopes = [messages(who).filter(feed_code=feed)]
    scopes += [messages(who).filter(journey_id=journey)] if journey else []
    parts = [rows.filter(pk__lt=message.pk).order_by("-id")[:1] for rows in scopes]
    parts += [rows.filter(pk__gt=message.pk).order_by("id")[:1] for rows in scopes]
    found = sorted(parts[0].union(*parts[1:]), key=lambda row: row.pk)
    before, after = ([row for row in found if (row.pk < message.pk) is earlier] for earlier in (True, False))
    return Neighbours(
        next((row for row in reversed(before) if row.feed_code == feed), None),
        next((row for row in after if row.feed_code == feed), None),
        next((row for row in reversed(before) if journey and row.journey_id == journey), None),
        next((row for row in after if journey and row.journey_id == journey), None),
    )


def acknowledgement(who: Who, message: Message, feed: Feed | None) -> Delivery | None:
    """The file by which the hub answered a file (a 999), where it did: found by the message's own posting key."""
    if feed is None or feed.transport != Transport.FILES or not access.may(who, Permission.VIEW_RUNS):
        return None
    keys = PostingKey.objects.filter(system=feed.system.code, key=f"999:{message.pk}").values_list("delivery_id")
    return Delivery.objects.filter(pk__in=keys).first()


def feed_of(message: Message) -> Feed | None:
    return Feed.objects.select_related("system").filter(pk=message.feed_id).first()


def original(message: Message) -> Message | None:
    return Message.objects.filter(pk=message.duplicate_of).first() if message.duplicate_of else None


def cases(who: Who, message: Message) -> list[Case]:
    if not access.may(who, Permission.VIEW_CASES):
        return []
    return list(case_selectors.cases_of(who, Held.MESSAGE, [message.pk])[:10])
