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
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from connectors import lanes
from connectors.base import DeliveryRequest, DeliveryResult, Outcome
from connectors.intake import receive
from connectors.models import Delivery, Feed, PostingKey, PostingState, System
from connectors.queue import deliveries_wait
from connectors.selectors import FeedInfo, feed
from connectors.states import DeliveryState
from hub.core import clock
from hub.core.bulk import insert_rows, update_rows
from hub.core.errors import Ambiguous, ConfigurationFault, Defect, Failure
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked, failure_values, park
from hub.core.sealing import open_json, seal_json

_log = structlog.get_logger(__name__)

#: A turn that has not reported back by then belongs to a worker that died.
LEASE = timedelta(seconds=30)
#: A turn makes at most this many exchanges, one after the other: a new token, reading back, sending, by operation.
EXCHANGES_PER_TURN = 10
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
    insert_rows(rows)
    insert_rows(
        [PostingKey(system=row.system, key=row.posting_key, delivery_id=row.id) for row in rows], keep_first=True
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
        try:
            if not free or not lanes.ready(system):
                return 0
            client, answers = lanes.client(system), _answers_feed(system)
        except Failure as failure:
            lanes.stop(system, failure)
            return 0
        batch, repeated = _claim(system, lanes.batch_size(system, client.max_batch))
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
            _take_in(answers, results)
            lanes.note(system, results)
            settle(ended)
        lanes.pace(system, len(batch), elapsed)
    return len(batch) + len(repeated)


def _answers_feed(system: System) -> FeedInfo | None:
    """The feed by which what a system answers on the spot is taken in. Raises ConfigurationFault if it is not there."""
    code = system.options.get("answers")
    if code is None:
        return None
    try:
        return feed(str(code))
    except Feed.DoesNotExist:
        raise ConfigurationFault(
            "answers-have-no-feed",
            f"The answers of {system.name} have no feed.",
            cause=(system.code,),
            hint="Name a feed of this system in its option `answers`.",
        ) from None


def _take_in(answers: FeedInfo | None, results: Sequence[DeliveryResult]) -> None:
    """Answers become messages in the transaction that records their deliveries: either both are there or neither."""
    for result in results:
        if result.answer and answers is not None:
            receive(answers, body=result.answer, headers={}, name="answer", proven=True)


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
        keys = _holders(system, rows)
        batch, repeated, waiting = [], [], []
        seen: set[str] = set()
        moment = clock.machine_now()
        for row in rows:
            key = keys.get(row.posting_key)
            if key is not None and key.delivery_id != row.id and key.state == PostingState.CONFIRMED:
                row.state, row.reference, row.repeated = DeliveryState.CONFIRMED, key.reference, True
                row.finished_at = clock.now()
                repeated.append(row)
            elif row.posting_key in seen or key is None or key.delivery_id != row.id:
                row.due_at = moment + FIRST_DELAY
                waiting.append(row)
            else:
                # A lease that ran out means that nobody knows whether it was sent.
                if row.state == DeliveryState.SENDING:
                    row.state = DeliveryState.UNCONFIRMED
                row.attempts += 1
                seen.add(row.posting_key)
                batch.append(row)
        update_rows(repeated, ("state", "reference", "repeated", "finished_at"))
        update_rows(waiting, ("due_at",))
        _mark_sending(batch, moment + _lease(system))
    return batch, repeated


def _holders(system: System, rows: Sequence[Delivery]) -> dict[str, PostingKey]:
    """Who holds the posting keys of `rows`. One that a refused delivery let go of goes to the next in line here.

    Asked for before it is looked at: two turns that want the same free key must not both think that they have it.
    """
    wanted = {row.posting_key: row.id for row in reversed(rows)}
    held = PostingKey.objects.filter(system=system.code, key__in=wanted)
    keys = {key.key: key for key in held}
    free = [PostingKey(system=system.code, key=key, delivery_id=wanted[key]) for key in sorted(wanted.keys() - keys)]
    if not free:
        return keys
    insert_rows(free, keep_first=True)
    return {key.key: key for key in held.all()}


def _lease(system: System) -> timedelta:
    """Longer than a turn can take: a lease that runs out under a living turn would send twice."""
    if system.max_concurrency == 1:  # whoever has the only slot knows that the turn before is over
        return LEASE
    return max(LEASE, timedelta(seconds=system.timeout_seconds) * EXCHANGES_PER_TURN)


def _mark_sending(batch: Sequence[Delivery], lease_until: datetime) -> None:
    """One statement; in memory each row keeps the state it was found in, to tell sending from reading back.

    `sent_at` stays that of the sending where the outcome is to be read back.
    """
    if not batch:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_delivery SET state = 'sending', lease_until = %s, attempts = attempts + 1,"
            " sent_at = CASE WHEN state = 'pending' THEN %s ELSE sent_at END WHERE id = ANY(%s)",
            [lease_until, clock.now(), [row.id for row in batch]],
        )


def _carry_out(client: lanes.Client, batch: Sequence[Delivery]) -> list[DeliveryResult]:
    """One result per delivery: read back what is unknown, send what is certainly not there.

    A client that breaks leaves it unknown what it did; its fault is a defect of ours and must not stop the lane.
    """
    try:
        return _read_back_and_send(client, batch)
    except Exception as error:  # noqa: BLE001 - the runner: whatever a client raises, its batch has an outcome
        _log.exception("a client failed in a way nobody planned for", deliveries=[str(row.id) for row in batch])
        return [DeliveryResult(Outcome.UNCONFIRMED, failure=_broken(error))] * len(batch)


def _broken(error: Exception) -> Failure:
    if isinstance(error, Failure):
        return error
    kind = type(error).__name__
    return Defect("client-failed", f"The client failed while it spoke to the system ({kind}).", cause=(kind,))


def _read_back_and_send(client: lanes.Client, batch: Sequence[Delivery]) -> list[DeliveryResult]:
    requests = [DeliveryRequest(row.operation, row.posting_key, open_json(row.sealed_request)) for row in batch]
    results: dict[int, DeliveryResult] = {}
    unknown = [index for index, row in enumerate(batch) if row.state == DeliveryState.UNCONFIRMED]
    if unknown:
        found = client.read_back([requests[index] for index in unknown])
        for index, result in zip(unknown, found, strict=True):
            if result is not None:
                results[index] = result if result.outcome is Outcome.CONFIRMED else _still_unknown(result)
    to_send = [index for index in range(len(batch)) if index not in results]
    if to_send:
        moment = clock.now()
        for index in to_send:
            batch[index].sent_at = moment
        sent = client.send([requests[index] for index in to_send])
        results.update(zip(to_send, sent, strict=True))
    return [results[index] for index in range(len(batch))]


def _still_unknown(result: DeliveryResult) -> DeliveryResult:
    """The far side could not be asked: the outcome stays open, whatever kept us from asking."""
    failure = result.failure or Ambiguous("read-back-failed", "The far side could not be asked.")
    return DeliveryResult(Outcome.UNCONFIRMED, failure=failure, status=result.status, elapsed=result.elapsed)


def _write_down(
    system: System, batch: Sequence[Delivery], results: Sequence[DeliveryResult], elapsed: timedelta
) -> list[Delivery]:
    """Record every outcome; returns the deliveries that came to an end."""
    ended = []
    confirmed: list[Delivery] = []
    released: list[str] = []
    for row, result in zip(batch, results, strict=True):
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
            row.due_at = clock.machine_now() + _delay(row.attempts, _asked(result.failure))
            _show_when_old(row, result.failure)
        case Outcome.FAILED:
            _postpone(row, result.failure)


def _postpone(row: Delivery, failure: Failure | None) -> None:
    """Certainly without effect: back into the lane, or given up after too many tries.

    It is not its own fault where the whole lane is stopped, or the far side says when it is to come again.
    """
    stopped = failure is not None and failure.failure_class in lanes.LASTING
    patient = row.status == lanes.TOO_MANY_REQUESTS or _asked(failure) is not None
    if row.attempts >= MAX_ATTEMPTS and not (stopped or patient):
        row.state, row.finished_at = DeliveryState.FAILED, clock.now()
        return
    row.state = DeliveryState.PENDING
    row.due_at = clock.machine_now() + _delay(row.attempts, _asked(failure))


def _asked(failure: Failure | None) -> timedelta | None:
    return failure.retry_after if failure is not None else None


def _delay(attempts: int, asked: timedelta | None) -> timedelta:
    """Exponential, with jitter over its upper half; never sooner than the far side asked."""
    grown = min(FIRST_DELAY * 2 ** min(attempts - 1, 16), LONGEST_DELAY)
    spread: timedelta = grown * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing
    return max(spread, asked) if asked else spread


def _show_when_old(row: Delivery, failure: Failure | None) -> None:
    if row.sent_at is None or clock.now() - row.sent_at < UNCONFIRMED_CASE_AFTER:
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
    "state", "reference", "status", "failure_class", "code", "detail", "due_at", "lease_until", "sent_at",
    "finished_at", "elapsed_ms", "sealed_response",
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
