"""TA1, 999 and 277CA: what became of the claims that we sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.clearinghouse.files import Items
from connectors.event_bounds import bounded
from connectors.formats.x12 import (
    ClaimAcknowledgement,
    Fault,
    GroupResponse,
    InterchangeAcknowledgement,
    SegmentError,
    Severity,
    TransactionResponse,
)
from connectors.translation import Incoming
from connectors.x12_feeds import malformed
from hub.core.errors import DataFault
from hub.core.events.claim import ClaimAcknowledged, ClaimRejected, ClaimResponseEvent

INTERCHANGE, SYNTAX, STATUS = "TA1", "999", "277CA"
# A claim that is wrong throughout needs no longer list to be corrected.
_MOST_ERRORS = 20
_LONGEST_ERROR = 100


def response_events(message: Incoming) -> list[ClaimResponseEvent]:
    """One event for each claim answered, in file order.

    A 999 knows claims by the control numbers of our file: its events carry `control_number` as "<GS06>:<ST02>"
    and no claim number. A TA1 that refuses our interchange knows only that: its event carries ISA13, which is our
    GS06, and stands for every claim in the file; one that accepts it says nothing of a claim. Raises DataFault where
    the file breaks its structure, or where it refuses a whole group without naming its transactions: which claims
    those are, is for a person to find.
    """
    items = Items(message)
    events: list[ClaimResponseEvent] = []
    answered: set[str] = set()
    for item in items:
        match item:
            case Fault() if item.severity is Severity.ERROR:
                raise malformed(item)
            case InterchangeAcknowledgement() if not item.accepted:
                events.append(_of_interchange(item, _time(items.created), message))
            case TransactionResponse():
                answered.add(item.group_control_number)
                events.append(_of_transaction(item, _time(items.created), message))
            case GroupResponse() if not item.accepted and item.control_number not in answered:
                raise _group_refused(item)
            case ClaimAcknowledgement():
                events.append(_of_claim(item, _time(items.created), message))
    return [bounded(event) for event in events]


def control_number(group: str, transaction: str) -> str:
    """How a claim that we sent is named until its claim number comes into play: GS06 and ST02."""
    return f"{group}:{transaction}"


def _time(created: datetime | None) -> datetime:
    if created is None:
        raise DataFault("x12-malformed", "GS04 is not a date; expected CCYYMMDD.", cause=("GS04",))
    return created


def _of_interchange(item: InterchangeAcknowledgement, at: datetime, message: Incoming) -> ClaimResponseEvent:
    file = item.control_number.lstrip("0")
    return ClaimRejected(
        occurred_at=at,
        entity_key=file,
        facility=message.facility_hint,
        claim_number="",
        source=INTERCHANGE,
        control_number=file,
        status_code=item.note,
        errors=(_short(f"interchange: code {item.note}, {item.reason}"),),
    )


def _of_transaction(item: TransactionResponse, at: datetime, message: Incoming) -> ClaimResponseEvent:
    control = control_number(item.group_control_number, item.control_number)
    return (ClaimAcknowledged if item.accepted else ClaimRejected)(
        occurred_at=at,
        entity_key=control,
        facility=message.facility_hint,
        claim_number="",
        source=SYNTAX,
        control_number=control,
        status_code=item.status,
        errors=tuple(_syntax_errors(item))[:_MOST_ERRORS],
    )


def _of_claim(item: ClaimAcknowledgement, at: datetime, message: Incoming) -> ClaimResponseEvent:
    first = item.codes[0] if item.codes else None
    return (ClaimAcknowledged if item.accepted else ClaimRejected)(
        occurred_at=at,
        entity_key=item.account_number,
        facility=message.facility_hint,
        account_number=item.account_number,
        claim_number=item.account_number,
        source=STATUS,
        payer_claim_control_number=item.payer_claim_number,
        status_category=first.category if first else "",
        status_code=first.code if first else "",
        errors=() if item.accepted else tuple(_status_errors(item))[:_MOST_ERRORS],
    )


def _syntax_errors(item: TransactionResponse) -> Iterator[str]:
    """IK3 and IK4 as places with their codes: "CLM02 in segment 24: code 6"."""
    for segment in item.errors:
        if not segment.elements:
            yield _short(f"{_place(segment)}: code {segment.code}")
        for element in segment.elements:
            part = f"-{element.component}" if element.component else ""
            place = f"{segment.segment_id}{element.position:02}{part}"
            yield _short(f"{place} in segment {segment.position}: code {element.code}")
    for reason in item.reasons:
        yield _short(f"transaction: code {reason}")


def _place(segment: SegmentError) -> str:
    loop = f" of loop {segment.loop}" if segment.loop else ""
    return f"{segment.segment_id}{loop} in segment {segment.position}"


def _status_errors(item: ClaimAcknowledgement) -> Iterator[str]:
    """Category, status and entity of each refusal (code lists 507, 508 and 98)."""
    for code in item.codes:
        yield _short(":".join(part for part in (code.category, code.code, code.entity) if part))


def _short(words: str) -> str:
    return words[:_LONGEST_ERROR]


def _group_refused(item: GroupResponse) -> DataFault:
    return DataFault(
        "claim-group-rejected",
        f"The clearinghouse refused group {item.control_number} as a whole and names no transaction.",
        cause=(item.control_number,),
        hint="Find the file by its group number under deliveries; send its claims again once it is mended.",
        subject={"group": item.control_number, "reasons": ", ".join(item.reasons)},
    )
