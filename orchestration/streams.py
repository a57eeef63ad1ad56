"""Files of any size: checked whole, then recorded in parts, each part one transaction.

How far a file is recorded stands on its message, so a killed worker costs one more reading and nothing else.
Nothing of a remittance is recorded before all of it is known to balance.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Q

from connectors.clearinghouse.files import transaction_of
from connectors.clearinghouse.remittances import RemittanceSummary, check_remittance, claim_events
from connectors.models import Feed, Message
from connectors.selectors import FeedInfo, feed
from connectors.states import FeedState, MessageState
from connectors.translation import Incoming
from hub.core import clock
from hub.core.bulk import insert_rows
from hub.core.errors import Failure
from hub.core.events import Event
from hub.core.events.claim import AdjudicationEvent, RemittanceReceived
from hub.masterdata.code_tally import Sightings
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import Span
from hub.records.models import Claim, ClaimPayment, Remittance
from hub.records.services import Recorded
from hub.records.states import RemittanceStatus
from orchestration import inbound, returning
from orchestration.acknowledging import acknowledge_file
from orchestration.recording import record
from orchestration.understanding import incoming, note, resolve, understand

_log = structlog.get_logger(__name__)

#: Claim payments recorded in one transaction: small enough that the first is posted soon, large enough to be quick.
PART = 200
_LOCK_CLASS = 0x7469


def process_file() -> int:
    """Process the oldest waiting file, in parts, to its end; returns 1 where there was one."""
    for message_id in _waiting():
        with _alone(message_id) as mine:
            if not mine:
                continue
            _process(message_id)
            return 1
    return 0


def _waiting() -> list[UUID]:
    streaming = [
        row.pk
        for row in Feed.objects.filter(state=FeedState.ACTIVE).select_related("system")
        if feed(row.code).connector.streams
    ]
    rows = Message.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=clock.machine_now()), state=MessageState.RECEIVED, feed_id__in=streaming
    )
    return list(rows.order_by("id").values_list("id", flat=True)[:10])


@contextmanager
def _alone(message_id: UUID) -> Iterator[bool]:
    """One worker per file, over all its transactions; a killed worker's connection gives it free."""
    number = message_id.int & 0x7FFFFFFF
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, number])
        row = cursor.fetchone()
    try:
        yield bool(row and row[0])
    finally:
        if row and row[0]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, number])


def _process(message_id: UUID) -> None:
    message = Message.objects.get(pk=message_id)
    if message.state != MessageState.RECEIVED:
        return
    info = feed(message.feed_code)
    try:
        arrived = incoming(message, info)
        if transaction_of(arrived) == "835":
            _remittance_file(message, info, arrived)
        else:
            _small_file(message, info)
    except OperationalError:
        raise
    except Failure as failure:
        _set_aside(message, info, failure)
    except Exception as error:  # noqa: BLE001 - the runner: a surprise holds this file with a case
        _log.exception("a file failed in a way nobody planned for", message=str(message_id))
        _set_aside(message, info, inbound.defect(error))


def _set_aside(message: Message, info: FeedInfo, failure: Failure) -> None:
    with transaction.atomic():
        inbound.hold_or_retry(message, info, failure)
        if message.state == MessageState.HELD:
            acknowledge_file(message, info, incoming(message, info))
        inbound.save([message])


def _small_file(message: Message, info: FeedInfo) -> None:
    """Acknowledgements (999, 277CA): few events, one transaction."""
    before = inbound.recorded_before([message])
    seen = Sightings()
    events = [] if before else inbound.with_claims(understand(message, info, snapshot(fresh=True), seen))
    with transaction.atomic():
        seen.write()
        recorded = record([inbound.recordable(event, info, message) for event in events])
        _done(message, recorded)
        acknowledge_file(message, info, incoming(message, info))
        inbound.save([message])


def _remittance_file(message: Message, info: FeedInfo, arrived: Incoming) -> None:
    summaries = check_remittance(arrived)
    heads = [resolve(item.event, info.system, snapshot(fresh=True)) for item in summaries]
    if not _announce(message, info, summaries, heads):
        return
    events = claim_events(arrived, message.position)
    while part := list(islice(events, PART)):
        _record_part(message, info, part)
    with transaction.atomic():
        Remittance.objects.filter(message_id=message.id).update(status=RemittanceStatus.RECORDED)
        _done(message, ())
        acknowledge_file(message, info, arrived)
        inbound.save([message])


def _announce(message: Message, info: FeedInfo, summaries: Sequence[RemittanceSummary], heads: Sequence[Event]) -> bool:
    """Record the remittances themselves; False where all of them were recorded from an earlier file."""
    known = dict(
        Remittance.objects.filter(key__in=[head.entity_key for head in heads]).values_list("key", "message_id")
    )
    if known and all(known.get(head.entity_key) not in {None, message.id} for head in heads):
        message.state, message.processed_at = MessageState.DUPLICATE, clock.now()
        message.code, message.detail = "remittance-repeated", "Every remittance of this file was received before."
        inbound.save([message])
        return False
    fresh = [
        (item, dataclasses.replace(head, facility=head.facility or BILLING_OFFICE))
        for item, head in zip(summaries, heads, strict=True)
        if head.entity_key not in known
    ]
    with transaction.atomic():
        insert_rows([_remittance(message, item, head) for item, head in fresh])
        record([inbound.recordable(head, info, message) for _, head in fresh])
    return True


#: Remittances belong to the group's central billing office until their claims say whose they are.
BILLING_OFFICE = "CBO"


def _remittance(message: Message, item: RemittanceSummary, head: Event) -> Remittance:
    return Remittance(
        key=head.entity_key,
        message_id=message.id,
        status=RemittanceStatus.RECORDING,
        facility=BILLING_OFFICE,
        payer=getattr(head, "payer", ""),
        trace_number=item.event.trace_number,
        amount=item.event.amount,
        currency=item.event.currency,
        method=item.event.method,
        paid_on=item.event.paid_on,
        claim_count=item.event.claim_count,
        received_at=message.received_at,
    )


def _record_part(message: Message, info: FeedInfo, part: Sequence[AdjudicationEvent]) -> None:
    """Record some claim payments, and how far the file is recorded, together."""
    crosswalk, seen = snapshot(), Sightings()
    by_rule: list[tuple[str, Span]] = []
    resolved = [resolve(event, info.system, crosswalk, by_rule) for event in part]
    seen.resolved_by_rule(message.id, by_rule)
    for event, known in zip(part, resolved, strict=True):
        note(seen, event, info.system, known.facility)
    claims = {claim.key: claim for claim in Claim.objects.filter(key__in=[event.claim_number for event in part])}
    owned = _of_this_file(message, {event.remittance_key for event in part})
    standing = _recorded(owned, part)
    events = [
        _completed(event, claims)
        for event, told in zip(resolved, part, strict=True)
        if told.remittance_key in owned and (told.remittance_key, told.position) not in standing
    ]
    with transaction.atomic():
        recorded = record([inbound.recordable(event, info, message) for event in events])
        payments = [_claim_payment(item, owned, claims) for item in recorded]
        insert_rows(payments, keep_first=True)
        message.position += len(part)
        inbound.save([message])
        seen.write()


def _of_this_file(message: Message, keys: set[str]) -> dict[str, UUID]:
    """The remittances that this file brought; one that came with an earlier file keeps what that brought."""
    return dict(Remittance.objects.filter(key__in=keys, message_id=message.id).values_list("key", "id"))


def _recorded(owned: dict[str, UUID], part: Sequence[AdjudicationEvent]) -> set[tuple[str, int]]:
    """Which claim payments of this part stand already: a replayed file brings them again, to no effect."""
    rows = ClaimPayment.objects.filter(
        remittance__in=owned.values(), position__gte=min(event.position for event in part),
        position__lte=max(event.position for event in part),
    )  # fmt: skip
    return set(rows.values_list("remittance__key", "position"))


def as_recorded(events: Sequence[Event]) -> list[Event]:
    """The events of a remittance file as recording completes them, for whoever reads one without recording it."""
    numbers = [event.claim_number for event in events if isinstance(event, AdjudicationEvent)]
    claims = {claim.key: claim for claim in Claim.objects.filter(key__in=numbers)} if numbers else {}
    return [
        _completed(event, claims) if isinstance(event, AdjudicationEvent | RemittanceReceived) else event
        for event in events
    ]


def _completed(event: Event, claims: dict[str, Claim]) -> Event:
    """The claim says which facility and account it belongs to; a claim unknown here is the billing office's."""
    claim = claims.get(getattr(event, "claim_number", ""))
    if claim is None:
        return dataclasses.replace(event, facility=event.facility or BILLING_OFFICE)
    return dataclasses.replace(event, facility=claim.facility, account_number=claim.account_number)


def _claim_payment(item: Recorded, owned: dict[str, UUID], claims: dict[str, Claim]) -> ClaimPayment:
    event = item.event
    if not isinstance(event, AdjudicationEvent):
        raise TypeError("only adjudications become claim payments")
    claim = claims.get(event.claim_number)
    return ClaimPayment(
        remittance_id=owned[event.remittance_key],
        position=event.position,
        event_id=item.row.id,
        claim=claim,
        journey_id=item.row.journey_id,
        facility=event.facility,
        claim_number=event.claim_number,
        kind=event.TYPE.partition(".")[2],
        status_code=event.status_code,
        charge=event.charge,
        paid=event.paid,
        patient_responsibility=event.patient_responsibility,
        payer_claim_control_number=event.payer_claim_control_number,
        adjustments=item.row.data["adjustments"],
        remark_codes=item.row.data["remark_codes"],
    )


def _done(message: Message, recorded: Sequence[Recorded]) -> None:
    message.state, message.processed_at = MessageState.PROCESSED, clock.now()
    message.code = message.detail = ""
    returning.follow([message])
    if recorded:
        message.journey_id, message.facility = recorded[0].row.journey_id, recorded[0].row.facility
