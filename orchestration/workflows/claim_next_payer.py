"""W3S, claim to the next payer: what the first payer left goes to the second, with what the first decided (COB).

It begins with the first payer's decision, as the remittance tells it, and does not wait for its posting. What the
second payer leaves is the patient's (W4).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hub.core.errors import Defect
from hub.core.events import Event
from hub.core.events.claim import AdjudicationEvent
from hub.core.money import ZERO
from hub.records.models import Claim, ClaimSequence
from hub.records.services import Recorded
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Finish, Outcome, StepDefinition, Workflow
from orchestration.workflows.claim_making import charges_of, follow, refresh, to_next_payer
from orchestration.workflows.claim_receivable import hold_account
from orchestration.workflows.claim_sending import SENDING, made

#: CLP02: processed and forwarded to the next payer by the payer itself; a claim of ours would be its double.
_FORWARDED = frozenset({"19", "20", "21"})


def make(work: Work) -> Outcome:
    """The claim to the payer that comes after the one that decided."""
    hold_account(work.run.journey_id)
    primary = Claim.objects.select_related("encounter").filter(key=work.run.subject).first()
    if primary is None or primary.encounter is None:
        raise Defect("claim-missing", "The claim of this decision is gone.")
    claim = primary.followed_by.order_by("-id").first()
    if claim is None:
        claim = to_next_payer(primary, primary.encounter.secondary_payer, work.now)
    elif claim.status == ClaimStatus.REJECTED:
        claim = follow(claim, work.now, frequency=claim.frequency_code)
    elif claim.status != ClaimStatus.BUILT:
        return Finish({"claim": "", "reason": "sent to the next payer before"})
    refresh(claim, charges_of(claim))
    work.at_stake(left_by(_event(work.event)))
    return made([claim])


def left_by(event: AdjudicationEvent) -> Decimal:
    """What a payer left to others: the charge less its payment and what the contract takes off (CO)."""
    contractual = sum((one.amount for one in event.adjustments if one.group == "CO"), ZERO)
    return event.charge - event.paid - contractual


def _with_another_payer(recorded: Sequence[Recorded]) -> list[Recorded]:
    """Decisions on first claims of patients who have a second payer, where something is left to it."""
    wanted = [item for item in recorded if _leaves_something(_event(item.event))]
    if not wanted:
        return []
    numbers = {_event(item.event).claim_number for item in wanted}
    found = Claim.objects.filter(key__in=numbers, sequence_code=ClaimSequence.PRIMARY).exclude(
        encounter__secondary_payer=""
    )
    second = {
        number for number, payer, after in found.values_list("key", "payer", "encounter__secondary_payer")
        if after not in (None, payer)
    }  # fmt: skip
    return [item for item in wanted if _event(item.event).claim_number in second]


def _leaves_something(event: AdjudicationEvent) -> bool:
    return event.status_code not in _FORWARDED and left_by(event) > ZERO


def _event(event: Event) -> AdjudicationEvent:
    if not isinstance(event, AdjudicationEvent):
        raise Defect("wrong-event", "This workflow starts on decisions only.")
    return event


def _subject(event: Event) -> str:
    return _event(event).claim_number


WORKFLOW = Workflow(
    code="W3S",
    version=1,
    title="Claim to the next payer",
    starts_on=frozenset({"claim.adjudicated"}),
    steps=(StepDefinition("claim", "Make the claim to the next payer", make), *SENDING),
    subject=_subject,
    order=_subject,
    concerns=_with_another_payer,
)
