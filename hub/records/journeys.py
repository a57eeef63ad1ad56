"""Which journey an event belongs to: found or opened by its business keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from hub.core.bulk import insert_rows
from hub.core.events import Event
from hub.core.events.adjustment import AdjustmentEvent
from hub.core.events.appointment import AppointmentEvent
from hub.core.events.authorization import AuthorizationEvent
from hub.core.events.charge import ChargeEvent
from hub.core.events.claim import (
    AdjudicationEvent,
    ClaimAppealed,
    ClaimResponseEvent,
    ClaimSubmitted,
    RemittanceReceived,
)
from hub.core.events.coding import CodingCompleted
from hub.core.events.coverage import EligibilityChecked
from hub.core.events.encounter import EncounterEvent, EncounterMerged
from hub.core.events.estimate import EstimateCreated
from hub.core.events.order import OrderEvent
from hub.core.events.payment import PaymentEvent
from hub.core.events.result import ResultFinalized
from hub.core.ids import uuid7
from hub.records import numbers
from hub.records.models import (
    Appointment,
    Authorization,
    Charge,
    Claim,
    ClaimPayment,
    Coding,
    Coverage,
    Denial,
    Encounter,
    Estimate,
    Journey,
    JourneyKey,
    Order,
    Payment,
    PerformedProcedure,
)
from hub.records.models import Event as EventRow

_OF_A_JOURNEY = (
    Appointment, Coverage, Authorization, Estimate, Order, PerformedProcedure, Coding, Encounter, Charge, Claim,
    ClaimPayment, Denial, Payment,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """A business key of a journey. One that does not `opens` is only looked up: a payer's or payer-side number
    that nobody here issued must not found an account of its own."""

    kind: str
    value: str
    opens: bool = True


@dataclass(frozen=True, slots=True)
class Joined:
    """The journey of each event, in order, and journeys that turned out to be one (gone → kept)."""

    journeys: tuple[UUID, ...]
    merged: dict[UUID, UUID]


def keys_of(event: Event) -> tuple[Key, ...]:
    """The business keys of an event, the strongest first."""
    account = (Key("account", event.account_number),) if event.account_number else ()
    match event:
        case AppointmentEvent():
            return (*account, Key("appointment", event.entity_key))
        case EligibilityChecked() | AuthorizationEvent() | EstimateCreated():
            appointment = (Key("appointment", event.appointment_id),) if event.appointment_id else ()
            return (*account, *appointment, Key(event.entity_kind, event.entity_key))
        case OrderEvent() | ResultFinalized():
            visit = (Key("visit", event.visit_number),) if event.visit_number else ()
            order = (Key("order", event.order_number),) if event.order_number else ()
            return (*account, *visit, *order) or (Key(event.entity_kind, event.entity_key),)
        case EncounterMerged():
            return (*account, Key("account", event.merged_account)) if event.merged_account else account
        case EncounterEvent() | ChargeEvent() | CodingCompleted():
            return (*account, Key("visit", event.visit_number)) if event.visit_number else account
        case ClaimSubmitted() | ClaimAppealed() | AdjustmentEvent():
            return (*account, Key("claim", event.claim_number))
        case ClaimResponseEvent() | AdjudicationEvent():
            return (Key("claim", event.claim_number), Key("account", event.claim_number, opens=False))
        case PaymentEvent():
            return (
                *(Key(key.kind, key.value, opens=False) for key in account),
                Key("payment", event.entity_key),
            )
        case RemittanceReceived():
            return (Key("remittance", event.entity_key),)
    return (*account, Key(event.entity_kind, event.entity_key))


def join(events: Sequence[Event]) -> Joined:
    """Find or open the journey of each event, inside the caller's transaction.

    Where an event's keys lead to two journeys, they are one: the older is kept and takes over what is known. Where the
    source itself merged two accounts, the journey of the account that stays is kept, whichever is older; the number of
    the one that is gone leads there from then on, and records keep the number that they came with.
    """
    wanted = [keys_of(event) for event in events]
    known = _look_up({(key.kind, key.value) for keys in wanted for key in keys})
    merged = _merge_crossed(events, wanted, known)
    fresh: list[tuple[Journey, Event]] = []
    links: dict[tuple[str, str], UUID] = {}
    for event, keys in zip(events, wanted, strict=True):
        journey = next((known[key.kind, key.value] for key in keys if (key.kind, key.value) in known), None)
        if journey is None:
            opened = Journey(id=uuid7(), account_number=event.account_number, facility=event.facility)
            fresh.append((opened, event))
            journey = opened.id
        for key in keys:
            if key.opens and (key.kind, key.value) not in known:
                known[key.kind, key.value] = links[key.kind, key.value] = journey
    if links:
        _open([journey for journey, _ in fresh], links, known)
        # An account that was opened just now may be one that another event of this batch merges.
        merged |= _merge_crossed(events, wanted, known)
    _name_after_merge(events, known)
    return Joined(
        tuple(next(known[k.kind, k.value] for k in keys if (k.kind, k.value) in known) for keys in wanted), merged
    )


def link(journey_id: UUID, kind: str, value: str) -> None:
    """Let one more business key lead to a journey; a key that is taken stays where it is."""
    insert_rows([JourneyKey(kind=kind, value=value, journey_id=journey_id)], keep_first=True)


def _look_up(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    if not pairs:
        return {}
    ordered = sorted(pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT held.kind, held.value, held.journey_id FROM records_journeykey AS held"
            "  JOIN unnest(%s::text[], %s::text[]) AS wanted (kind, value) USING (kind, value)",
            [[kind for kind, _ in ordered], [value for _, value in ordered]],
        )
        return {(kind, value): journey for kind, value, journey in cursor.fetchall()}


def _open(journeys: list[Journey], links: dict[tuple[str, str], UUID], known: dict[tuple[str, str], UUID]) -> None:
    """Insert journeys and keys. A key that another worker opened meanwhile wins, and its journey with it."""
    insert_rows(journeys)
    ordered = sorted(links.items())
    fresh = [JourneyKey(kind=kind, value=value, journey_id=journey) for (kind, value), journey in ordered]
    if insert_rows(fresh, keep_first=True) == len(fresh):
        return
    standing = _look_up(set(links))
    replaced = {journey: standing[pair] for pair, journey in links.items() if standing[pair] != journey}
    if replaced:
        JourneyKey.objects.filter(journey_id__in=replaced).delete()
        Journey.objects.filter(pk__in=replaced).delete()
        for (kind, value), journey in ordered:
            if journey in replaced and standing[kind, value] == journey:
                link(replaced[journey], kind, value)
    for pair, journey in known.items():
        known[pair] = replaced.get(journey, journey)


def _merge_crossed(
    events: Sequence[Event], wanted: Sequence[tuple[Key, ...]], known: dict[tuple[str, str], UUID]
) -> dict[UUID, UUID]:
    merged: dict[UUID, UUID] = {}
    for event, keys in zip(events, wanted, strict=True):
        found = list(dict.fromkeys(known[key.kind, key.value] for key in keys if (key.kind, key.value) in known))
        if len(found) < 2:
            continue
        kept = found[0] if isinstance(event, EncounterMerged) else min(found)
        for gone in sorted(set(found) - {kept}):
            _absorb(gone, kept)
            merged[gone] = kept
            for pair, journey in known.items():
                if journey == gone:
                    known[pair] = kept
    return merged


def _name_after_merge(events: Sequence[Event], known: dict[tuple[str, str], UUID]) -> None:
    """A journey that is known by an account that is gone goes by the one that stays."""
    for event in events:
        if isinstance(event, EncounterMerged) and event.merged_account:
            journey = known["account", event.account_number]
            rows = Journey.objects.filter(pk=journey, account_number=event.merged_account)
            rows.update(account_number=event.account_number)


def _absorb(gone: UUID, kept: UUID) -> None:
    JourneyKey.objects.filter(journey_id=gone).update(journey_id=kept)
    numbers.follow_merge(gone, kept)
    for model in _OF_A_JOURNEY:
        model.objects.filter(journey_id=gone).update(journey_id=kept)
    EventRow.objects.filter(journey_id=gone).update(journey_id=kept)
    account = Journey.objects.filter(pk=gone).values_list("account_number", flat=True).first()
    if account:
        Journey.objects.filter(pk=kept, account_number="").update(account_number=account)
    Journey.objects.filter(pk=gone).delete()
