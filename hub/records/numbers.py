"""Numbers by which people look for an account and that join none: a patient's, a payer's for a claim, a certification.

One of them may stand on many accounts, so they are no keys of journeys (`journeys.keys_of`). They are written with the
events that bring them, one statement a batch, and only where they are new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from uuid import UUID

from django.db import connection

from hub.core.bulk import insert_rows
from hub.core.events import Event
from hub.core.events.appointment import AppointmentEvent
from hub.core.events.authorization import AuthorizationEvent
from hub.core.events.claim import AdjudicationEvent, ClaimResponseEvent
from hub.core.events.coverage import EligibilityChecked
from hub.core.events.encounter import EncounterEvent, EncounterMerged
from hub.core.sealing import blind_index, blind_indexes
from hub.records.models import BusinessKey

_LONGEST = 60


class Number(StrEnum):
    #: A medical record number (PID-3) and a number among a payer's members: by their blind index only.
    PATIENT = "patient"
    MEMBER = "member"
    PAYER_CLAIM = "payer_claim"
    CERTIFICATION = "certification"


#: What names a patient, and is found by who may see journeys alone.
BLIND = frozenset({Number.PATIENT, Number.MEMBER})


def numbers_of(event: Event) -> Iterator[tuple[Number, str]]:
    """The numbers that an event brings, in the clear."""
    match event:
        case EncounterEvent():
            yield Number.PATIENT, event.patient_number
            yield Number.MEMBER, event.member_id
            yield Number.MEMBER, event.secondary_member_id
            if isinstance(event, EncounterMerged):
                yield Number.PATIENT, event.merged_patient_number
        case AppointmentEvent():
            yield Number.PATIENT, event.patient_number
            yield Number.MEMBER, event.member_id
        case EligibilityChecked():
            yield Number.MEMBER, event.member_id
        case AuthorizationEvent():
            yield Number.CERTIFICATION, event.certification_number
        case ClaimResponseEvent() | AdjudicationEvent():
            yield Number.PAYER_CLAIM, event.payer_claim_control_number


def keep(events: Sequence[Event], journeys: Sequence[UUID]) -> None:
    """Keep the numbers of `events`, each for the journey of its event, inside the caller's transaction.

    In their own order, so that two workers with the same numbers wait for one another and never cross.
    """
    found = {
        (kind.value, _kept(kind, number.strip()), journey)
        for event, journey in zip(events, journeys, strict=True)
        for kind, number in numbers_of(event)
        if number.strip()
    }
    rows = [BusinessKey(kind=kind, value=value, journey_id=journey) for kind, value, journey in sorted(found)]
    insert_rows(rows, keep_first=True)


def _kept(kind: Number, number: str) -> str:
    return blind_index(f"{kind}:{number}") if kind in BLIND else number[:_LONGEST]


def journeys_with(text: str, *, most: int, patients: bool) -> list[UUID]:
    """The journeys on which a number stands exactly, newest first; those of patients only if `patients`."""
    open_kinds = [kind.value for kind in Number if kind not in BLIND]
    wanted = [(kind, value) for kind in open_kinds for value in dict.fromkeys((text, text.upper()))]
    if patients:
        wanted += [(kind.value, value) for kind in BLIND for value in blind_indexes(f"{kind}:{text}")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT held.journey_id FROM unnest(%s::text[], %s::text[]) AS wanted (kind, value)"
            " CROSS JOIN LATERAL (SELECT journey_id FROM records_businesskey AS key"
            "   WHERE key.kind = wanted.kind AND key.value = wanted.value ORDER BY journey_id DESC LIMIT %s) AS held"
            " ORDER BY 1 DESC LIMIT %s",
            [[kind for kind, _ in wanted], [value for _, value in wanted], most, most],
        )
        return [journey for (journey,) in cursor.fetchall()]


def follow_merge(gone: UUID, kept: UUID) -> None:
    """What leads to a journey that is gone leads to the one that is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH moved AS (DELETE FROM records_businesskey WHERE journey_id = %s RETURNING kind, value)"
            " INSERT INTO records_businesskey (kind, value, journey_id) SELECT kind, value, %s FROM moved"
            " ON CONFLICT DO NOTHING",
            [gone, kept],
        )
