"""What people decide inside a case of cash: which claim a payment is for, and what becomes of an adjustment.

Each is one transaction with permission, change and audit; what the case holds is then tried again and goes on.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from exceptions import releases
from exceptions.acts import require_reason
from exceptions.denials import require_within_limit
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case, Note
from exceptions.queue import cases_move
from exceptions.states import CASE_OPEN, NoteKind, Resolution
from hub.core.money import ZERO
from hub.core.parking import Held
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission
from hub.masterdata.decisions import OUTCOME_NAMES, Outcome
from hub.records.models import Claim, ClaimPayment
from orchestration.models import Run
from orchestration.workflows.late_adjustment import CHOICE, NO_RULE_CODE, REVIEW_CODE
from orchestration.workflows.payment_matching import BY_PERSON

UNMATCHED_CODE = "unmatched-claim-payment"
#: What a person may say about an adjustment: everything a row may, but to ask a person.
CHOICES = tuple(outcome for outcome in Outcome if outcome is not Outcome.REVIEW)


@transaction.atomic
def choose_claim(*, case_id: UUID, actor: Actor, claim_number: str, reason: str = "") -> ClaimPayment:
    """Say which claim the case's payment is for; it is posted then.

    Raises NotAllowedNow for a claim that there is not, or that the actor does not get to see.
    """
    case = _open_case(case_id, {UNMATCHED_CODE}, actor)
    claim = Claim.objects.filter(key=claim_number.strip()).first()
    if claim is None or not access.may(actor, Permission.VIEW_JOURNEYS, claim.facility):
        raise NotAllowedNow("claim-not-found", "There is no such claim where you work.")
    payment = ClaimPayment.objects.select_for_update().get(pk=case.subject["payment"])
    if payment.posted_at is not None:
        raise NotAllowedNow("payment-posted", "The payment is posted already.")
    payment.claim, payment.matched_by = claim, BY_PERSON
    payment.save(update_fields=["claim", "matched_by"])
    _go_on(case, actor, f"The claim is chosen. {reason}")
    audit.record(
        actor=actor,
        action="claim_payment.match",
        object_kind="claim payment",
        object_id=str(payment.pk),
        facility=case.facility,
        reason=reason,
        after={"claim": str(claim.pk), "case": case.number},
    )
    return payment


@transaction.atomic
def decide_adjustment(*, case_id: UUID, actor: Actor, outcome: str, reason: str, approved: bool = False) -> int:
    """Say what becomes of the adjustments that the case holds and no row decided; returns of how many runs.

    A write-off stays within the actor's limit, or is `approved`: somebody else asked for it (`write_offs`). Rows that
    decide keep deciding what they fit.
    """
    case = _open_case(case_id, {NO_RULE_CODE, REVIEW_CODE}, actor)
    if outcome not in CHOICES:
        raise NotAllowedNow("no-such-outcome", "Choose what becomes of the amount.")
    if outcome == Outcome.WRITE_OFF:
        total = releases.held_members(case).aggregate(total=Sum("amount"))["total"] or ZERO
        require_within_limit(actor, total, case.facility, approved=approved)
    require_reason(reason)
    held = releases.held_members(case).filter(kind=Held.RUN)
    # What somebody works on just now is left out, as everywhere beside a case; it comes back and is decided then.
    free = Run.objects.select_for_update(skip_locked=True).filter(pk__in=held.values_list("ref", flat=True))
    runs = list(free.order_by("pk"))
    for run in runs:
        run.outputs[CHOICE] = {"outcome": outcome, "by": actor.username, "reason": reason.strip()[:200]}
        run.save(update_fields=["outputs"])
    given_up = Resolution.WRITTEN_OFF if outcome == Outcome.WRITE_OFF else Resolution.DECIDED
    _go_on(case, actor, f"Decided: {OUTCOME_NAMES[outcome]}. {reason}", given_up)
    audit.record(
        actor=actor,
        action="adjustment.decide",
        object_kind="case",
        object_id=str(case.pk),
        facility=case.facility,
        reason=reason,
        after={"outcome": outcome, "runs": len(runs), "adjustment": case.subject.get("reason_code", "")},
    )
    return len(runs)


def _open_case(case_id: UUID, codes: set[str], actor: Actor) -> Case:
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    if case.code not in codes or case.state not in CASE_OPEN:
        raise NotAllowedNow("case-moved-on", "The case has moved on; there is nothing to decide here.")
    return case


def _go_on(case: Case, actor: Actor, text: str, resolution: Resolution = Resolution.DECIDED) -> None:
    case.resolution = resolution
    case.save(update_fields=["resolution"])
    Note.objects.create(case=case, author=actor.username, kind=NoteKind.STATE, text=text.strip()[:2000])
    releases.let_go(case, releases.held_members(case))
    cases_move()
