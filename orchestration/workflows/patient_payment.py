"""W5, patient payment: settled at the gateway → billing updated → receipt in the ERP."""

from __future__ import annotations

from hub.core.errors import BusinessRefusal
from hub.ledger import services as ledger
from hub.ledger.rules import patient_payment
from hub.records.models import Appointment, Claim, Encounter, Payment
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Outcome, Skip, StepDefinition, Workflow
from orchestration.workflows import subjects

MODELS_OF_AN_ACCOUNT = (Encounter, Appointment, Claim)


def match(work: Work) -> Outcome:
    """The account that the payment names must be one we know."""
    payment = work.payment()
    work.at_stake(payment.amount)
    owner = _owner(payment)
    if owner is None:
        raise BusinessRefusal(
            "unmatched-payment",
            "A patient paid towards an account that is not known here.",
            cause=(payment.key,),
            hint="Find the account with the patient or the gateway's receipt; correct it there, then retry.",
            subject={"payment": payment.key},
        )
    payment.matched, payment.journey_id, payment.facility = True, owner.journey_id, owner.facility
    payment.save(update_fields=["matched", "journey", "facility"])
    work.run.journey_id, work.run.facility = owner.journey_id, owner.facility
    return Done({"account_number": payment.account_number})


def _owner(payment: Payment) -> Encounter | Appointment | Claim | None:
    if not payment.account_number:
        return None
    for model in MODELS_OF_AN_ACCOUNT:
        found = model.objects.filter(account_number=payment.account_number).order_by("id").first()
        if found is not None:
            return found
    return None


def update_billing(work: Work) -> Outcome:
    payment = work.payment()
    return Deliver(
        "billing",
        "billing.post_payment",
        {
            "account_number": payment.account_number,
            "amount": f"{payment.amount:.2f}",
            "currency": payment.currency,
            "date": (payment.settled_at or payment.occurred_at).date().isoformat(),
            "method": payment.method,
        },
    )


def receipt(work: Work) -> Outcome:
    """The receipt: cash clearing against the patient's receivable."""
    payment = work.payment()
    entry = ledger.record_entry(
        ledger.NewEntry(
            posting_key=work.workflow.posting_key(work.run.subject, "receipt"),
            kind="patient_payment",
            effective_date=(payment.settled_at or payment.occurred_at).date(),
            facility=payment.facility,
            description="Patient payment",
            lines=patient_payment(payment.amount),
            currency=payment.currency,
            journey_id=payment.journey_id,
            source_event_id=work.run.event_id,
        )
    )
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def settle(work: Work) -> Outcome:
    """Keep with the payment that it is posted."""
    payment = work.payment()
    if payment.posted_at is not None:
        return Skip("kept before")
    ledger.mark_posted(
        work.workflow.posting_key(work.run.subject, "receipt"), str(work.output("receipt").get("reference", ""))
    )
    payment.posted_at = work.now
    work.save(payment, "posted_at")
    return Done()


WORKFLOW = Workflow(
    code="W5",
    version=1,
    title="Patient payment",
    starts_on=frozenset({"payment.settled"}),
    steps=(
        StepDefinition("match", "Match to the account", match),
        StepDefinition("billing", "Update billing", update_billing),
        StepDefinition("receipt", "Post the receipt", receipt),
        StepDefinition("settle", "Keep what is posted", settle),
    ),
    subject=subjects.entity,
    order=subjects.entity,
)
