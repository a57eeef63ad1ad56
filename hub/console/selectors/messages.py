"""Messages as pages show them: the list, and one message with what it brought and what repeats it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from connectors.models import Message
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


def original(message: Message) -> Message | None:
    return Message.objects.filter(pk=message.duplicate_of).first() if message.duplicate_of else None


def cases(who: Who, message: Message) -> list[Case]:
    if not access.may(who, Permission.VIEW_CASES):
        return []
    return list(case_selectors.cases_of(who, Held.MESSAGE, [message.pk])[:10])
