"""W4, claim to cash: one claim's part of a remittance, matched to its claim and posted.

The remittance as a whole was checked before this run began (the three balance rules); here each claim payment
becomes one balanced entry. A reversal is the reversing entry of what it takes back. What the payer neither paid nor
explained by contract or patient share stays on its receivable and is announced for W6 to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hub.core.errors import BusinessRefusal, Defect, Transient
from hub.core.events import Event
from hub.core.events.adjustment import AdjustmentFound
from hub.core.events.claim import AdjudicationEvent, Adjustment
from hub.core.money import ZERO
from hub.ledger import accounts
from hub.ledger import services as ledger
from hub.ledger.models import Entry, Line
from hub.ledger.rules import claim_payment
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Claim, ClaimPayment, ClaimSequence
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Outcome, Skip, StepDefinition, Workflow
from orchestration.workflows import payment_pairing as pairing
from orchestration.workflows import subjects
from orchestration.workflows.payment_matching import Candidate, find_claim
from orchestration.workflows.payment_pairing import ADJUDICATED, DENIED, REVERSED

#: CAS groups whose amounts move by themselves: contract and patient share.
CONTRACTUAL, PATIENT = "CO", "PR"
#: Our own group for what a second decision without a reversal brought beyond the claim's amount.
REPEATED = "CR"


@dataclass(frozen=True, slots=True)
class Shares:
    """The adjustments of one claim payment: those that decide themselves, and those that somebody decides (W6)."""

    contractual: Decimal
    patient: Decimal
    left: tuple[Adjustment, ...]


def shares(payment: ClaimPayment) -> Shares:
    """CO is contractual unless its reason is known as a reason to refuse; PR is the patient's; the rest is left."""
    refusals = snapshot().denial_reasons
    contractual = patient = ZERO
    left: dict[tuple[str, str], Decimal] = {}
    for row in payment.adjustments:
        group, reason, amount = row["group"], row["reason"], Decimal(row["amount"])
        if group == PATIENT:
            patient += amount
        elif group == CONTRACTUAL and reason not in refusals:
            contractual += amount
        else:
            left[group, reason] = left.get((group, reason), ZERO) + amount
    rows = (_adjustment(group, reason, amount) for (group, reason), amount in sorted(left.items()) if amount)
    return Shares(contractual, patient, tuple(rows))


def _adjustment(group: str, reason: str, amount: Decimal) -> Adjustment:
    return Adjustment(group=group, reason=reason, amount=amount)


def match(work: Work) -> Outcome:
    """Find the claim, and the payment that this one belongs to."""
    payment = work.claim_payment()
    work.at_stake(payment.paid or payment.charge)
    by = payment.matched_by
    if payment.claim is None or not by:
        found = find_claim(payment, _event(work))
        if found.claim is None:
            raise _unmatched(payment, found.candidates)
        payment.claim, payment.matched_by = found.claim, found.by
    claim = payment.claim
    payment.journey_id, payment.facility = claim.journey_id, claim.facility
    payment.save(update_fields=["claim", "matched_by", "journey", "facility"])
    work.run.journey_id, work.run.facility = claim.journey_id, claim.facility
    partner = pairing.pair(payment)
    pairs = {"pairs": f"{partner.remittance.trace_number} item {partner.position}"} if partner is not None else {}
    return Done({"claim": claim.key, "by": payment.matched_by, **pairs})


def _unmatched(payment: ClaimPayment, candidates: tuple[Candidate, ...]) -> BusinessRefusal:
    """`candidates` goes to the case as `id=score`, the likeliest first: a claim's number may be a patient's account."""
    return BusinessRefusal(
        "unmatched-claim-payment",
        "The payer paid a claim that is not known here.",
        cause=(str(payment.remittance_id), str(payment.position)),
        hint="Choose the claim that it is for; it is posted then. The cash stays unposted until then.",
        subject={
            "remittance": payment.remittance.trace_number,
            "position": str(payment.position),
            "payment": str(payment.pk),
            "candidates": ",".join(f"{one.claim.pk}={one.score}" for one in candidates),
        },
    )


def post(work: Work) -> Outcome:
    """One balanced entry, recorded in the subledger and sent to the ERP under its posting key."""
    payment = work.claim_payment()
    entry = _reversal(work, payment) if payment.kind == REVERSED else _entry(work, payment)
    if entry is None:
        return Skip("no money moves")
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def _entry(work: Work, payment: ClaimPayment) -> Entry | None:
    claim, decided = claim_of(payment), shares(payment)
    lines = claim_payment(
        paid=payment.paid,
        contractual=decided.contractual if payment.kind != DENIED else ZERO,
        patient=decided.patient if payment.kind != DENIED else ZERO,
        payer=claim.payer,
        cost_center=claim.cost_center,
        next_payer=next_payer(claim),
    )
    if not lines:
        return None
    return ledger.record_entry(
        ledger.NewEntry(
            posting_key=_posting_key(work),
            kind="claim_payment",
            effective_date=payment.remittance.paid_on or work.occurred_on,
            facility=claim.facility,
            description=f"Remittance {payment.remittance.trace_number} item {payment.position}",
            lines=lines,
            journey_id=claim.journey_id,
            source_event_id=payment.event_id,
        )
    )


def next_payer(claim: Claim) -> str:
    """Whom the primary payer's patient share goes to before the patient; empty where this payer is the last."""
    if claim.sequence_code != ClaimSequence.PRIMARY or claim.encounter is None:
        return ""
    return claim.encounter.secondary_payer if claim.encounter.secondary_payer != claim.payer else ""


def _reversal(work: Work, payment: ClaimPayment) -> Entry | None:
    """Reverse the entry of the payment that is taken back; where there is none such, book what the payer says."""
    earlier = payment.pairs
    if earlier is None:
        return _entry(work, payment)
    if earlier.posted_at is None:
        if earlier.id > payment.id:  # it came after its own reversal, and is posted after it
            return _entry(work, payment)
        raise Transient("reversed-payment-not-posted", "The payment that is taken back is not posted yet.")
    entry = Entry.objects.filter(posting_key=posting_key_of(earlier)).first()
    if entry is None:  # a denial, or a payment of nothing: no money moved
        return None
    return ledger.reverse_entry(
        entry,
        posting_key=_posting_key(work),
        effective_date=payment.remittance.paid_on or work.occurred_on,
        source_event_id=payment.event_id,
    )


def settle(work: Work) -> Outcome:
    """Keep with the claim what was posted, and announce what nobody has decided yet."""
    payment = work.claim_payment()
    if payment.posted_at is not None:
        return Skip("kept before")
    reference = str(work.output("post").get("reference", ""))
    if reference:
        ledger.mark_posted(_posting_key(work), reference)
    claim = Claim.objects.select_for_update().get(pk=claim_of(payment).pk)
    again = claim.status == ClaimStatus.PAID and payment.kind == ADJUDICATED
    moved = _moved(work)
    claim.paid += moved.get(accounts.CASH_CLEARING, ZERO)
    claim.contractual += moved.get(accounts.CONTRACTUAL_ALLOWANCE, ZERO)
    claim.patient_responsibility += moved.get(accounts.PATIENT_RECEIVABLE, ZERO)
    claim.status = ClaimStatus.REVERSED if pairing.taken_back(payment) else _STATUS[payment.kind]
    claim.adjudicated_at = work.now
    claim.payer_claim_control_number = payment.payer_claim_control_number or claim.payer_claim_control_number
    claim.save()
    payment.posted_at = work.now
    payment.save(update_fields=["posted_at"])
    return Done(events=_undecided(work, payment, claim, again=again))


_STATUS = {
    ADJUDICATED: ClaimStatus.PAID,
    DENIED: ClaimStatus.DENIED,
    REVERSED: ClaimStatus.REVERSED,
}


def _moved(work: Work) -> dict[str, Decimal]:
    """What this payment's entry debited less credited, by account: the claim says what the books say."""
    sums: dict[str, Decimal] = {}
    for line in Line.objects.filter(entry__posting_key=_posting_key(work)):
        sums[line.account] = sums.get(line.account, ZERO) + line.debit - line.credit
    return sums


def _undecided(work: Work, payment: ClaimPayment, claim: Claim, *, again: bool) -> tuple[Event, ...]:
    """The adjustments of this payment that a decision table must decide, if there are any."""
    denied = payment.kind == DENIED or (payment.pairs is not None and payment.pairs.kind == DENIED)
    found = () if denied and payment.kind != ADJUDICATED else shares(payment).left
    if again and (beyond := _settled(claim) - claim.amount) > 0:
        found = (*found, _adjustment(REPEATED, "", -beyond))
    if not found:
        return ()
    return (
        AdjustmentFound(
            occurred_at=work.now,
            entity_key=claim.key,
            facility=claim.facility,
            account_number=claim.account_number,
            claim_number=claim.key,
            payer=claim.payer,
            remittance_key=payment.remittance.key,
            position=payment.position,
            adjustments=found,
        ),
    )


def _settled(claim: Claim) -> Decimal:
    """How much of its receivable from the payer the claim's payments have settled."""
    payments = claim.payments.select_related("remittance")
    keys = [posting_key_of(payment) for payment in payments]
    lines = Line.objects.filter(entry__posting_key__in=keys, account=accounts.PAYER_RECEIVABLE, payer=claim.payer)
    return sum((line.credit - line.debit for line in lines), ZERO)


def posting_key_of(payment: ClaimPayment) -> str:
    """Under which the entry of a claim payment stands in the books."""
    return WORKFLOW.posting_key(f"{payment.remittance.key}:{payment.position}", "post")


def _posting_key(work: Work) -> str:
    return work.workflow.posting_key(work.run.subject, "post")


def claim_of(payment: ClaimPayment) -> Claim:
    if payment.claim is None:
        raise Defect("claim-not-matched", "The claim payment was not matched before it was posted.")
    return payment.claim


def _event(work: Work) -> AdjudicationEvent:
    event = work.event
    if not isinstance(event, AdjudicationEvent):
        raise Defect("wrong-event", "This workflow starts on adjudications only.")
    return event


WORKFLOW = Workflow(
    code="W4",
    version=1,
    title="Claim to cash",
    starts_on=frozenset({"claim.adjudicated", "claim.denied", "claim.reversed"}),
    steps=(
        StepDefinition("match", "Match to the claim", match),
        StepDefinition("post", "Post to the ERP", post),
        StepDefinition("settle", "Update the claim", settle),
    ),
    subject=subjects.remittance_item,
    order=subjects.entity,
)
