"""W3C, charges after billing: late, corrected and voided charges follow into the books and into a corrected claim.

A run begins with each charge event of an account whose receivable stands already. It brings books and claims to what
the charges say by then, so a run that finds both right has nothing to do. A claim is corrected once the payer has it:
a claim that replaces or voids another names it by the payer's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hub.core.errors import BusinessRefusal
from hub.core.events import Event
from hub.core.events.charge import ChargeEvent
from hub.ledger import services as ledger
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.models import CorrectedClaims
from hub.records.models import Charge, Claim, ClaimForm
from hub.records.services import Recorded
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Finish, Outcome, Skip, StepDefinition, Wait, Workflow
from orchestration.workflows.claim_charges import by_form, content, total
from orchestration.workflows.claim_making import (
    ORIGINAL,
    REPLACEMENT,
    VOID,
    billed_encounter,
    current_claims,
    follow,
    make_claims,
    payer_of,
    refresh,
    standing_charges,
)
from orchestration.workflows.claim_receivable import billed_before, hold_account, record_difference
from orchestration.workflows.claim_sending import ANSWERED, ANSWERS, SENDING, made

#: A claim whose answer is awaited is looked at again after so long, if nothing is heard: its own run has the clock.
LOOK_AGAIN = timedelta(days=2)
_SENT = frozenset({ClaimStatus.SUBMITTED, ClaimStatus.ACKNOWLEDGED})


def money(work: Work) -> Outcome:
    """Post what the charges changed by since the account was billed."""
    journey = work.run.journey_id
    hold_account(journey)
    charges = standing_charges(journey)
    entry = record_difference(
        work,
        "money",
        charges,
        payer=payer_of(billed_encounter(journey), work.journey_appointment()),
        facility=work.run.facility,
        on=work.occurred_on,
        words="Charges changed after billing",
    )
    if entry is None:
        return Skip("the books say so already")
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def await_claim(work: Work) -> Outcome:
    """Whether a claim says something else than the charges do now; one that is under way is waited for."""
    ledger.mark_posted(
        work.workflow.posting_key(work.run.subject, "money"), str(work.output("money").get("reference", ""))
    )
    hold_account(work.run.journey_id)
    claims = current_claims(work.run.journey_id)
    if not claims:
        return Finish({"reason": "no claim is made yet, or none is needed"})
    stale = _stale(work, claims)
    waiting = [claim for claim in stale if claim is not None and claim.status in _SENT | {ClaimStatus.BUILT}]
    if waiting:
        topics = ("claim.submitted", *ANSWERS)
        return Wait(tuple((topic, claim.key) for claim in waiting for topic in topics), until=work.now + LOOK_AGAIN)
    # What was refused on the way is sent again by its own run, with the charges of then.
    if not any(claim is None or claim.status in ANSWERED for claim in stale):
        return Finish({"reason": "the claim says what the charges say"})
    work.at_stake(abs(total(standing_charges(work.run.journey_id)) - sum(claim.amount for claim in claims.values())))
    return Done()


def review(work: Work) -> Outcome:
    """Where the facility wants it so, someone looks before a corrected claim goes out."""
    if snapshot().facility(work.run.facility).corrected_claims != CorrectedClaims.REVIEW:
        return Skip("corrected claims go out by themselves here")
    raise BusinessRefusal(
        "charges-changed-after-billing",
        "Charges came or changed after the claim went out.",
        cause=(str(work.run.journey_id),),
        hint="To send a corrected claim, replay the run from “Make the corrected claim”; to leave the claim as it is,"
        " cancel the run. The books follow the charges either way.",
        subject={"facility": work.run.facility},
    )


def make_corrected(work: Work) -> Outcome:
    """A replacement (frequency code 7) of what changed, a void (8) of what has no charge left, a first claim of what
    has none."""
    journey = work.run.journey_id
    hold_account(journey)
    encounter = billed_encounter(journey)
    claims = current_claims(journey)
    charges = by_form(standing_charges(journey), snapshot())
    fresh: list[Claim] = []
    for form, claim in claims.items():
        rows = charges.get(form, [])
        refused = claim.status == ClaimStatus.REJECTED and claim.frequency_code != ORIGINAL
        if refused or (claim.status in ANSWERED and claim.content != content(rows)):
            fresh.append(_corrected(work, claim, rows))
    if encounter is not None and charges.keys() - claims.keys():
        made_anew = make_claims(encounter, payer_of(encounter, work.journey_appointment()), work.now)
        fresh += [claim for claim in made_anew if ClaimForm(claim.form) not in claims]
    if not fresh:
        return Finish({"reason": "the claim says what the charges say"})
    return made(fresh)


def _corrected(work: Work, claim: Claim, charges: Sequence[Charge]) -> Claim:
    taken_back = claim.frequency_code == VOID and claim.status != ClaimStatus.REJECTED
    corrected = follow(claim, work.now, frequency=ORIGINAL if taken_back else REPLACEMENT if charges else VOID)
    if corrected.status == ClaimStatus.BUILT:
        refresh(corrected, charges)
    return corrected


def _stale(work: Work, claims: dict[ClaimForm, Claim]) -> list[Claim | None]:
    """Claims that say something else than the charges; None for charges of a form that has no claim."""
    charges = by_form(standing_charges(work.run.journey_id), snapshot())
    changed = [claim for form, claim in claims.items() if claim.content != content(charges.get(form, []))]
    return [*changed, *(None for _ in charges.keys() - claims.keys())]


def _after_billing(recorded: Sequence[Recorded]) -> list[Recorded]:
    billed = billed_before(recorded)
    return [item for item in recorded if item.row.journey_id in billed]


def _subject(event: Event) -> str:
    """Each change once: what it was of, when, and to what."""
    amount = event.amount if isinstance(event, ChargeEvent) else ""
    return f"{event.entity_key}:{event.TYPE}:{event.occurred_at.isoformat()}:{amount}"


def _order(event: Event) -> str:
    return event.account_number or event.entity_key


WORKFLOW = Workflow(
    code="W3C",
    version=1,
    title="Charges after billing",
    starts_on=frozenset({"charge.captured", "charge.corrected", "charge.voided"}),
    steps=(
        StepDefinition("money", "Post the difference", money),
        StepDefinition("billed", "Await the answer to the claim", await_claim),
        StepDefinition("review", "Look before it goes out", review),
        StepDefinition("claim", "Make the corrected claim", make_corrected),
        *SENDING,
    ),
    subject=_subject,
    order=_order,
    concerns=_after_billing,
)
