"""What people do about denials: record an appeal that was sent, or give the amount up. Permission, change and audit in
one transaction; the run that follows the denial hears of it and goes on."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from exceptions.acts import require_reason
from exceptions.errors import NotAllowedNow
from exceptions.queue import cases_move
from hub.core import clock
from hub.core.events.claim import ClaimAppealed
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.limits import write_off_limit
from hub.governance.roles import Permission
from hub.records import denials
from hub.records.models import Denial
from hub.records.services import Recordable
from hub.records.states import DenialStage
from orchestration.models import Run
from orchestration.recording import HUB, record
from orchestration.services import retry_runs

_LONGEST_REFERENCE = 50


@transaction.atomic
def record_appeal(*, denial_id: UUID, actor: Actor, reference: str, reason: str = "") -> Denial:
    """Write down that an appeal went to the payer, under its `reference`: the next level, and its clock runs.

    Raises BusinessRefusal for a denial that cannot be appealed as it stands.
    """
    denial = _locked(denial_id)
    access.require(actor, Permission.WORK_CASES, denial.facility)
    reference = reference.strip()[:_LONGEST_REFERENCE]
    if not reference:
        raise NotAllowedNow("reference-missing", "Say under which reference the appeal went out.")
    before = _values(denial)
    denials.move(denial, DenialStage.APPEALED)
    denial.appeal_level += 1
    denial.appeal_reference, denial.appealed_at = reference, clock.now()
    denial.save(update_fields=["stage", "appeal_level", "appeal_reference", "appealed_at"])
    _announce(denial)
    cases_move()
    _audit(denial, actor, "denial.appeal", reason, before)
    return denial


@transaction.atomic
def write_off(*, denial_id: UUID, actor: Actor, reason: str, approved: bool = False) -> Denial:
    """Give the amount up; the run posts it. Beyond the actor's limit only what somebody else asked for is given up."""
    denial = _locked(denial_id)
    access.require(actor, Permission.WORK_CASES, denial.facility)
    require_within_limit(actor, denial.amount, denial.facility, approved=approved)
    require_reason(reason)
    before = _values(denial)
    denials.move(denial, DenialStage.WRITTEN_OFF)
    denial.resolved_at = clock.now()
    denial.save(update_fields=["stage", "resolved_at"])
    run = run_of(denial)
    if run is not None:
        retry_runs([run.pk])
    cases_move()
    _audit(denial, actor, "denial.write_off", reason, before)
    return denial


def require_within_limit(actor: Actor, amount: Decimal, facility: str, *, approved: bool) -> None:
    """Raises NotAllowedNow beyond one's limit; PermissionDenied where one may not decide what others ask for."""
    if approved:
        access.require(actor, Permission.WRITE_OFF, facility)
    elif amount > (limit := write_off_limit(actor, facility)):
        raise NotAllowedNow(
            "beyond-limit", f"You may write off up to ${limit:,.2f} alone; ask for it in its case, and a lead decides."
        )


def run_of(denial: Denial) -> Run | None:
    """The run that follows the denial."""
    payment = denial.claim_payment
    subject = f"{payment.remittance.key}:{payment.position}"[:160]
    return Run.objects.filter(workflow="W4D", subject=subject).first()


def _locked(denial_id: UUID) -> Denial:
    rows = Denial.objects.select_for_update(of=("self",)).select_related("claim", "claim_payment__remittance")
    return rows.get(pk=denial_id)


def _announce(denial: Denial) -> None:
    claim = denial.claim
    event = ClaimAppealed(
        occurred_at=clock.now(),
        entity_key=claim.key,
        facility=claim.facility,
        account_number=claim.account_number,
        claim_number=claim.key,
        payer=claim.payer,
        level=denial.appeal_level,
        reference=denial.appeal_reference,
        reason=denial.family,
    )
    cause = denial.claim_payment.event_id
    record([Recordable(event=event, system=HUB, causation_id=cause, received_at=clock.now())])


def _values(denial: Denial) -> dict[str, str]:
    return {
        "stage": denial.stage,
        "level": str(denial.appeal_level),
        "reference": denial.appeal_reference,
        "amount": f"{denial.amount:.2f}",
    }


def _audit(denial: Denial, actor: Actor, action: str, reason: str, before: dict[str, str]) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_kind="denial",
        object_id=str(denial.pk),
        facility=denial.facility,
        reason=reason,
        before=before,
        after=_values(denial),
    )
