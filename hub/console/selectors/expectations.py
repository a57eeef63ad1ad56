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
from hub.records.states import AppointmentStatus, AuthorizationStatus, ClaimStatus
from hub.ui.badges import Tone
from orchestration.models import Wait
from orchestration.states import RunState
from orchestration.workflows.readiness_authorization import EXPEDITED, STANDARD

_ANSWER = "coverage.eligibility_checked"
#: What runs wait for, in words.
_AWAITED = {
    "encounter.completed": "The visit in the EHR",
    "encounter.discharged": "The visit in the EHR",
    "charge.captured": "Charges from the EHR",
    "claim.acknowledged": "The clearinghouse's answer (999, 277CA)",
    "claim.rejected": "The clearinghouse's answer (999, 277CA)",
    "claim.adjudicated": "The payer's remittance (835)",
    _ANSWER: "The payer's answer about coverage (271)",
    "time": "The end of the bill hold",
}
#: What only makes a run look again: nobody is expected to change an appointment or a registration.
_MOVES = ("booked", "rescheduled", "cancelled", "no_show", "checked_in", "completed")
_REGISTERED = "encounter.registered"
_CORRECTED = ("appointment.corrected", "encounter.corrected")
_CHANGES = frozenset({*(f"appointment.{what}" for what in _MOVES), _REGISTERED, "encounter.updated", *_CORRECTED})
_UNDECIDED = frozenset({AuthorizationStatus.REQUESTED, AuthorizationStatus.PENDED})
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
        *_authorizations(story),
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


def _authorizations(story: JourneyStory) -> Iterator[Expected]:
    """The payer's own clock: it runs from the request, whatever the visit needs."""
    for one in story.authorizations[-1:]:
        if one.status in _UNDECIDED and one.requested_at is not None:
            until = one.requested_at + (EXPEDITED if one.expedited else STANDARD)
            kind = "expedited, 72 hours" if one.expedited else "7 days"
            amount = next((run.amount for run in story.runs if run.workflow == "W2" and run.amount), None)
            yield Expected(
                f"{one.payer}'s decision about the authorization (278; {kind})", amount, until, one.requested_at,
                Tone.CAUTION if until < now() else Tone.INFO,
            )  # fmt: skip


def _waits(story: JourneyStory) -> Iterator[Expected]:
    """Each awaited thing once, at the earliest end of its time."""
    told: set[str] = set()
    for wait in story.waits:
        words = _words(wait, story)
        if not words:
            continue
        if words not in told and wait.run.state == RunState.WAITING:
            told.add(words)
            yield Expected(words, wait.run.amount, wait.due_at, wait.since)


def _words(wait: Wait, story: JourneyStory) -> str:
    """Empty for what is told elsewhere, or is not awaited but only made note of."""
    asked = any(one.run_id == wait.run_id and one.topic == _ANSWER for one in story.waits)
    if wait.topic == _REGISTERED and wait.run.step == "eligibility" and not asked:
        return "The registration of the patient's coverage"
    if wait.topic in _CHANGES or wait.topic.startswith("authorization."):
        return ""
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
