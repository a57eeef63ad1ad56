"""Delivery lanes: one ordered queue per system, drained in batches by whoever has a free slot of it.

A turn claims deliveries, reads back those whose outcome is unknown, sends the rest, and writes down what became
of them. What happens to a delivery that did not succeed is decided here and nowhere else:

* confirmed, rejected: final.
* unconfirmed: its posting key is looked up at the far side before anything else is done with it.
* failed: sent again after a delay, at the far side's own word where it gave one (`Retry-After`).
* the system is down: the breaker opens, the lane waits in order behind one incident, and a probe opens it again.
* the credentials are wrong: the system is paused, with one case.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from connectors import lanes
from connectors.base import DeliveryRequest, DeliveryResult, Outcome
from connectors.models import Delivery, PostingKey, PostingState, System
from connectors.queue import deliveries_wait
from connectors.states import DeliveryState
from hub.core import clock
from hub.core.bulk import update_rows
from hub.core.errors import Ambiguous, Failure, FailureClass
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked, failure_values, park
from hub.core.sealing import open_json, seal_json

#: A turn that has not reported back by then belongs to a worker that died.
LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 12
FIRST_DELAY = timedelta(seconds=1)
LONGEST_DELAY = timedelta(minutes=5)
#: An outcome that stays unknown this long is shown to an engineer.
UNCONFIRMED_CASE_AFTER = timedelta(minutes=15)

Settle = Callable[[Sequence[Delivery]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """An outside effect to be carried out once under its posting key."""

    system: str
    request: DeliveryRequest
    run_id: UUID | None = None
    step_id: UUID | None = None
    journey_id: UUID | None = None
    facility: str = ""


def enqueue(items: Sequence[NewDelivery]) -> list[Delivery]:
    """Put deliveries into their lanes, inside the caller's transaction, posting keys reserved."""
    rows = [
        Delivery(
            id=uuid7(),
            system=item.system,
            operation=item.request.operation,
            posting_key=item.request.posting_key,
            run_id=item.run_id,
            step_id=item.step_id,
            journey_id=item.journey_id,
            facility=item.facility,
            sealed_request=seal_json(item.request.payload),
        )
        for item in items
    ]
    Delivery.objects.bulk_create(rows)
    PostingKey.objects.bulk_create(
        [PostingKey(system=row.system, key=row.posting_key, delivery_id=row.id) for row in rows],
        ignore_conflicts=True,
    )
    for system in {row.system for row in rows}:
        deliveries_wait(system)
    return rows


def take_turn(code: str, settle: Settle) -> int:
    """Carry out one batch of the lane of system `code`; returns how many deliveries it moved.

    `settle` is told of the deliveries that came to an end, inside the transaction that records it.
    """
    system = System.objects.select_related("lane").get(code=code)
    with lanes.slot(system) as free:
        if not free or not lanes.ready(system):
            return 0
        client = lanes.client(system)
        batch, repeated = _claim(system, client.max_batch)
        if repeated:
            with transaction.atomic():
                settle(repeated)
        if not batch:
            return len(repeated)
        started = clock.machine_now()
        results = _carry_out(client, batch)
        elapsed = clock.machine_now() - started
        with transaction.atomic():
            ended = _write_down(system, batch, results, elapsed)
            lanes.note(system, [result for result in results if result is not None])
            settle(ended)
        lanes.pace(system, len(batch), elapsed)
    return len(batch) + len(repeated)


def has_work(code: str) -> bool:
    """Whether some delivery of this lane could be taken up now."""
    return _due(code).exists()


def _due(code: str) -> QuerySet[Delivery]:
    moment = clock.machine_now()
    return Delivery.objects.filter(
        Q(state=DeliveryState.PENDING)
        | Q(state=DeliveryState.UNCONFIRMED)
        | Q(state=DeliveryState.SENDING, lease_until__lt=moment),
        Q(due_at=None) | Q(due_at__lte=moment),
        system=code,
    )


def _claim(system: System, limit: int) -> tuple[list[Delivery], list[Delivery]]:
    """(deliveries to carry out, deliveries whose posting key another one already confirmed)."""
    with transaction.atomic():
        rows = list(_due(system.code).order_by("id").select_for_update(skip_locked=True)[:limit])
        if not rows:
            return [], []
        keys = {
            key.key: key
            for key in PostingKey.objects.filter(system=system.code, key__in=[row.posting_key for row in rows])
        }
        batch, repeated, waiting = [], [], []
        seen: set[str] = set()
        moment = clock.machine_now()
        for row in rows:
            key = keys.get(row.posting_key)
            if key is not None and key.delivery_id != row.id and key.state == PostingState.CONFIRMED:
                row.state, row.reference, row.repeated = DeliveryState.CONFIRMED, key.reference, True
                row.finished_at = clock.now()
                repeated.append(row)
            elif row.posting_key in seen or (key is not None and key.delivery_id != row.id):
                row.due_at = moment + FIRST_DELAY
                waiting.append(row)
            else:
                # A lease that ran out means that nobody knows whether it was sent.
                if row.state == DeliveryState.SENDING:
                    row.state = DeliveryState.UNCONFIRMED
                row.lease_until = moment + LEASE
                row.attempts += 1
                row.sent_at = clock.now()
                seen.add(row.posting_key)
                batch.append(row)
        update_rows(repeated, ("state", "reference", "repeated", "finished_at"))
        update_rows(waiting, ("due_at",))
        # A key that a refused delivery let go of belongs to the next one from here on.
        PostingKey.objects.bulk_create(
            [PostingKey(system=row.system, key=row.posting_key, delivery_id=row.id) for row in batch],
            ignore_conflicts=True,
        )
        _mark_sending(batch)
    return batch, repeated


def _mark_sending(batch: Sequence[Delivery]) -> None:
    """One statement; in memory each row keeps the state it was found in, to tell sending from reading back."""
    if not batch:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_delivery SET state = 'sending', lease_until = %s, sent_at = %s, attempts = attempts + 1"
            " WHERE id = ANY(%s)",
            [batch[0].lease_until, batch[0].sent_at, [row.id for row in batch]],
        )


def _carry_out(client: lanes.Client, batch: Sequence[Delivery]) -> list[DeliveryResult | None]:
    """One result per delivery: read back what is unknown, send what is certainly not there. None: look again."""
    requests = [DeliveryRequest(row.operation, row.posting_key, open_json(row.sealed_request)) for row in batch]
    results: dict[int, DeliveryResult | None] = {}
    unknown = [index for index, row in enumerate(batch) if row.state == DeliveryState.UNCONFIRMED]
    if unknown:
        found = client.read_back([requests[index] for index in unknown])
        for index, result in zip(unknown, found, strict=True):
            if result is not None:
                results[index] = result if result.outcome is Outcome.CONFIRMED else _still_unknown(result)
    to_send = [index for index in range(len(batch)) if index not in results]
    if to_send:
        sent = client.send([requests[index] for index in to_send])
        results.update(zip(to_send, sent, strict=True))
    return [results[index] for index in range(len(batch))]


def _still_unknown(result: DeliveryResult) -> DeliveryResult:
    """The far side could not be asked: the outcome stays open, whatever kept us from asking."""
    failure = result.failure or Ambiguous("read-back-failed", "The far side could not be asked.")
    return DeliveryResult(Outcome.UNCONFIRMED, failure=failure, status=result.status, elapsed=result.elapsed)


def _write_down(
    system: System, batch: Sequence[Delivery], results: Sequence[DeliveryResult | None], elapsed: timedelta
) -> list[Delivery]:
    """Record every outcome; returns the deliveries that came to an end."""
    ended = []
    confirmed: list[Delivery] = []
    released: list[str] = []
    for row, result in zip(batch, results, strict=True):
        if result is None:
            continue
        _apply(row, result, elapsed)
        if row.state == DeliveryState.CONFIRMED:
            confirmed.append(row)
        elif row.state in {DeliveryState.REJECTED, DeliveryState.FAILED}:
            released.append(row.posting_key)
        if row.finished_at is not None:
            ended.append(row)
    update_rows(batch, _OUTCOME_FIELDS)
    _settle_keys(system.code, confirmed, released, [row for row in batch if row.state == DeliveryState.UNCONFIRMED])
    return ended


def _apply(row: Delivery, result: DeliveryResult, elapsed: timedelta) -> None:
    row.status = result.status
    row.elapsed_ms = int(elapsed.total_seconds() * 1000)
    row.lease_until = None
    row.due_at = None
    row.failure_class = row.code = row.detail = ""
    if result.response:
        row.sealed_response = seal_json(result.response)
    if result.failure is not None:
        for name, value in failure_values(result.failure).items():
            setattr(row, name, value)
    match result.outcome:
        case Outcome.CONFIRMED:
            row.state, row.reference, row.finished_at = DeliveryState.CONFIRMED, result.reference[:120], clock.now()
        case Outcome.REJECTED:
            row.state, row.finished_at = DeliveryState.REJECTED, clock.now()
        case Outcome.UNCONFIRMED:
            row.state = DeliveryState.UNCONFIRMED
            row.due_at = clock.machine_now() + _delay(row.attempts, None)
            _show_when_old(row, result.failure)
        case Outcome.FAILED:
            _postpone(row, result.failure)


def _postpone(row: Delivery, failure: Failure | None) -> None:
    """Certainly without effect: back into the lane, or given up after too many tries."""
    lasting = failure is not None and failure.failure_class is FailureClass.CONFIGURATION
    if row.attempts >= MAX_ATTEMPTS and not lasting:
        row.state, row.finished_at = DeliveryState.FAILED, clock.now()
        return
    row.state = DeliveryState.PENDING
    row.due_at = clock.machine_now() + _delay(row.attempts, failure.retry_after if failure else None)


def _delay(attempts: int, asked: timedelta | None) -> timedelta:
    """Exponential, with jitter over its upper half; never sooner than the far side asked."""
    grown = min(FIRST_DELAY * 2 ** min(attempts - 1, 16), LONGEST_DELAY)
    spread: timedelta = grown * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing
    return max(spread, asked) if asked else spread


def _show_when_old(row: Delivery, failure: Failure | None) -> None:
    if row.sent_at is None or clock.now() - row.created_at < UNCONFIRMED_CASE_AFTER:
        return
    shown = failure or Ambiguous("unconfirmed", "The outcome is still unknown.")
    park(
        Parked(
            kind=Held.DELIVERY,
            ref=row.id,
            failure=shown,
            system=row.system,
            facility=row.facility,
            journey_id=row.journey_id,
        )  # fmt: skip
    )


_OUTCOME_FIELDS = (
    "state", "reference", "status", "failure_class", "code", "detail", "due_at", "lease_until", "finished_at",
    "elapsed_ms", "sealed_response",
)  # fmt: skip


def _settle_keys(
    system: str, confirmed: Sequence[Delivery], released: Sequence[str], unknown: Sequence[Delivery]
) -> None:
    """A confirmed key stays taken for good; a refused one is free for the corrected effect."""
    if confirmed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE connectors_postingkey AS held SET state = 'confirmed', reference = done.reference"
                "  FROM unnest(%s::text[], %s::text[]) AS done (key, reference)"
                " WHERE held.system = %s AND held.key = done.key",
                [[row.posting_key for row in confirmed], [row.reference for row in confirmed], system],
            )
    if released:
        PostingKey.objects.filter(system=system, key__in=released).exclude(state=PostingState.CONFIRMED).delete()
    if unknown:
        PostingKey.objects.filter(system=system, key__in=[row.posting_key for row in unknown]).update(
            state=PostingState.UNCONFIRMED
        )
