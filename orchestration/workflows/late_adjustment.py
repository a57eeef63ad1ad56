"""W6, late payer adjustment: what a payer took off and nobody decided, decided by a governed table, row by row.

The first row that fits decides. Where none does, or the row says so, a person decides: never a guess. The run keeps
which version and which rows decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.core.errors import BusinessRefusal, Defect, Failure, MappingMissing
from hub.core.events.adjustment import AdjustmentFound, AdjustmentPosted
from hub.core.events.claim import Adjustment
from hub.core.money import ZERO
from hub.ledger import accounts
from hub.ledger import services as ledger
from hub.ledger.models import Entry, Line
from hub.ledger.rules import Settled, late_adjustment
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.decisions import LATE_ADJUSTMENT, Facts, Outcome, RowInfo, TableInfo
from hub.records.models import Claim, ClaimPayment
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Finish, Skip, StepDefinition, Workflow
from orchestration.workflow import Outcome as StepOutcome
from orchestration.workflows import subjects
from orchestration.workflows.payment_pairing import REVERSED

#: The step's output under which a person's decision is kept; `exceptions.adjustments` writes it.
CHOICE = "choice"
REVIEW_CODE, NO_RULE_CODE = "late-adjustment-review", "no-decision-rule"


def decide(work: Work) -> StepOutcome:
    """Ask the table about each adjustment. Raises a Failure for the first one that it leaves to a person."""
    event, payment = _event(work), _payment(work)
    work.at_stake(sum((abs(item.amount) for item in event.adjustments), ZERO))
    if payment.kind == REVERSED and payment.pairs is not None:
        before = _entry_of(payment.pairs)
        if before is None:
            return Finish({"outcome": "nothing of the payment that is taken back was posted here"})
        return Done({"takes_back": before.posting_key})
    table = snapshot(fresh=True).decision_table(LATE_ADJUSTMENT, work.now.date())
    choice = str(work.output(CHOICE).get("outcome", ""))
    decisions = [_decision(work, table, item, choice) for item in event.adjustments]
    version = table.version if table else 0
    return Done({"table": LATE_ADJUSTMENT, "version": version, "decisions": decisions})


def _decision(work: Work, table: TableInfo | None, item: Adjustment, choice: str) -> Mapping[str, Any]:
    facts = facts_of(_payment(work), item.group, item.reason, item.amount)
    row = table.decide(facts) if table else None
    told = {"group": item.group, "carc": item.reason, "amount": f"{item.amount:.2f}"}
    if row is not None and row.outcome != Outcome.REVIEW:
        return {**told, "outcome": row.outcome, "row": row.position, "reason": row.reason}
    if not choice:
        raise _undecided(work, table, row, facts)
    return {**told, "outcome": choice, "row": 0, "reason": str(work.output(CHOICE).get("reason", ""))}


def facts_of(payment: ClaimPayment, group: str, reason: str, amount: Decimal) -> Facts:
    """What the table is asked about one adjustment of a claim payment."""
    claim = payment.claim
    sent = claim.submitted_at if claim else None
    on = payment.remittance.paid_on or payment.remittance.received_at.date()
    return Facts(
        payer=claim.payer if claim else payment.remittance.payer,
        facility=payment.facility,
        group_code=group,
        carc=reason,
        amount=amount,
        age=max((on - sent.date()).days, 0) if sent else None,
    )


def _undecided(work: Work, table: TableInfo | None, row: RowInfo | None, facts: Facts) -> Failure:
    about = {
        "payer": facts.payer,
        "group_code": facts.group_code,
        "carc": facts.carc,
        "version": str(table.version if table else 0),
        "reason_code": f"{facts.group_code} {facts.carc}".strip(),
    }
    if row is None:
        return MappingMissing(
            NO_RULE_CODE,
            f"No row of the decision table fits {about['reason_code']} of {facts.payer or 'this payer'}.",
            cause=(LATE_ADJUSTMENT, facts.payer, facts.group_code, facts.carc),
            hint="Propose a row that fits and have it approved; what waits goes on by itself. Or decide here.",
            subject={**about, "domain": "decision", "table": LATE_ADJUSTMENT},
        )
    return BusinessRefusal(
        REVIEW_CODE,
        f"{facts.payer or 'The payer'} took {about['reason_code'] or 'an amount'} off; row {row.position} of the"
        " decision table sends it to a person.",
        cause=(str(work.run.subject),),
        hint=row.reason or "Decide what becomes of the amount.",
        subject={**about, "claim": _event(work).claim_number, "row": str(row.position)},
    )


def post(work: Work) -> StepOutcome:
    """One balanced entry of everything that was decided to leave the payer's receivable."""
    payment, told = _payment(work), work.output("decide")
    claim = _claim(payment)
    posting_key = work.workflow.posting_key(work.run.subject, "post")
    on = payment.remittance.paid_on or work.occurred_on
    if before := told.get("takes_back"):
        entry = ledger.reverse_entry(
            Entry.objects.get(posting_key=before),
            posting_key=posting_key,
            effective_date=on,
            source_event_id=payment.event_id,
        )
        return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)
    lines = late_adjustment(
        [(Settled(one["outcome"]), Decimal(one["amount"])) for one in told["decisions"] if one["outcome"] in _MOVES],
        payer=claim.payer,
        cost_center=claim.cost_center,
    )
    if not lines:
        return Skip("it stays with the payer")
    entry = ledger.record_entry(
        ledger.NewEntry(
            posting_key=posting_key,
            kind="late_adjustment",
            effective_date=on,
            facility=claim.facility,
            description=f"Remittance {payment.remittance.trace_number} item {payment.position} adjustments",
            lines=lines,
            journey_id=claim.journey_id,
            source_event_id=payment.event_id,
        )
    )
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


_MOVES = frozenset(Settled)


def settle(work: Work) -> StepOutcome:
    """Keep what is posted, with the claim as well."""
    posting_key = work.workflow.posting_key(work.run.subject, "post")
    reference = str(work.output("post").get("reference", ""))
    if not reference:
        return Skip("nothing posted")
    if not ledger.mark_posted(posting_key, reference):
        return Skip("kept before")
    claim = Claim.objects.select_for_update().get(pk=_claim(_payment(work)).pk)
    moved: dict[str, Decimal] = {}
    for line in Line.objects.filter(entry__posting_key=posting_key):
        moved[line.account] = moved.get(line.account, ZERO) + line.debit - line.credit
    claim.contractual += moved.get(accounts.CONTRACTUAL_ALLOWANCE, ZERO)
    claim.patient_responsibility += moved.get(accounts.PATIENT_RECEIVABLE, ZERO)
    claim.save(update_fields=["contractual", "patient_responsibility"])
    return Done(events=(_posted(work, claim, -moved.get(accounts.PAYER_RECEIVABLE, ZERO)),))


def _posted(work: Work, claim: Claim, amount: Decimal) -> AdjustmentPosted:
    event, told = _event(work), work.output("decide")
    rows = ", ".join(str(one["row"] or "a person") for one in told.get("decisions", ()))
    return AdjustmentPosted(
        occurred_at=work.now,
        entity_key=claim.key,
        facility=claim.facility,
        account_number=claim.account_number,
        claim_number=claim.key,
        payer=claim.payer,
        remittance_key=event.remittance_key,
        position=event.position,
        amount=amount,
        decided_by=f"{LATE_ADJUSTMENT} version {told['version']}: {rows}"[:120] if rows else "reversal",
    )


def _entry_of(payment: ClaimPayment) -> Entry | None:
    key = WORKFLOW.posting_key(f"{payment.remittance.key}:{payment.position}", "post")
    return Entry.objects.filter(posting_key=key).first()


def _payment(work: Work) -> ClaimPayment:
    event = _event(work)
    rows = ClaimPayment.objects.select_related("remittance", "claim", "pairs__remittance")
    return rows.get(remittance__key=event.remittance_key, position=event.position)


def _claim(payment: ClaimPayment) -> Claim:
    if payment.claim is None:
        raise Defect("claim-not-matched", "The claim payment was not matched before its adjustments were decided.")
    return payment.claim


def _event(work: Work) -> AdjustmentFound:
    event = work.event
    if not isinstance(event, AdjustmentFound):
        raise Defect("wrong-event", "This workflow starts on adjustments only.")
    return event


WORKFLOW = Workflow(
    code="W6",
    version=1,
    title="Late adjustment",
    starts_on=frozenset({AdjustmentFound.TYPE}),
    steps=(
        StepDefinition("decide", "Ask the decision table", decide),
        StepDefinition("post", "Post to the ERP", post),
        StepDefinition("settle", "Update the claim", settle),
    ),
    subject=subjects.remittance_item,
    order=subjects.entity,
)
