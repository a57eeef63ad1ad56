"""Putting a message or record right from its case, with a reason: kept beside the original; what waited is tried again.

Policy (`correctable`) says which fields; some take two people. Permission, change and audit in one transaction. The
values are sealed: audit and story name the fields only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from connectors.models import Message
from exceptions import notices, releases
from exceptions.acts import audited, note, require_open, require_reason, require_unchanged
from exceptions.correctable import Target, refusal_of, target_of
from exceptions.errors import Changed, NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case
from exceptions.queue import cases_move
from exceptions.states import NoteKind, Resolution
from hub.governance import access, approvals, audit
from hub.governance.access import Actor
from hub.governance.holders import holders
from hub.governance.models import Approval
from hub.governance.roles import Permission
from hub.governance.states import ApprovalKind, ApprovalState
from orchestration.correcting import Author, correct_message, correct_record, rehearse
from orchestration.correction_models import Correction
from orchestration.workflows.patient_payment import MODELS_OF_AN_ACCOUNT

_OBJECT = "case"


@transaction.atomic
def correct(
    *, case_id: UUID, actor: Actor, values: Mapping[str, str], reason: str, version: int | None = None
) -> Correction | Approval:
    """Put it right now, or, where policy asks for two people, ask for it.

    Raises NotAllowedNow for a field or value that policy does not allow, and for a message that could not be understood
    with the new values either.
    """
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_open(case)
    require_unchanged(case, version)
    require_reason(reason)
    target = _target(case)
    changes = _checked(target, values, actor)
    if not any(target.field(name).two_people for name in changes if target.field(name)):  # type: ignore[union-attr]
        return _carry_out(case, target, changes, actor, Author(by=actor.username, reason=reason))
    row = approvals.ask(
        kind=ApprovalKind.CORRECTION, object_kind=_OBJECT, object_id=str(case.pk), facility=case.facility, actor=actor,
        reason=reason, subject={"fields": _labels(target, changes)},
        sealed={"ref": str(target.row.pk), "changes": dict(changes)},
    )  # fmt: skip
    _moved(case)
    deciders = holders(Permission.APPROVE_CORRECTIONS, case.facility)
    notices.tell_leads(case, actor, f"{actor.name} asks for a correction that takes two people.", deciders)
    note(case, actor, NoteKind.STATE, f"Asked to correct {', '.join(_labels(target, changes))}. {reason}".strip())
    audited(case, actor, "correction.ask", reason=reason, after={"fields": sorted(changes)})
    return row


@transaction.atomic
def decide(*, approval_id: UUID, actor: Actor, approve: bool, answer: str = "") -> Correction | None:
    """Approve a correction that somebody else asked for, and carry it out; or refuse it."""
    case = case_for_change(UUID(Approval.objects.get(pk=approval_id, kind=ApprovalKind.CORRECTION).object_id))
    access.require(actor, Permission.APPROVE_CORRECTIONS, case.facility)
    if not approve:
        require_reason(answer)
    state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
    row = approvals.decide(approval_id, actor=actor, state=state, answer=answer)
    if not approve:
        _moved(case)
        notices.tell_asker(case, actor, row.asked_by, f"{actor.name} refused the correction that you asked for.")
        note(case, actor, NoteKind.STATE, f"Refused the correction that {row.asked_by} asked for. {answer}".strip())
        audited(case, actor, "correction.refuse", reason=answer, after={"asked_by": row.asked_by})
        return None
    require_open(case)
    wanted = approvals.sealed_of(row)
    target = _target(case)
    if str(target.row.pk) != wanted["ref"]:
        raise Changed("case-changed", "The case holds something else by now; ask for the correction anew.")
    notices.tell_asker(case, actor, row.asked_by, f"{actor.name} approved the correction that you asked for.")
    author = Author(by=row.asked_by, approved_by=actor.username, reason=row.reason)
    return _carry_out(case, target, _checked(target, wanted["changes"], actor), actor, author)


@transaction.atomic
def withdraw(*, approval_id: UUID, actor: Actor) -> None:
    """Take one's own request back."""
    row = approvals.decide(approval_id, actor=actor, state=ApprovalState.WITHDRAWN)
    case = case_for_change(UUID(row.object_id))
    _moved(case)
    note(case, actor, NoteKind.STATE, f"Took back what was asked for: {row.get_kind_display().lower()}.")
    audited(case, actor, f"{row.kind}.withdraw", after={"approval": str(row.pk)})


def _target(case: Case) -> Target:
    target = target_of(case)
    if target is None:
        raise NotAllowedNow("not-correctable", "Nothing that this case holds can be put right from here.")
    return target


def _checked(target: Target, values: Mapping[str, str], actor: Actor) -> dict[str, str]:
    """The values that change something, each allowed by policy."""
    changes = {name: value.strip() for name, value in values.items() if value.strip()}
    if not changes:
        raise NotAllowedNow("nothing-corrected", "Say what is to stand there.")
    for name, value in changes.items():
        field = target.field(name)
        if field is None:
            raise NotAllowedNow("field-not-allowed", f"{name} is not put right here; {target.owner} has to mend it.")
        if why := refusal_of(field, value):
            raise NotAllowedNow("value-not-allowed", f"{field.label}: {why}")
    if isinstance(target.row, Message) and (failure := rehearse(target.row, changes)):
        raise NotAllowedNow("still-not-understood", f"It could still not be understood: {failure.message}")
    if "account_number" in changes and not isinstance(target.row, Message):
        _require_account(changes["account_number"], actor)
    return changes


def _require_account(number: str, actor: Actor) -> None:
    """An account that is not known, or lies where the actor sees nothing, is answered alike."""
    rows: list[Any] = [model.objects.filter(account_number=number).first() for model in MODELS_OF_AN_ACCOUNT]
    owner = next((row for row in rows if row is not None), None)
    if owner is None or not access.may(actor, Permission.VIEW_JOURNEYS, owner.facility):
        raise NotAllowedNow("account-not-found", "There is no such account where you work.")


def _carry_out(case: Case, target: Target, changes: Mapping[str, str], actor: Actor, author: Author) -> Correction:
    who = Author(by=author.by, reason=author.reason, approved_by=author.approved_by, case_number=case.number)
    row = target.row
    made = correct_message(row, changes, who) if isinstance(row, Message) else correct_record(row, changes, who)
    releases.let_go(case, releases.held_members(case).filter(pk=target.member.pk))
    case.resolution = Resolution.FIXED
    _moved(case)
    approved = f", approved by {author.approved_by}" if author.approved_by else ""
    words = f"Corrected: {', '.join(_labels(target, changes))}{approved}. {author.reason}"
    note(case, actor, NoteKind.RELEASED, words.strip())
    cases_move()
    audit.record(
        actor=actor, action="record.correct", object_kind=made.kind, object_id=str(made.ref), facility=case.facility,
        reason=author.reason,
        after={"fields": made.fields, "case": case.number, "asked_by": author.by, "correction": str(made.pk)},
    )  # fmt: skip
    return made


def _labels(target: Target, names: Mapping[str, str]) -> list[str]:
    return [field.label for field in target.fields if field.name in names]


def _moved(case: Case) -> None:
    case.version += 1
    case.save(update_fields=["version", "resolution"])
