"""The journey from left to right: its stages with dollars and the time between them, its figures, its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from hub.console.selectors.journeys import JourneyStory
from hub.console.tables.journeys import since
from hub.console.tables.readiness import readiness_stops
from hub.console.tables.stop import Stop as Stop
from hub.console.words import place_name
from hub.core.clock import now
from hub.core.identifiers import masked_identifier, masked_key
from hub.core.money import ZERO
from hub.ledger.states import EntryState
from hub.records.models import Event, JourneyKey
from hub.records.states import AppointmentStatus, ChargeStatus, ClaimStatus, PaymentStatus
from hub.ui.badges import Tone
from hub.ui.columns import Kind
from hub.ui.details import Fact
from hub.ui.format import duration_text, money_text
from hub.ui.stats import Stat
from hub.ui.timeline import TimelineItem
from orchestration.correction_models import Correction

_KIND_NAMES = {
    "account": "Account",
    "appointment": "Appointment",
    "coverage": "Eligibility",
    "authorization": "Authorization",
    "estimate": "Estimate",
    "visit": "Visit",
    "claim": "Claim",
    "control": "Control number",
    "payment": "Payment",
    "remittance": "Remittance",
}
_EVENT_LOOKS = {
    "appointment": "calendar",
    "coverage": "shield-check",
    "authorization": "badge-check",
    "estimate": "calculator",
    "encounter": "stethoscope",
    "charge": "receipt-text",
    "claim": "file-text",
    "remittance": "banknote",
    "payment": "credit-card",
}
_EVENT_TONES = {
    "claim.rejected": Tone.CRITICAL,
    "claim.denied": Tone.CRITICAL,
    "claim.reversed": Tone.CAUTION,
    "claim.adjudicated": Tone.POSITIVE,
    "payment.failed": Tone.CRITICAL,
    "payment.settled": Tone.POSITIVE,
    "authorization.approved": Tone.POSITIVE,
    "authorization.denied": Tone.CRITICAL,
    "authorization.expired": Tone.CAUTION,
    "appointment.cancelled": Tone.CAUTION,
    "appointment.no_show": Tone.CAUTION,
}


def stages(story: JourneyStory) -> list[Stop]:
    """From the appointment to the patient's payment: each stage with what it came to."""
    made: list[Stop] = []
    before: datetime | None = None
    for stop in _stops(story):
        made.append(replace(stop, gap=since(before, stop.at)))
        before = stop.at or before
    return made


def _stops(story: JourneyStory) -> Iterable[Stop]:
    yield _booked(story)
    yield from readiness_stops(story)
    ended = _latest(item.ended_at or item.started_at for item in story.encounters)
    over = any(item.ended_at for item in story.encounters)
    yield Stop("Visit", "visit", ended, None, (Tone.POSITIVE if over else Tone.INFO) if ended else None)
    captured = _earliest(item.captured_at for item in story.charges)
    voided = bool(story.charges) and all(item.status == ChargeStatus.VOIDED for item in story.charges)
    charged = story.charged if story.charges else None
    yield Stop(
        "Charges", "charges", captured, charged, (Tone.NEUTRAL if voided else Tone.POSITIVE) if captured else None
    )
    yield from _claim_stops(story)
    posted = [entry for entry in story.entries if entry.state == EntryState.POSTED]
    tone = None
    if story.entries:
        tone = Tone.POSITIVE if len(posted) == len(story.entries) else Tone.CAUTION
    words = f"{len(posted)} of {len(story.entries)} entries" if story.entries else ""
    yield Stop("Journal", "journal", _latest(entry.posted_at for entry in posted), None, tone, words)
    yield _patient(story)


def _booked(story: JourneyStory) -> Stop:
    tones = {
        AppointmentStatus.COMPLETED: Tone.POSITIVE,
        AppointmentStatus.CANCELLED: Tone.NEUTRAL,
        AppointmentStatus.NO_SHOW: Tone.CAUTION,
    }
    last = story.appointments[-1] if story.appointments else None
    first = next((event.occurred_at for event in story.events if event.type.startswith("appointment.")), None)
    if last is None:
        return Stop("Appointment", "appointment", None, None, None)
    tone = tones.get(AppointmentStatus(last.status), Tone.INFO)
    return Stop("Appointment", "appointment", first, story.expected, tone, str(last.get_status_display()))


def _claim_stops(story: JourneyStory) -> Iterable[Stop]:
    claim = story.claims[-1] if story.claims else None
    sent = _earliest(item.submitted_at for item in story.claims)
    amount = story.claimed if story.claims else None
    yield Stop("Claim sent", "claim", sent, amount, Tone.POSITIVE if sent else (Tone.INFO if claim else None))
    accepted = _latest(item.accepted_at for item in story.claims)
    rejected = claim is not None and claim.status == ClaimStatus.REJECTED
    answered = _latest(event.occurred_at for event in story.answers)
    tone = Tone.CRITICAL if rejected else Tone.POSITIVE if accepted else Tone.INFO if answered else None
    yield Stop("Accepted", "answers", accepted or answered, None, tone, "rejected" if rejected else "")
    decided = _latest(item.adjudicated_at for item in story.claims)
    denied = claim is not None and claim.status == ClaimStatus.DENIED
    paid = story.paid_by_payers if story.remitted else None
    tone = Tone.CRITICAL if denied else Tone.POSITIVE if story.remitted else None
    yield Stop("Remittance", "remittance", decided, paid, tone, "denied" if denied else "")


def _patient(story: JourneyStory) -> Stop:
    settled = _latest(item.settled_at for item in story.payments)
    failed = any(item.status == PaymentStatus.FAILED for item in story.payments)
    tone = Tone.POSITIVE if settled else Tone.CRITICAL if failed else None
    amount = story.paid_by_patient if story.payments else None
    return Stop("Patient paid", "payments", settled, amount, tone)


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


# --- figures and facts --------------------------------------------------------------------------------------
def figures(story: JourneyStory) -> list[Stat]:
    owed = story.payer_owes + story.patient_owes
    words = f"payers {money_text(story.payer_owes)}, patient {money_text(story.patient_owes)}"
    expected = f"{money_text(story.expected)} expected when booked" if story.expected is not None else ""
    return [
        Stat("Charged", money_text(story.charged), hint=expected),
        Stat("Paid by payers", money_text(story.paid_by_payers), hint=f"contractual {money_text(story.contractual)}"),
        Stat("Paid by the patient", money_text(story.paid_by_patient), hint=f"share {money_text(story.patient_share)}"),
        Stat("Still owed in the books", money_text(owed), hint=words, tone=_owed_tone(story, owed)),
    ]


def _owed_tone(story: JourneyStory, owed: Decimal) -> Tone | None:
    if not story.entries:
        return None
    return Tone.POSITIVE if owed == ZERO else Tone.CAUTION


def journey_facts(story: JourneyStory) -> list[Fact]:
    journey = story.journey
    payers = sorted({claim.payer for claim in story.claims} or {item.payer for item in story.encounters if item.payer})
    keys = JourneyKey.objects.filter(journey=journey).order_by("kind", "value")[:20]
    facts = [
        Fact("Account", masked_identifier(journey.account_number), Kind.CODE),
        Fact("Facility", place_name(journey.facility)),
        Fact("Payer", ", ".join(payers)),
        Fact("Opened", journey.opened_at, Kind.WHEN),
        Fact("Age", duration_text(now() - journey.opened_at)),
        *(
            Fact(_KIND_NAMES.get(key.kind, key.kind), masked_key(key.value), Kind.CODE)
            for key in keys
            if key.kind != "account"
        ),
    ]
    return [fact for fact in facts if fact.value not in ("", None)]


def happened(events: list[Event], corrections: Mapping[UUID, Correction] | None = None) -> list[TimelineItem]:
    """Every event in the order in which it happened, with the time since the one before.

    One of the hub's own that put something right says who did so and why; what, by the names of the fields only.
    """
    items = []
    before: datetime | None = None
    for event in events:
        late = "" if event.applied else "Came late: newer news of it stood already, so it changed nothing."
        gap = since(before, event.occurred_at)
        items.append(
            TimelineItem(
                event.occurred_at,
                event.type.replace(".", " ").replace("_", " ").capitalize(),
                text=" ".join(
                    filter(
                        None,
                        (
                            f"From {event.system}.",
                            f"{gap[:1].upper()}{gap[1:]}." if gap else "",
                            late,
                            _put_right((corrections or {}).get(event.pk)),
                        ),
                    )
                ),
                icon=_EVENT_LOOKS.get(event.entity_kind, "circle-dot"),
                tone=_EVENT_TONES.get(event.type, Tone.NEUTRAL) if event.applied else Tone.CAUTION,
            )
        )
        before = event.occurred_at
    return items


def _put_right(correction: Correction | None) -> str:
    if correction is None:
        return ""
    approved = f", approved by {correction.approved_by}" if correction.approved_by else ""
    fields = ", ".join(name.replace("_", " ") for name in correction.fields)
    return f"{correction.by}{approved} put right {fields}. {correction.reason}"
