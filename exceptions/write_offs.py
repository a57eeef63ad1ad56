"""Giving amounts up, one way: within one's own limit at once, beyond it by asking, and a second person decides.

The entry is the workflow's: W4D posts a denial's, W6 an adjustment's. Both are balanced and go to the ERP as any other.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from exceptions import decisions, denials, notices
from exceptions.acts import audited, note, require_open, require_reason, require_unchanged
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case
from exceptions.releases import held_members
from exceptions.states import CASE_OPEN, CaseState, NoteKind
from hub.core.money import ZERO
from hub.governance import access, approvals
from hub.governance.access import Actor, Who
from hub.governance.holders import holders
from hub.governance.limits import write_off_limit
from hub.governance.models import Approval
from hub.governance.roles import Permission
from hub.governance.states import ApprovalKind, ApprovalState
from hub.masterdata.decisions import Outcome
from hub.records.models import Denial
from hub.records.states import DENIAL_TRANSITIONS, DenialStage
from orchestration.workflows.late_adjustment import NO_RULE_CODE, REVIEW_CODE

_OF_ADJUSTMENTS = frozenset({NO_RULE_CODE, REVIEW_CODE})


def amount_of(case: Case) -> Decimal | None:
    """What giving up would give up; None where there is nothing in the case that could be."""
    if case.state not in CASE_OPEN or case.state == CaseState.RELEASING:
        return None
    denial = _denial(case)
    if denial is not None:
        return denial.amount if DenialStage.WRITTEN_OFF in DENIAL_TRANSITIONS[denial.stage] else None
    if case.code in _OF_ADJUSTMENTS:
        return held_members(case).aggregate(total=Sum("amount"))["total"] or ZERO
    return None


@transaction.atomic
def write_off(*, case_id: UUID, actor: Actor, reason: str, version: int | None = None) -> Approval | None:
    """Give it up, or, beyond the actor's limit, ask for that; the request, where it was asked for."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_open(case)
    require_unchanged(case, version)
    require_reason(reason)
    amount = _amount(case)
    if amount <= write_off_limit(actor, case.facility):
        _carry_out(case, actor, reason)
        _told(case, actor, f"Wrote off ${amount:,.2f}. {reason}", "case.write_off", reason, amount)
        return None
    row = approvals.ask(
        kind=ApprovalKind.WRITE_OFF, object_kind="case", object_id=str(case.pk), facility=case.facility, actor=actor,
        reason=reason, amount=amount, subject={"what": _words(case)},
    )  # fmt: skip
    deciders = holders(Permission.WRITE_OFF, case.facility)
    notices.tell_leads(case, actor, f"{actor.name} asks to write off ${amount:,.2f}.", deciders)
    _told(case, actor, f"Asked to write off ${amount:,.2f}. {reason}", "write_off.ask", reason, amount)
    return row


@transaction.atomic
def decide(*, approval_id: UUID, actor: Actor, approve: bool, answer: str = "") -> None:
    """Approve what somebody else asked to give up, and give it up; or refuse it.

    Raises NotAllowedNow where the amount has changed since: what is approved is what was asked for.
    """
    case = case_for_change(UUID(Approval.objects.get(pk=approval_id, kind=ApprovalKind.WRITE_OFF).object_id))
    access.require(actor, Permission.WRITE_OFF, case.facility)
    if not approve:
        require_reason(answer)
    state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
    row = approvals.decide(approval_id, actor=actor, state=state, answer=answer)
    asked = row.amount or ZERO
    if not approve:
        notices.tell_asker(case, actor, row.asked_by, f"{actor.name} refused to write off ${asked:,.2f}.")
        words = f"Refused to write off ${asked:,.2f}, which {row.asked_by} asked for. {answer}"
        _told(case, actor, words, "write_off.refuse", answer, asked)
        return
    require_open(case)
    if _amount(case) != asked:
        raise NotAllowedNow(
            "amount-changed", "The amount has changed since it was asked for; refuse it and look again."
        )
    _carry_out(case, actor, row.reason, approved=True)
    notices.tell_asker(case, actor, row.asked_by, f"{actor.name} approved writing off ${asked:,.2f}.")
    words = f"Approved what {row.asked_by} asked for: ${asked:,.2f} written off. {answer or row.reason}"
    _told(case, actor, words, "case.write_off", row.reason, asked)


def _carry_out(case: Case, actor: Actor, reason: str, *, approved: bool = False) -> None:
    denial = _denial(case)
    if denial is not None:
        denials.write_off(denial_id=denial.pk, actor=actor, reason=reason, approved=approved)
        return
    decisions.decide_adjustment(
        case_id=case.pk, actor=actor, outcome=Outcome.WRITE_OFF, reason=reason, approved=approved
    )


def _amount(case: Case) -> Decimal:
    amount = amount_of(case)
    if amount is None:
        raise NotAllowedNow("nothing-to-give-up", "Nothing in this case can be written off as it stands.")
    return amount


def _denial(case: Case) -> Denial | None:
    number = case.subject.get("denial")
    return Denial.objects.filter(pk=number).select_related("claim").first() if number else None


def _words(case: Case) -> str:
    return "the denied claim" if _denial(case) is not None else "the adjustments that it holds"


def _told(case: Case, actor: Actor, words: str, action: str, reason: str, amount: Decimal) -> None:
    case.version += 1
    case.save(update_fields=["version"])
    note(case, actor, NoteKind.STATE, words.strip())
    audited(case, actor, action, reason=reason, after={"amount": f"{amount:.2f}"})


def limit_of(who: Who, case: Case) -> Decimal:
    """How much `who` may give up alone where the case belongs."""
    return write_off_limit(who, case.facility)
