"""W3, charge to claim: visit ended → charges complete → receivable posted → claim sent → accepted.

One run carries one patient account. It waits where the outside has to act, and what does not come in time is a
case with its dollars: a visit without a charge, a claim that nobody acknowledged.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from hub.core.errors import BusinessRefusal, Defect
from hub.core.events import Event
from hub.core.money import ZERO
from hub.ledger import rules
from hub.ledger import services as ledger
from hub.masterdata.crosswalk import snapshot
from hub.records.journeys import link
from hub.records.models import Charge, Claim
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Finish, Outcome, Skip, StepDefinition, Wait, Workflow
from orchestration.workflows.claim_building import build

#: Charges of a visit come in over some hours; the claim is made when no more are expected. House default.
BILL_HOLD = timedelta(days=1)
#: How long an accepted claim file may stay without its 999 and 277CA. House default.
ACKNOWLEDGE_WITHIN = timedelta(days=2)
SELF_PAY = "SELFPAY"

_ANSWERED = frozenset({ClaimStatus.ACCEPTED, ClaimStatus.PAID, ClaimStatus.DENIED, ClaimStatus.REVERSED})


def match(work: Work) -> Outcome:
    """Appointment and encounter of the account; the visit's end starts the clocks."""
    encounter, appointment = work.encounter(), work.journey_appointment()
    ended = encounter.ended_at if encounter is not None else None
    begun = ended or (appointment.completed_at if appointment is not None else None)
    if begun is None:
        raise Defect("visit-not-ended", "The visit of this run has no end.")
    if encounter is None or ended is None:
        limit = begun + _grace(work)
        if work.now >= limit:
            raise _unbilled(work, "visit-without-encounter", "A completed visit has no encounter in the EHR.")
        return Wait(_topics(work, "encounter.completed", "encounter.discharged"), until=limit)
    return Done(
        {
            "ended_at": ended.isoformat(),
            "payer": encounter.payer or (appointment.payer if appointment is not None else "") or SELF_PAY,
            "encounter": encounter.key,
        }
    )


def await_charges(work: Work) -> Outcome:
    """Charges must come within the facility's grace, and the claim waits for the bill hold."""
    ended = _ended(work)
    charges = work.charges()
    if not charges:
        limit = ended + _grace(work)
        if work.now >= limit:
            raise _unbilled(work, "completed-without-charge", "A completed visit has no charge.")
        return Wait(_topics(work, "charge.captured"), until=limit)
    if work.now < ended + BILL_HOLD:
        return Wait((), until=ended + BILL_HOLD)
    total = sum((charge.amount for charge in charges), ZERO)
    work.at_stake(total)
    return Done({"count": len(charges), "total": f"{total:.2f}"})


def receivable(work: Work) -> Outcome:
    """Charges captured: receivable against gross revenue, by cost center."""
    charges = work.charges()
    payer = str(work.output("match")["payer"])
    by_center: dict[str, Decimal] = defaultdict(Decimal)
    crosswalk = snapshot()
    for charge in charges:
        by_center[crosswalk.cost_center(charge.facility, charge.department)] += charge.amount
    entry = ledger.record_entry(
        ledger.NewEntry(
            posting_key=work.workflow.posting_key(work.run.subject, "receivable"),
            kind="charge",
            effective_date=_ended(work).date(),
            facility=charges[0].facility,
            description="Charges captured",
            lines=rules.charges(by_center, payer=payer, self_pay=payer == SELF_PAY),
            journey_id=work.run.journey_id,
            source_event_id=work.run.event_id,
        )
    )
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def make_claim(work: Work) -> Outcome:
    """The claim of these charges; a self-pay account has none and is billed to the patient."""
    ledger.mark_posted(
        work.workflow.posting_key(work.run.subject, "receivable"),
        str(work.output("receivable").get("reference", "")),
    )
    payer = str(work.output("match")["payer"])
    if payer == SELF_PAY:
        return Finish({"claim": "", "reason": "self-pay: billed to the patient"})
    encounter = work.encounter()
    if encounter is None:
        raise Defect("encounter-missing", "The encounter of this run is gone.")
    charges = work.charges()
    department = charges[0].department
    number = encounter.account_number or encounter.visit_number
    claim, _ = Claim.objects.get_or_create(
        key=number,
        defaults={
            "system": "billing",
            "facility": encounter.facility,
            "journey_id": work.run.journey_id,
            "account_number": encounter.account_number,
            "occurred_at": _ended(work),
            "status": ClaimStatus.BUILT,
            "payer": payer,
            "amount": sum((charge.amount for charge in charges), ZERO),
            "encounter": encounter,
            "service_line": snapshot().service_line_of(department),
            "cost_center": snapshot().cost_center(encounter.facility, department),
        },
    )
    Charge.objects.filter(pk__in=[charge.pk for charge in charges]).update(claim=claim)
    link(work.run.journey_id, "claim", number)
    return Done({"claim": number, "amount": f"{claim.amount:.2f}"})


def submit(work: Work) -> Outcome:
    """Send it: an 837P that the clearinghouse takes by SFTP."""
    claim, encounter = _claim(work), work.encounter()
    if encounter is None:
        raise Defect("encounter-missing", "The encounter of this run is gone.")
    document = build(claim, encounter, work.charges())
    return Deliver("clearinghouse", "claim.submit", {"claim": msgspec.to_builtins(document)})


def keep_submission(work: Work) -> Outcome:
    """The control number by which a 999 will name this claim leads to it from here on."""
    claim = _claim(work)
    control = str(work.output("submit")["reference"])
    link(work.run.journey_id, "control", control)
    if claim.status != ClaimStatus.BUILT:
        return Skip("answered already")
    claim.status, claim.submitted_at = ClaimStatus.SUBMITTED, work.now
    claim.save(update_fields=["status", "submitted_at"])
    return Done({"control_number": control})


def await_acceptance(work: Work) -> Outcome:
    """999 and 277CA, or a case: rejected by either, or silence."""
    claim = _claim(work)
    if claim.status in _ANSWERED:
        return Done({"status": claim.status})
    if claim.status == ClaimStatus.REJECTED:
        raise BusinessRefusal(
            "claim-rejected",
            "The clearinghouse rejected the claim.",
            cause=(str(claim.pk),),
            hint="Correct what the answer names, then replay from “Make the claim”.",
            subject={"payer": claim.payer, "claim": claim.key},
        )
    limit = (claim.submitted_at or work.now) + ACKNOWLEDGE_WITHIN
    if work.now >= limit:
        raise BusinessRefusal(
            "claim-not-acknowledged",
            "The clearinghouse has not acknowledged the claim in time.",
            cause=(str(claim.pk),),
            hint="Ask the clearinghouse whether the file arrived; replay the submission if it did not.",
            subject={"payer": claim.payer, "claim": claim.key},
        )
    answers = tuple((topic, claim.key) for topic in ("claim.acknowledged", "claim.rejected", "claim.adjudicated"))
    return Wait(answers, until=limit)


def _unbilled(work: Work, code: str, message: str) -> BusinessRefusal:
    appointment = work.journey_appointment()
    work.at_stake((appointment.expected_amount if appointment is not None else None) or ZERO)
    return BusinessRefusal(
        code,
        message,
        cause=(str(work.run.journey_id),),
        hint="Have the department capture the charge; the run goes on by itself when it arrives.",
        subject={"facility": work.run.facility},
    )


def _topics(work: Work, *types: str) -> tuple[tuple[str, str], ...]:
    keys = {work.run.entity_key, str(work.data.get("account_number", ""))} - {""}
    return tuple((topic, key) for topic in types for key in sorted(keys))


def _grace(work: Work) -> timedelta:
    return timedelta(days=snapshot().facility(work.run.facility).charge_grace_days)


def _ended(work: Work) -> datetime:
    return datetime.fromisoformat(str(work.output("match")["ended_at"]))


def _claim(work: Work) -> Claim:
    return Claim.objects.get(key=work.output("claim")["claim"])


def _subject(event: Event) -> str:
    return event.account_number or event.entity_key


WORKFLOW = Workflow(
    code="W3",
    version=1,
    title="Charge to claim",
    starts_on=frozenset({"encounter.completed", "encounter.discharged", "appointment.completed"}),
    steps=(
        StepDefinition("match", "Match visit and encounter", match),
        StepDefinition("charges", "Await the charges", await_charges),
        StepDefinition("receivable", "Post the receivable", receivable),
        StepDefinition("claim", "Make the claim", make_claim),
        StepDefinition("submit", "Send the claim", submit),
        StepDefinition("sent", "Keep the control number", keep_submission),
        StepDefinition("accepted", "Await acceptance", await_acceptance),
    ),
    subject=_subject,
    order=_subject,
)
