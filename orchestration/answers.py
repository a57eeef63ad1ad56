"""Answers of payers name our question and little else: what belongs to it is completed from the journey that asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hub.core.errors import Transient
from hub.core.events import Event
from hub.core.events.authorization import AuthorizationEvent
from hub.core.events.coverage import EligibilityChecked
from hub.records.models import Appointment, Authorization, Journey, JourneyKey

Answer = EligibilityChecked | AuthorizationEvent


def with_questions(events: list[Event]) -> list[Event]:
    """Complete facility, account and appointment of answers about coverage and authorization.

    Raises a transient Failure while the question is still being written down, or was never asked here.
    """
    answers = [event for event in events if isinstance(event, Answer) and not event.facility]
    if not answers:
        return events
    journeys = _journeys(answers)
    missing = next((event for event in answers if _found(event, journeys) is None), None)
    if missing is not None:
        raise _not_asked(missing)
    known = {row.pk: row for row in Journey.objects.filter(pk__in=journeys.values())}
    appointments = _appointments(list(known))
    asked = dict(
        Authorization.objects.filter(key__in=[event.entity_key for event in answers]).values_list("key", "requested_at")
    )
    return [_completed(event, journeys, known, appointments, asked) for event in events]


def _keys(event: Answer) -> tuple[tuple[str, str], ...]:
    """What leads to the journey: our trace, else the account that we sent along."""
    account = (("account", event.account_number),) if event.account_number else ()
    return ((event.entity_kind, event.entity_key), *account)


def _journeys(answers: Sequence[Answer]) -> dict[tuple[str, str], UUID]:
    wanted = {key for event in answers for key in _keys(event)}
    rows = JourneyKey.objects.filter(
        kind__in={kind for kind, _ in wanted}, value__in={value for _, value in wanted}
    ).values_list("kind", "value", "journey_id")
    return {(kind, value): journey for kind, value, journey in rows if (kind, value) in wanted}


def _found(event: Answer, journeys: dict[tuple[str, str], UUID]) -> UUID | None:
    return next((journeys[key] for key in _keys(event) if key in journeys), None)


def _appointments(journeys: Sequence[UUID]) -> dict[UUID, str]:
    """The appointment of each journey that has just one."""
    found: dict[UUID, list[str]] = {}
    for journey, key in Appointment.objects.filter(journey_id__in=journeys).values_list("journey_id", "key"):
        found.setdefault(journey, []).append(key)
    return {journey: keys[0] for journey, keys in found.items() if len(keys) == 1}


def _completed(
    event: Event,
    journeys: dict[tuple[str, str], UUID],
    known: dict[UUID, Journey],
    appointments: dict[UUID, str],
    asked: dict[str, datetime | None],
) -> Event:
    if not isinstance(event, Answer) or event.facility:
        return event
    journey = known[journeys[next(key for key in _keys(event) if key in journeys)]]
    # Payers tell the time by their own clock, often to the minute; no answer is older than its question.
    asked_at = asked.get(event.entity_key) or event.occurred_at
    return dataclasses.replace(
        event,
        occurred_at=max(event.occurred_at, asked_at),
        facility=journey.facility,
        account_number=event.account_number or journey.account_number,
        appointment_id=event.appointment_id or appointments.get(journey.pk, ""),
    )


def _not_asked(event: Answer) -> Transient:
    return Transient(
        "question-not-known",
        "The answer names a question that was not asked from here, or not yet.",
        cause=(event.entity_kind,),
        hint="Ask the payer whose question it answers; nothing was changed here.",
        retry_after=timedelta(seconds=2),
    )
