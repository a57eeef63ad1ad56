"""From a payer's answer (271, 277, 278 response) to coverage, claim and authorization events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.event_bounds import bounded
from connectors.formats.x12 import (
    EligibilityAnswer,
    EligibilityInquiry,
    Fault,
    InquiryStart,
    ReviewRequest,
    ReviewResponse,
    Severity,
    StatusAnswer,
    StatusInquiry,
    read_inquiries,
)
from connectors.payers.authorizations import authorization_event
from connectors.payers.claim_statuses import status_event
from connectors.payers.coverages import coverage_event
from connectors.translation import Incoming
from connectors.x12_feeds import malformed
from hub.core.errors import DataFault
from hub.core.events import Event


def translate(message: Incoming) -> Iterator[Event]:
    """The events of an answer. Nothing is yielded before all of it is known to be sound."""
    yield from _events(message)


def _events(message: Incoming) -> list[Event]:
    start: InquiryStart | None = None
    events: list[Event] = []
    with message.open() as stream:
        for item in read_inquiries(stream):
            match item:
                case Fault() if item.severity is Severity.ERROR:
                    raise malformed(item)
                case InquiryStart():
                    start = item
                case EligibilityAnswer() if start is not None:
                    events.append(bounded(coverage_event(item, start.reference, _time(start, message))))
                case StatusAnswer() if start is not None:
                    events.append(bounded(status_event(item, _time(start, message))))
                case ReviewResponse() if start is not None:
                    events.append(bounded(authorization_event(item, start.reference, _time(start, message))))
                case EligibilityInquiry() | StatusInquiry() | ReviewRequest():
                    raise _no_answer("an inquiry")
    if not events:
        raise _no_answer("nothing")
    return events


def _time(start: InquiryStart, message: Incoming) -> datetime:
    """BHT04 and BHT05; X12 carries no zone, so it is the feed's."""
    if start.created is None:
        raise DataFault("x12-malformed", "BHT04 is not a date; expected CCYYMMDD.", cause=("BHT04",))
    return start.created.replace(tzinfo=message.zone)


def _no_answer(found: str) -> DataFault:
    return DataFault(
        "no-answer",
        f"The message holds {found} where an answer was expected (271, 277 or 278 response).",
        cause=("ST01",),
        hint="Ask the payer what it sends here.",
    )
