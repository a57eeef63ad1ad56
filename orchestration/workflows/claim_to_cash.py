"""W4, claim to cash: one claim's part of a remittance, matched to its claim and posted.

The remittance as a whole was checked before this run began (the three balance rules); here each claim payment
becomes one balanced entry. A reversal is the reversing entry of what it takes back.
"""

from __future__ import annotations

from decimal import Decimal

from hub.core.errors import BusinessRefusal, Defect, Transient
from hub.core.events import Event
from hub.core.events.claim import AdjudicationEvent
from hub.core.money import ZERO
from hub.ledger import services as ledger
from hub.ledger.models import Entry
from hub.ledger.rules import claim_payment
from hub.records.models import Claim, ClaimPayment
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Outcome, Skip, StepDefinition, Workflow

#: CAS groups whose amounts move: the others stay on the payer's receivable until someone decides (W6).
CONTRACTUAL, PATIENT = "CO", "PR"


def match(work: Work) -> Outcome:
    """Find the claim: by our claim number (CLP01 = CLM01), then by the payer's claim control number."""
    payment = work.claim_payment()
    work.at_stake(payment.paid or payment.charge)
    claim = Claim.objects.filter(key=payment.claim_number).first() or _by_control_number(payment)
    if claim is None:
        raise BusinessRefusal(
            "unmatched-claim-payment",
            "The payer paid a claim that is not known here.",
            cause=(str(payment.remittance_id), str(payment.position)),
            hint="Find the claim by payer, date and amount; then retry. The cash stays unposted until then.",
            subject={"remittance": payment.remittance.trace_number, "position": str(payment.position)},
        )
    payment.claim, payment.journey_id, payment.facility = claim, claim.journey_id, claim.facility
    payment.save(update_fields=["claim", "journey", "facility"])
    work.run.journey_id, work.run.facility = claim.journey_id, claim.facility
    return Done({"claim": claim.key, "by": "claim number" if claim.key == payment.claim_number else "control number"})


def _by_control_number(payment: ClaimPayment) -> Claim | None:
    if not payment.payer_claim_control_number:
        return None
    found = Claim.objects.filter(payer_claim_control_number=payment.payer_claim_control_number)[:2]
    return found[0] if len(found) == 1 else None


def post(work: Work) -> Outcome:
    """One balanced entry, recorded in the subledger and sent to the ERP under its posting key."""
    payment = work.claim_payment()
    entry = _reversal(work, payment) if payment.kind == "reversed" else _entry(work, payment)
    if entry is None:
        return Skip("no money moves")
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def _entry(work: Work, payment: ClaimPayment) -> Entry | None:
    claim = _claim(payment)
    lines = claim_payment(
        paid=payment.paid,
        contractual=adjusted(payment, CONTRACTUAL) if payment.kind != "denied" else ZERO,
        patient=adjusted(payment, PATIENT) if payment.kind != "denied" else ZERO,
        payer=claim.payer,
        cost_center=claim.cost_center,
    )
    if not lines:
        return None
    return ledger.record_entry(
        ledger.NewEntry(
            posting_key=work.workflow.posting_key(work.run.subject, "post"),
            kind="claim_payment",
            effective_date=payment.remittance.paid_on or work.occurred_on,
            facility=claim.facility,
            description=f"Remittance {payment.remittance.trace_number} item {payment.position}",
            lines=lines,
            journey_id=claim.journey_id,
            source_event_id=payment.event_id,
        )
    )


def _reversal(work: Work, payment: ClaimPayment) -> Entry | None:
    """Reverse the entry of the payment that is taken back; where amounts differ, book what the payer says."""
    earlier = _taken_back(payment)
    if earlier is None:
        return _entry(work, payment)
    entry = Entry.objects.filter(source_event_id=earlier.event_id, kind="claim_payment").first()
    if entry is None or earlier.posted_at is None:
        raise Transient("reversed-payment-not-posted", "The payment that is taken back is not posted yet.")
    return ledger.reverse_entry(
        entry,
        posting_key=work.workflow.posting_key(work.run.subject, "post"),
        effective_date=payment.remittance.paid_on or work.occurred_on,
        source_event_id=payment.event_id,
    )


def _taken_back(payment: ClaimPayment) -> ClaimPayment | None:
    """The newest earlier payment of this claim with the same amounts, not taken back before."""
    candidates = ClaimPayment.objects.filter(claim=_claim(payment), kind="adjudicated", paid=-payment.paid)
    for earlier in candidates.order_by("-id"):
        entry = Entry.objects.filter(source_event_id=earlier.event_id, reversed_by__isnull=False)
        same = all(adjusted(earlier, group) == -adjusted(payment, group) for group in (CONTRACTUAL, PATIENT))
        if same and not entry.exclude(reversed_by__source_event_id=payment.event_id).exists():
            return earlier
    return None


def settle(work: Work) -> Outcome:
    """Keep with the claim what was decided and posted."""
    payment = work.claim_payment()
    if payment.posted_at is not None:
        return Skip("kept before")
    reference = str(work.output("post").get("reference", ""))
    if reference:
        ledger.mark_posted(_posting_key(work), reference)
    claim = Claim.objects.select_for_update().get(pk=_claim(payment).pk)
    claim.paid += payment.paid
    if payment.kind != "denied":
        claim.contractual += adjusted(payment, CONTRACTUAL)
        claim.patient_responsibility += adjusted(payment, PATIENT)
    claim.status = _STATUS[payment.kind]
    claim.adjudicated_at = work.now
    claim.payer_claim_control_number = payment.payer_claim_control_number or claim.payer_claim_control_number
    claim.save()
    payment.posted_at = work.now
    payment.save(update_fields=["posted_at"])
    return Done()


_STATUS = {
    "adjudicated": ClaimStatus.PAID,
    "denied": ClaimStatus.DENIED,
    "reversed": ClaimStatus.REVERSED,
}


def _posting_key(work: Work) -> str:
    return work.workflow.posting_key(work.run.subject, "post")


def _claim(payment: ClaimPayment) -> Claim:
    if payment.claim is None:
        raise Defect("claim-not-matched", "The claim payment was not matched before it was posted.")
    return payment.claim


def adjusted(payment: ClaimPayment, group: str) -> Decimal:
    """The sum of one CAS group over claim and lines."""
    return sum((Decimal(row["amount"]) for row in payment.adjustments if row["group"] == group), ZERO)


def _subject(event: Event) -> str:
    if not isinstance(event, AdjudicationEvent):
        raise Defect("wrong-event", "This workflow starts on adjudications only.")
    return f"{event.remittance_key}:{event.position}"


def _order(event: Event) -> str:
    return event.entity_key


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
    subject=_subject,
    order=_order,
)
