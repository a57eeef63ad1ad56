"""W4D, denials: a denied claim is a case with its family and its appeal clock, until the payer decides anew or
somebody gives it up.

The run stands beside its case and looks again at whatever is heard of the account: an appeal that was recorded, a
corrected claim that went out, a payment, another denial. A payer that denies an appealed or corrected claim again
upholds the first denial: it is worked on at the next level, and is no second one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from hub.core.errors import BusinessRefusal, Defect, Failure
from hub.core.events.claim import AdjudicationEvent
from hub.core.money import ZERO
from hub.ledger import services as ledger
from hub.ledger.rules import denial_write_off
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import PayerInfo
from hub.records import denials
from hub.records.models import Claim, ClaimPayment, Denial
from hub.records.states import ClaimStatus, DenialStage
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Finish, Outcome, Skip, StepDefinition, Wait, Workflow
from orchestration.workflows import subjects
from orchestration.workflows.denial_reading import read
from orchestration.workflows.payment_pairing import ADJUDICATED, DENIED, taken_back

_SOON, _LATER = timedelta(seconds=5), timedelta(hours=1)
_DEFAULT_APPEAL_DAYS, _DEFAULT_DECISION_DAYS = 180, 60
_HEARD = ("claim.adjudicated", "claim.denied", "claim.submitted", "claim.appealed")
_WAITING = (DenialStage.APPEALED, DenialStage.CORRECTED)
_RUNNING = (DenialStage.OPEN, DenialStage.UPHELD, *_WAITING)


def await_posting(work: Work) -> Outcome:
    """The denial is worked once it stands with the claim."""
    payment = work.claim_payment()
    if payment.posted_at is not None:
        return Done()
    return Wait((), until=work.now + (_SOON if payment.claim_id else _LATER))


def record(work: Work) -> Outcome:
    """Write the denial down with what it tells; a further denial of a claim belongs to the one that runs already."""
    payment = work.claim_payment()
    claim = _claim(payment)
    running = Denial.objects.filter(claim__in=_earlier_claims(claim), stage__in=_RUNNING).exclude(claim_payment=payment)
    if (first := running.order_by("id").first()) is not None:
        return Finish({"belongs_to": str(first.pk)})
    reading = read(payment, claim, snapshot(fresh=True))
    denied_at = _event(work).occurred_at
    denial, _ = Denial.objects.get_or_create(
        claim_payment=payment,
        defaults={
            "claim": claim,
            "journey_id": claim.journey_id,
            "facility": claim.facility,
            "payer": claim.payer,
            "group_code": reading.group,
            "carc": reading.carc,
            "rarc": reading.rarc[:10],
            "family": reading.family,
            "root_cause": reading.root_cause,
            "amount": outstanding(claim),
            "denied_at": denied_at,
            "appeal_due_at": denied_at + timedelta(days=_days(claim.payer, "appeal_days", _DEFAULT_APPEAL_DAYS)),
        },
    )
    return Done(
        {
            "denial": str(denial.pk),
            "family": denial.family,
            "root_cause": denial.root_cause,
            "advice": reading.advice,
        }
    )


def decide(work: Work) -> Outcome:
    """Open until the payer pays after all, or somebody gives it up."""
    denial = _denial(work)
    claims = _with_corrections(denial.claim)
    later = _later(denial, claims)
    work.at_stake(denial.amount)
    if denial.stage == DenialStage.WRITTEN_OFF:
        return Done({"outcome": "written off"})
    if any(payment.posted_at is None for payment in later):
        return _look_again(work, denial, until=_SOON)
    recovered = sum(
        (payment.paid for payment in later if payment.kind == ADJUDICATED and not taken_back(payment)), ZERO
    )
    if recovered > 0:
        denials.overturn(denial, recovered, work.now)
        return Finish({"outcome": "overturned", "recovered": f"{recovered:.2f}"})
    _note_what_came(denial, claims, later)
    if denial.stage in _WAITING:
        limit = _limit(denial)
        return _look_again(
            work, denial, case=_not_decided(denial) if work.now >= limit else None, until=limit - work.now
        )
    return _look_again(work, denial, case=_denied(work, denial))


def _note_what_came(denial: Denial, claims: list[Claim], later: list[ClaimPayment]) -> None:
    """Upheld by a denial after the appeal or correction; corrected by a claim that went out in its place."""
    heard = [payment for payment in later if payment.kind == DENIED]
    since = denial.appealed_at
    if denial.stage in _WAITING and any(_came_after(payment, denial) for payment in heard):
        denials.move(denial, DenialStage.UPHELD)
        denial.save(update_fields=["stage"])
    sent = [claim for claim in claims if claim.pk != denial.claim_id and claim.submitted_at is not None]
    undecided = [claim for claim in sent if claim.status not in _DECIDED]
    if denial.stage == DenialStage.OPEN and undecided:
        denials.move(denial, DenialStage.CORRECTED)
        denial.appealed_at = since or max(claim.submitted_at for claim in undecided if claim.submitted_at)
        denial.save(update_fields=["stage", "appealed_at"])


_DECIDED = frozenset({ClaimStatus.PAID, ClaimStatus.DENIED, ClaimStatus.REVERSED, ClaimStatus.REJECTED})


def _came_after(payment: ClaimPayment, denial: Denial) -> bool:
    """A denial of a corrected claim is one whenever it came; one of the same claim only after the appeal."""
    if payment.claim_id != denial.claim_id:
        return True
    return denial.appealed_at is None or (payment.posted_at is not None and payment.posted_at >= denial.appealed_at)


def _look_again(work: Work, denial: Denial, *, case: Failure | None = None, until: timedelta | None = None) -> Wait:
    account = denial.claim.account_number or denial.claim.key
    keys = sorted({account, denial.claim.key})
    topics = tuple((topic, key) for topic in _HEARD for key in keys)
    wait = max(until, _SOON) if until is not None and case is None else None
    return Wait(topics, until=work.now + wait if wait else None, case=case)


def _denied(work: Work, denial: Denial) -> Failure:
    again = denial.stage == DenialStage.UPHELD
    what = "upheld its denial of" if again else "denied"
    return BusinessRefusal(
        "claim-denied",
        f"{denial.payer or 'The payer'} {what} the claim: {denial.family} (CARC {denial.carc or 'not given'}).",
        cause=(_event(work).remittance_key, str(_event(work).position)),
        hint=str(work.output("record").get("advice", ""))
        or "Correct and resubmit, or appeal before the clock runs out.",
        subject=_subject_of(denial),
        due_at=denial.appeal_due_at,
    )


def _not_decided(denial: Denial) -> Failure:
    return BusinessRefusal(
        "appeal-not-decided",
        f"{denial.payer or 'The payer'} has not decided what was sent against its denial within its time.",
        cause=(str(denial.pk), str(denial.appeal_level)),
        hint="Ask the payer where it stands; appeal at the next level if it does not answer.",
        subject=_subject_of(denial),
        due_at=denial.appeal_due_at,
    )


def _subject_of(denial: Denial) -> dict[str, str]:
    return {
        "payer": denial.payer,
        "carc": denial.carc,
        "family": denial.family,
        "claim": denial.claim.key,
        "denial": str(denial.pk),
        "root_cause": denial.root_cause,
        "level": str(denial.appeal_level),
    }


def _limit(denial: Denial) -> datetime:
    """When the payer should have decided what was sent to it."""
    since = denial.appealed_at or denial.denied_at
    return since + timedelta(days=_days(denial.payer, "appeal_decision_days", _DEFAULT_DECISION_DAYS))


def _days(payer: str, name: str, default: int) -> int:
    """A clock of the payer's, in days; the house default for a payer that the reference data does not hold."""
    known: PayerInfo | None = snapshot().payers.get(payer)
    return int(getattr(known, name)) if known is not None else default


def post(work: Work) -> Outcome:
    """Take what was given up off the payer's receivable."""
    denial = _denial(work)
    claim = denial.claim
    lines = denial_write_off(outstanding(claim), payer=claim.payer, cost_center=claim.cost_center)
    if not lines:
        return Skip("nothing stands with the payer")
    entry = ledger.record_entry(
        ledger.NewEntry(
            posting_key=work.workflow.posting_key(work.run.subject, "post"),
            kind="denial_write_off",
            effective_date=(denial.resolved_at or work.now).date(),
            facility=claim.facility,
            description=f"Denied claim written off, remittance {_event(work).trace_number}",
            lines=lines,
            journey_id=claim.journey_id,
            source_event_id=work.run.event_id,
        )
    )
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def settle(work: Work) -> Outcome:
    reference = str(work.output("post").get("reference", ""))
    if not reference:
        return Skip("nothing posted")
    ledger.mark_posted(work.workflow.posting_key(work.run.subject, "post"), reference)
    return Done()


def outstanding(claim: Claim) -> Decimal:
    """What stands with the payer of a claim that was decided."""
    return claim.amount - claim.paid - claim.contractual - claim.patient_responsibility


def _earlier_claims(claim: Claim) -> list[UUID]:
    """The claim and all that it replaces in turn."""
    found = [claim.pk]
    standing: Claim | None = claim
    while standing is not None and standing.replaces_id is not None and standing.replaces_id not in found:
        found.append(standing.replaces_id)
        standing = standing.replaces
    return found


def _with_corrections(claim: Claim) -> list[Claim]:
    """The claim and all that replace it in turn."""
    found = [claim]
    for one in found:
        found += [later for later in one.replaced_by.all() if later not in found]
    return found


def _later(denial: Denial, claims: list[Claim]) -> list[ClaimPayment]:
    """What the payer decided about the claim, or what replaces it, after this denial."""
    first = denial.claim_payment
    rows = ClaimPayment.objects.filter(
        Q(claim__in=claims), Q(remittance=first.remittance_id, position__gt=first.position) | Q(id__gt=first.pk)
    )
    return list(rows.exclude(pk=first.pk).order_by("id"))


def _denial(work: Work) -> Denial:
    rows = Denial.objects.select_for_update(of=("self",)).select_related("claim", "claim_payment")
    return rows.get(claim_payment__event_id=work.run.event_id)


def _claim(payment: ClaimPayment) -> Claim:
    if payment.claim is None:
        raise Defect("claim-missing", "The denied claim is not recorded.")
    return payment.claim


def _event(work: Work) -> AdjudicationEvent:
    event = work.event
    if not isinstance(event, AdjudicationEvent):
        raise Defect("wrong-event", "This workflow starts on denials only.")
    return event


WORKFLOW = Workflow(
    code="W4D",
    version=2,
    title="Denial follow-up",
    starts_on=frozenset({"claim.denied"}),
    steps=(
        StepDefinition("await", "Await the posting", await_posting),
        StepDefinition("record", "Write the denial down", record),
        StepDefinition("decide", "Appeal, correct or give up", decide),
        StepDefinition("post", "Post the write-off", post),
        StepDefinition("settle", "Keep what is posted", settle),
    ),
    subject=subjects.remittance_item,
    order=subjects.remittance_item,
)
