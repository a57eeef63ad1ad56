"""From received messages to events, records and runs: a batch in one transaction that holds the messages' rows.

A message that cannot be understood is held with its case and leaves nothing half applied; the others of its batch
go on. A killed worker leaves its batch as it was.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import OperationalError, transaction
from django.db.models import Q

from connectors.models import Feed, Message
from connectors.registry import connector
from connectors.selectors import FeedInfo, feed
from connectors.states import FeedState, MessageState
from hub.core import clock
from hub.core.bulk import update_rows
from hub.core.errors import Defect, Failure, FailureClass
from hub.core.events import Event
from hub.core.events.claim import ClaimResponseEvent
from hub.core.parking import Held, Parked, park
from hub.masterdata.code_tally import Sightings
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Claim
from hub.records.models import Event as EventRow
from hub.records.services import Recordable
from orchestration import returning, starting
from orchestration.answers import with_questions
from orchestration.recording import record
from orchestration.understanding import facility_of, understand

_log = structlog.get_logger(__name__)

BATCH = 100
#: A message that waits for something still on its way (a claim's control number) is tried this often.
MAX_ATTEMPTS = 8
RETRY_DELAY = timedelta(seconds=1)


def process(limit: int = BATCH) -> int:
    """Process up to `limit` waiting messages of ordinary size together; returns how many were taken up."""
    try:
        with transaction.atomic():
            return _process(_claim(limit))
    except OperationalError:
        raise  # the database is away or two workers crossed: nothing was done, the sweep wakes us again
    except Exception:  # noqa: BLE001 - the runner: the guilty message comes out below, one at a time
        _log.exception("a batch of messages failed; going one by one")
        return sum(_process_alone() for _ in range(limit))


def _process_alone() -> int:
    messages: list[Message] = []
    try:
        with transaction.atomic():
            messages = _claim(1)
            return _process(messages)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - the runner: a surprise holds this message with a case
        if not messages:
            raise
        _log.exception("a message failed in a way nobody planned for", message=str(messages[0].id))
        with transaction.atomic():
            message = Message.objects.select_for_update().get(pk=messages[0].pk)
            hold(message, feed(message.feed_code), defect(error))
            save([message])
        return 1


def defect(error: Exception) -> Failure:
    kind = type(error).__name__
    return Defect(
        "unexpected-error",
        f"The message could not be processed ({kind}).",
        cause=("inbound", kind),
        hint="An engineer finds the trace in the log by the message's id; retry once it is mended.",
    )


def _claim(limit: int) -> list[Message]:
    rows = Message.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=clock.machine_now()), state=MessageState.RECEIVED
    ).exclude(feed_id__in=skipped_feeds())
    return list(rows.order_by("id").select_for_update(skip_locked=True)[:limit])


def skipped_feeds() -> list[int]:
    """Feeds that are paused, and those whose messages are files that are recorded in parts."""
    return [
        feed_id
        for feed_id, state, package in Feed.objects.values_list("id", "state", "system__connector")
        if state == FeedState.PAUSED or connector(package).streams
    ]


def _process(messages: list[Message]) -> int:
    if not messages:
        return 0
    crosswalk = snapshot(fresh=True)
    items: list[Recordable] = []
    owners: list[Message] = []
    before = recorded_before(messages)
    seen = Sightings()
    for message in messages:
        info = feed(message.feed_code)
        if message.id in before:
            message.state = MessageState.PROCESSED
            continue
        try:
            events = with_questions(with_claims(understand(message, info, crosswalk, seen)))
        except Failure as failure:
            hold_or_retry(message, info, failure)
            continue
        message.facility = facility_of(events) or message.facility
        message.state, message.processed_at = MessageState.PROCESSED, clock.now()
        message.code = message.detail = ""
        items += [recordable(event, info, message) for event in events]
        owners += [message] * len(events)
    recorded = record(items)
    for message, item in zip(owners, recorded, strict=True):
        message.journey_id = item.row.journey_id
    save(messages)
    returning.follow(messages)
    seen.write()
    return len(messages)


def recorded_before(messages: Sequence[Message]) -> set[UUID]:
    """Replayed messages whose events stand already: they are processed, and change nothing a second time."""
    replayed = [message.id for message in messages if message.processed_at is not None]
    if not replayed:
        return set()
    found = EventRow.objects.filter(causation_id__in=replayed).values_list("causation_id", flat=True)
    return {cause for cause in found if cause is not None}


def recordable(event: Event, info: FeedInfo, message: Message) -> Recordable:
    return Recordable(event=event, system=info.system, causation_id=message.id, received_at=message.received_at)


def with_claims(events: list[Event]) -> list[Event]:
    """Answers about claims name them by control number or claim number; complete them from the claim itself.

    An answer to a whole file, which names it by the number of its group alone, is one to each claim in it. Raises a
    transient Failure while the claim's submission is still being written down.
    """
    answers = [event for event in events if isinstance(event, ClaimResponseEvent)]
    if not answers:
        return events
    claims = _answered(answers)
    return [each for event in events for each in _completed(event, claims)]


def _answered(answers: Sequence[ClaimResponseEvent]) -> dict[str, list[Claim]]:
    """The claims that answers speak of, by the claim number, control number or file number that these use."""
    numbers = {event.claim_number for event in answers if event.claim_number}
    controls = {event.control_number for event in answers if not event.claim_number}
    found: dict[str, list[Claim]] = defaultdict(list)
    for claim in Claim.objects.filter(key__in=numbers):
        found[claim.key].append(claim)
    for claim in Claim.objects.filter(control_number__in=controls - {""}):
        found[claim.control_number].append(claim)
    for number in controls:
        if number and ":" not in number:
            found[number] += Claim.objects.filter(control_number__startswith=f"{number}:").order_by("control_number")
    return found


def _completed(event: Event, claims: dict[str, list[Claim]]) -> list[Event]:
    if not isinstance(event, ClaimResponseEvent):
        return [event]
    found = claims.get(event.claim_number or event.control_number)
    if not found:
        raise starting.not_yet_known(event)
    return [_about(event, claim) for claim in found]


def _about(event: ClaimResponseEvent, claim: Claim) -> Event:
    return dataclasses.replace(
        event,
        claim_number=claim.key,
        entity_key=claim.key,
        facility=event.facility or claim.facility,
        account_number=claim.account_number,
    )


# --- what cannot be processed ---


def hold_or_retry(message: Message, info: FeedInfo, failure: Failure) -> None:
    """Try again in a moment what only waits for something on its way; hold the rest with a case."""
    if failure.failure_class is FailureClass.TRANSIENT and message.attempts < MAX_ATTEMPTS:
        message.attempts += 1
        message.retry_at = clock.machine_now() + (failure.retry_after or RETRY_DELAY)
        return
    hold(message, info, failure)


def hold(message: Message, info: FeedInfo, failure: Failure) -> None:
    """Keep the message whole until someone has decided, with the case in the same transaction.

    A failure that knows the dollars at stake says so in its subject.
    """
    message.state = MessageState.HELD
    message.code, message.detail = failure.code[:60], failure.message[:300]
    message.facility = failure.subject.get("facility", "") or message.facility or info.facility
    park(
        Parked(
            kind=Held.MESSAGE,
            ref=message.id,
            failure=failure,
            system=info.system,
            facility=message.facility,
            amount=abs(Decimal(failure.subject.get("amount") or 0)),
        )  # fmt: skip
    )


_OUTCOME_FIELDS = (
    "state", "code", "detail", "facility", "journey_id", "processed_at", "attempts", "retry_at", "position",
    "contract_version",
)  # fmt: skip


def save(messages: Sequence[Message]) -> None:
    """Write down what became of messages that we hold the rows of."""
    update_rows(messages, _OUTCOME_FIELDS)
