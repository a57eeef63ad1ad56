"""What a journey expects next: from whom, until when, and how much hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hub.console.selectors.journeys import JourneyStory
from hub.core.clock import now
from hub.core.money import ZERO
from hub.ledger.states import EntryState
from hub.records.states import AppointmentStatus, ClaimStatus
from hub.ui.badges import Tone
from orchestration.models import Wait
from orchestration.states import RunState

#: What runs wait for, in words.
_AWAITED = {
    "encounter.completed": "The visit in the EHR",
    "encounter.discharged": "The visit in the EHR",
    "charge.captured": "Charges from the EHR",
    "claim.acknowledged": "The clearinghouse's answer (999, 277CA)",
    "claim.rejected": "The clearinghouse's answer (999, 277CA)",
    "claim.adjudicated": "The payer's remittance (835)",
    "time": "The end of the bill hold",
}
_COMING = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN})


@dataclass(frozen=True, slots=True)
class Expected:
    """`until` is when its absence becomes a case; `since` since when it is awaited."""

    what: str
    amount: Decimal | None = None
    until: datetime | None = None
    since: datetime | None = None
    tone: Tone = Tone.INFO
    case_number: int | None = None


def expected(story: JourneyStory) -> list[Expected]:
    """In the order in which it matters; empty where the journey has come to its end."""
    return [
        *_decisions(story),
        *_visits(story),
        *_waits(story),
        *_remittances(story),
        *_postings(story),
        *_patient(story),
    ]


def _decisions(story: JourneyStory) -> Iterator[Expected]:
    for case in story.open_cases:
        yield Expected(
            f"A person decides: {case.title}", case.amount, case.due_at, case.opened_at, Tone.CRITICAL, case.number
        )


def _visits(story: JourneyStory) -> Iterator[Expected]:
    for appointment in story.appointments:
        if appointment.status in _COMING and not story.encounters:
            late = appointment.starts_at < now()
            yield Expected(
                "The visit",
                appointment.expected_amount,
                appointment.starts_at,
                tone=Tone.CAUTION if late else Tone.INFO,
            )


def _waits(story: JourneyStory) -> Iterator[Expected]:
    """Each awaited thing once, at the earliest end of its time."""
    told: set[str] = set()
    for wait in story.waits:
        words = _words(wait)
        if words not in told and wait.run.state == RunState.WAITING:
            told.add(words)
            yield Expected(words, wait.run.amount, wait.due_at, wait.since)


def _words(wait: Wait) -> str:
    return _AWAITED.get(wait.topic, wait.topic)


def _remittances(story: JourneyStory) -> Iterator[Expected]:
    for claim in story.claims:
        if claim.status == ClaimStatus.ACCEPTED:
            yield Expected(f"{claim.payer}'s remittance (835)", claim.amount, since=claim.accepted_at)


def _postings(story: JourneyStory) -> Iterator[Expected]:
    for entry in story.entries:
        if entry.state == EntryState.RECORDED:
            total: Decimal = getattr(entry, "total", None) or ZERO
            yield Expected("The ERP's confirmation", total, since=entry.recorded_at, tone=Tone.CAUTION)


def _patient(story: JourneyStory) -> Iterator[Expected]:
    if story.patient_owes > 0:
        decided = max((claim.adjudicated_at for claim in story.claims if claim.adjudicated_at), default=None)
        yield Expected("The patient's payment", story.patient_owes, since=decided)
