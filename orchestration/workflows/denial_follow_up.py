"""W4, denials: a denied claim is a case with its family and its appeal clock, until the payer decides anew."""

from __future__ import annotations

from datetime import timedelta

from hub.core.errors import BusinessRefusal, Defect, Failure
from hub.core.events import Event
from hub.core.events.claim import AdjudicationEvent
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Claim
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Done, Outcome, StepDefinition, Wait, Workflow

#: Denial family by claim adjustment reason code: what to do next depends on it.
FAMILIES: dict[str, str] = {
    "16": "missing information",
    "18": "duplicate",
    "22": "coordination of benefits",
    "26": "eligibility",
    "27": "eligibility",
    "29": "timely filing",
    "50": "medical necessity",
    "96": "non-covered",
    "97": "bundling",
    "197": "authorization",
}
_DEFAULT_APPEAL_DAYS = 180


def await_posting(work: Work) -> Outcome:
    """The denial is worked once it stands with the claim."""
    claim = _claim(work)
    if claim is not None and claim.status in {ClaimStatus.DENIED, ClaimStatus.PAID}:
        return Done({"family": family(_event(work))})
    return Wait((), until=work.now + timedelta(seconds=5))


def decide(work: Work) -> Outcome:
    """Open until the payer pays after all, or someone has settled the case."""
    event, claim = _event(work), _claim(work)
    if claim is None:
        raise Defect("claim-missing", "The denied claim is not recorded.")
    work.at_stake(claim.amount - claim.paid)
    if claim.status == ClaimStatus.PAID:
        return Done({"outcome": "paid"})
    raise _denied(event, claim)


def _denied(event: AdjudicationEvent, claim: Claim) -> Failure:
    reason = _reason(event)
    try:
        days = snapshot().payer(claim.payer).appeal_days
    except Failure:
        days = _DEFAULT_APPEAL_DAYS
    return BusinessRefusal(
        "claim-denied",
        f"{claim.payer or 'The payer'} denied the claim: {family(event)} (CARC {reason or 'not given'}).",
        cause=(event.remittance_key, str(event.position)),
        hint="Correct and resubmit, or appeal before the clock runs out.",
        subject={"payer": claim.payer, "carc": reason, "family": family(event), "claim": claim.key},
        due_at=event.occurred_at + timedelta(days=days),
    )


def _reason(event: AdjudicationEvent) -> str:
    """The reason with the most dollars behind it."""
    largest = max(event.adjustments, key=lambda item: abs(item.amount), default=None)
    return largest.reason if largest is not None else ""


def family(event: AdjudicationEvent) -> str:
    return FAMILIES.get(_reason(event), "other")


def _claim(work: Work) -> Claim | None:
    return Claim.objects.filter(key=_event(work).claim_number).first()


def _event(work: Work) -> AdjudicationEvent:
    event = work.event
    if not isinstance(event, AdjudicationEvent):
        raise Defect("wrong-event", "This workflow starts on denials only.")
    return event


def _subject(event: Event) -> str:
    if not isinstance(event, AdjudicationEvent):
        raise Defect("wrong-event", "This workflow starts on denials only.")
    return f"{event.remittance_key}:{event.position}"


WORKFLOW = Workflow(
    code="W4D",
    version=1,
    title="Denial follow-up",
    starts_on=frozenset({"claim.denied"}),
    steps=(
        StepDefinition("await", "Await the posting", await_posting),
        StepDefinition("decide", "Appeal or correct", decide),
    ),
    subject=_subject,
    order=_subject,
)
