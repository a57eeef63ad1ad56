"""Numbers that people bring into a case: of an attachment that goes to the payer, of an authorization it gave by phone.

Both are written down with a reason; what waited for them is tried again.
"""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from django.db import transaction

from connectors.payers.payloads import trace_for
from exceptions import releases
from exceptions.acts import note, require_open, require_reason, require_unchanged
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case, Member
from exceptions.queue import cases_move
from exceptions.states import CASE_OPEN, CaseState, MemberState, NoteKind, Resolution
from hub.core import clock
from hub.core.events.authorization import AuthorizationApproved
from hub.core.parking import Held
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission
from hub.masterdata.models import PayerRule
from hub.records.models import Appointment, Authorization, Claim
from hub.records.services import Recordable
from orchestration.models import Run
from orchestration.recording import HUB, record

EDITS_CODE = "claim-edit-failed"
ATTACHMENT_RULE, AUTHORIZATION_RULE = "attachment-required", "authorization-number-required"
#: Cases of a visit whose authorization somebody may have got by phone or on the payer's portal.
OF_AUTHORIZATION = frozenset(
    {"authorization-by-hand", "authorization-late", "authorization-denied", "authorization-other-days"}
)
#: PWK06 and REF02 G1: what X12's basic character set has, without what separates.
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 .&'()+,/=?;-]{1,49}", re.IGNORECASE)


def wants_attachment(case: Case) -> bool:
    """Whether a rule that the claim breaks asks for an attachment."""
    return _breaks(case, ATTACHMENT_RULE)


def wants_authorization(case: Case) -> bool:
    """Whether the case would end with an authorization number."""
    return (_is_workable(case) and case.code in OF_AUTHORIZATION) or _breaks(case, AUTHORIZATION_RULE)


@transaction.atomic
def enter_attachment(*, case_id: UUID, actor: Actor, number: str, reason: str, version: int | None = None) -> Claim:
    """The attachment control number of the case's claim (PWK06); the payer's rules are then asked anew."""
    case = _opened(case_id, actor, reason, version)
    if not wants_attachment(case):
        raise NotAllowedNow("no-attachment-wanted", "No rule asks for an attachment here any more.")
    claim = Claim.objects.select_for_update().get(key=case.subject["claim"])
    if claim.control_number:
        raise NotAllowedNow("claim-sent", "The claim has gone out; make a corrected one.")
    before, claim.attachment_control_number = claim.attachment_control_number, _checked(number)
    claim.save(update_fields=["attachment_control_number"])
    _go_on(case, actor, f"Attachment control number entered. {reason}")
    audit.record(
        actor=actor, action="claim.attachment", object_kind="claim", object_id=str(claim.pk), facility=case.facility,
        reason=reason, before={"number": before},
        after={"number": claim.attachment_control_number, "case": case.number},
    )  # fmt: skip
    return claim


@transaction.atomic
def enter_authorization(
    *,
    case_id: UUID,
    actor: Actor,
    number: str,
    reason: str,
    valid_from: date | None = None,
    valid_until: date | None = None,
    version: int | None = None,
) -> Authorization:
    """The payer's certification number, as a person was told it. It is the hub's own event, and said to be by hand."""
    case = _opened(case_id, actor, reason, version)
    if not wants_authorization(case):
        raise NotAllowedNow("no-authorization-wanted", "Nothing here waits for an authorization any more.")
    if valid_from and valid_until and valid_until < valid_from:
        raise NotAllowedNow("dates-crossed", "It would end before it begins.")
    run = _run(case)
    event = _approval(run, case, _checked(number), valid_from, valid_until)
    made = record([Recordable(event=event, system=HUB, causation_id=run.event_id, received_at=clock.now())])[0]
    _go_on(case, actor, f"Authorization number entered, as the payer gave it. {reason}")
    audit.record(
        actor=actor, action="authorization.enter", object_kind="authorization", object_id=made.event.entity_key,
        facility=case.facility, reason=reason, after={"number": event.certification_number, "case": case.number},
    )  # fmt: skip
    return Authorization.objects.get(key=made.event.entity_key)


def _approval(
    run: Run, case: Case, number: str, valid_from: date | None, valid_until: date | None
) -> AuthorizationApproved:
    """Of the request that stands, where there is one; else one of its own."""
    known = Authorization.objects.filter(journey_id=run.journey_id).order_by("-id").first()
    appointment = Appointment.objects.filter(journey_id=run.journey_id).order_by("-id").first()
    claim = Claim.objects.filter(key=case.subject.get("claim", "")).first()
    about = known or appointment or claim
    trace = str(run.outputs.get("request", {}).get("trace", "")) or (known.key if known else "")
    return AuthorizationApproved(
        occurred_at=clock.now(),
        entity_key=trace or trace_for(appointment.key if appointment else run.entity_key, "H"),
        facility=run.facility,
        account_number=about.account_number if about else "",
        appointment_id=appointment.key if appointment else "",
        payer=(known.payer if known else "") or (claim.payer if claim else appointment.payer if appointment else ""),
        certification_number=number,
        valid_from=valid_from,
        valid_until=valid_until,
        trace_number=trace,
    )


def _run(case: Case) -> Run:
    member = Member.objects.filter(case=case, kind=Held.RUN.value, state=MemberState.HELD).order_by("id").first()
    if member is None:
        raise NotAllowedNow("nothing-held", "The case holds nothing any more that waits for it.")
    return Run.objects.get(pk=member.ref)


def _opened(case_id: UUID, actor: Actor, reason: str, version: int | None) -> Case:
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_open(case)
    require_unchanged(case, version)
    require_reason(reason)
    return case


def _checked(number: str) -> str:
    number = number.strip().upper()
    if _NUMBER.fullmatch(number) is None:
        raise NotAllowedNow("number-not-allowed", "2 to 50 letters, digits or plain punctuation, as X12 carries them.")
    return number


def _breaks(case: Case, kind: str) -> bool:
    if case.code != EDITS_CODE or not _is_workable(case):
        return False
    rules = [rule.strip() for rule in case.subject.get("rules", "").split(",")]
    return PayerRule.objects.filter(code__in=rules, kind=kind).exists()


def _is_workable(case: Case) -> bool:
    return case.state in CASE_OPEN and case.state != CaseState.RELEASING


def _go_on(case: Case, actor: Actor, words: str) -> None:
    case.resolution, case.version = Resolution.FIXED, case.version + 1
    case.save(update_fields=["resolution", "version"])
    note(case, actor, NoteKind.RELEASED, words.strip())
    releases.let_go(case, releases.held_members(case))
    cases_move()
