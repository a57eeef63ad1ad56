"""Putting right what a case is about, inside it: correct, send back, bring a number, ask again, give up, post later."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import Http404

from exceptions import brought, closed_periods, corrections, inquiries, returns, write_offs
from exceptions.correctable import target_of
from hub.console.forms.case import ReasonForm
from hub.console.forms.mend import (
    AnswerForm,
    AttachmentNumberForm,
    AuthorizationNumberForm,
    CorrectForm,
    PostLaterForm,
    RefusalForm,
)
from hub.console.selectors import mend as reads
from hub.console.views.case_actions import CaseAction
from hub.console.words import count_text
from hub.governance import access
from hub.governance.models import Approval
from hub.governance.roles import Permission
from hub.governance.states import ApprovalKind, ApprovalState


class CorrectRecord(CaseAction):
    title = "Correct the record"
    submit_label = "Correct and go on"

    def get_form(self, data: Any = None) -> Form:
        target = target_of(self.object)
        # Where the case has moved on there is nothing to fill in; the service says so.
        return CorrectForm(data, target=target) if target else ReasonForm(data)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        made = corrections.correct(
            case_id=self.object.pk, actor=self.actor, version=version, values=data.get("values", {}),
            reason=data["reason"],
        )  # fmt: skip
        if isinstance(made, Approval):
            return "Asked for: somebody else approves it, and then it goes on."
        return "Corrected, with the original kept; what waited for it goes on."


class SendBack(CaseAction):
    title = "Send back to source"
    submit_label = "Send back"
    form_class = ReasonForm

    def get_question(self) -> str:
        held = count_text(self.object.held, "held message")
        return f"{held} returned: the source sees what and where, mends it and sends it anew; that ends the case."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        rows = returns.send_back(case_id=self.object.pk, actor=self.actor, version=version, **data)
        told = f" {rows[0].told} is written to." if rows[0].told else ""
        return f"{count_text(len(rows), 'message')} sent back.{told}"


class AskAgain(CaseAction):
    title = "Ask again"

    def get_title(self) -> str:
        again = inquiries.again_for(self.object)
        return again.label if again else self.title

    def get_question(self) -> str:
        again = inquiries.again_for(self.object)
        return again.question if again else "There is nothing to ask again here any more."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        return inquiries.ask_again(case_id=self.object.pk, actor=self.actor, version=version).said


class WriteOff(CaseAction):
    title = "Write off"
    form_class = ReasonForm
    danger = True

    def get_title(self) -> str:
        return reads.write_off_label(self.who, self.object) or self.title

    def get_question(self) -> str:
        return reads.write_off_words(self.who, self.object) or "Nothing here can be written off any more."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        asked = write_offs.write_off(case_id=self.object.pk, actor=self.actor, version=version, **data)
        return "Asked for: a lead or finance decides here." if asked else "Written off; the entry is posted now."


class EnterAttachment(CaseAction):
    title = "Enter the attachment control number"
    submit_label = "Enter and go on"
    form_class = AttachmentNumberForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        brought.enter_attachment(case_id=self.object.pk, actor=self.actor, version=version, **data)
        return "Entered; the payer's rules are asked anew."


class EnterAuthorization(CaseAction):
    title = "Enter the authorization number"
    submit_label = "Enter and go on"
    form_class = AuthorizationNumberForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        brought.enter_authorization(case_id=self.object.pk, actor=self.actor, version=version, **data)
        return "Entered; what waited for it goes on."


class PostLater(CaseAction):
    needs = Permission.POST_LATE
    title = "Post in the next open period"
    submit_label = "Post there"

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility or None)

    def get_form(self, data: Any = None) -> Form:
        late = closed_periods.late_entries(self.who, self.object) or closed_periods.Late([], [], 0)
        return PostLaterForm(data, late=late)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        count = closed_periods.post_in_open_period(case_id=self.object.pk, actor=self.actor, version=version, **data)
        return f"{count_text(count, 'entry', 'entries')} on the way, dated {data['on']}."


class _Deciding(CaseAction):
    """About what somebody asked for in this case. The service has the last word about who may."""

    version_field = ""

    @property
    def approval(self) -> Approval:
        if not hasattr(self, "_approval"):
            wanted = Approval.objects.filter(pk=self.kwargs["approval"], object_id=str(self.object.pk))
            found = wanted.defer("sealed").first()
            if found is None:
                raise Http404
            self._approval = found
        return self._approval

    def decide(self, *, approve: bool, answer: str) -> None:
        approval_id: UUID = self.approval.pk
        if self.approval.kind == ApprovalKind.WRITE_OFF:
            write_offs.decide(approval_id=approval_id, actor=self.actor, approve=approve, answer=answer)
        else:
            corrections.decide(approval_id=approval_id, actor=self.actor, approve=approve, answer=answer)

    def get_question(self) -> str:
        if self.approval.state != ApprovalState.ASKED:
            return f"{self.approval.decided_by} decided about it already."
        asked = reads.Asked(self.approval, may_decide=True, own=False)
        return f"{asked.by} asks to {asked.what}: {self.approval.reason}"


class ApproveAsked(_Deciding):
    title = "Approve"
    form_class = AnswerForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.decide(approve=True, answer=data["answer"])
        return "Approved, and carried out."


class RefuseAsked(_Deciding):
    title = "Refuse"
    form_class = RefusalForm
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.decide(approve=False, answer=data["answer"])
        return "Refused."


class WithdrawAsked(_Deciding):
    title = "Take back"

    def get_question(self) -> str:
        return "What you asked for is not decided about any more."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        corrections.withdraw(approval_id=self.approval.pk, actor=self.actor)
        return "Taken back."
