"""W4, the remittance itself: the deposit it announces, and the money beside its claims (PLB)."""

from __future__ import annotations

from decimal import Decimal

from hub.core.errors import BusinessRefusal, Defect
from hub.core.events.claim import RemittanceReceived
from hub.ledger import services as ledger
from hub.ledger.rules import PROVIDER_ADJUSTMENTS, NewLine, provider_adjustment
from hub.records.models import Deposit, Remittance
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Outcome, Skip, StepDefinition, Workflow
from orchestration.workflows import subjects


def announce(work: Work) -> Outcome:
    """Expect the deposit that re-joins this remittance by its trace number."""
    event = _event(work)
    remittance = Remittance.objects.get(key=event.entity_key)
    work.at_stake(event.amount)
    if event.amount <= 0:
        return Skip("no money comes with it")
    Deposit.objects.get_or_create(
        remittance=remittance,
        defaults={
            "trace_number": event.trace_number,
            "payer": event.payer,
            "amount": event.amount,
            "currency": event.currency,
            "announced_on": event.paid_on,
        },
    )
    return Done({"trace_number": event.trace_number, "amount": f"{event.amount:.2f}"})


def adjust(work: Work) -> Outcome:
    """Post interest and recoveries: one entry for all of them."""
    event = _event(work)
    lines: list[NewLine] = []
    for item in event.provider_adjustments:
        if item.reason not in PROVIDER_ADJUSTMENTS:
            raise BusinessRefusal(
                "unknown-provider-adjustment",
                f"The remittance adjusts money for reason {item.reason}, which has no account yet.",
                cause=(event.payer, item.reason),
                hint="Decide with the payer what it is for, and give the reason an account.",
                subject={"reason": item.reason, "trace_number": event.trace_number},
            )
        lines += provider_adjustment(
            item.reason, Decimal(item.amount), payer=event.payer, reference=_reference(item.reference)
        )
    if not lines:
        return Skip("nothing beside the claims")
    entry = ledger.record_entry(
        ledger.NewEntry(
            posting_key=work.workflow.posting_key(work.run.subject, "adjust"),
            kind="provider_adjustment",
            effective_date=event.paid_on,
            facility=work.run.facility,
            description=f"Remittance {event.trace_number} provider adjustments",
            lines=tuple(lines),
            journey_id=work.run.journey_id,
            source_event_id=work.run.event_id,
        )
    )
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def _reference(reference: str) -> str:
    """The remittance that an adjustment names, so that what belongs together is seen to; anything else stays here.

    Payers also put the patient's account there, which the ERP must not be told.
    """
    known = bool(reference) and Remittance.objects.filter(trace_number=reference).exists()
    return reference if known else ""


def settle(work: Work) -> Outcome:
    reference = str(work.output("adjust").get("reference", ""))
    if not reference:
        return Skip("nothing posted")
    ledger.mark_posted(work.workflow.posting_key(work.run.subject, "adjust"), reference)
    return Done()


def _event(work: Work) -> RemittanceReceived:
    event = work.event
    if not isinstance(event, RemittanceReceived):
        raise Defect("wrong-event", "This workflow starts on remittances only.")
    return event


WORKFLOW = Workflow(
    code="W4P",
    version=1,
    title="Deposit and provider adjustments",
    starts_on=frozenset({"remittance.received"}),
    steps=(
        StepDefinition("announce", "Expect the deposit", announce),
        StepDefinition("adjust", "Post what stands beside the claims", adjust),
        StepDefinition("settle", "Keep what is posted", settle),
    ),
    subject=subjects.entity,
    order=subjects.entity,
)
