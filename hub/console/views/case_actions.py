"""What can be done to a case. Each asks, calls its service and says what happened."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from exceptions import notices, selectors, services
from exceptions.deeds import services as deeds
from exceptions.deeds.models import Deed
from exceptions.deeds.states import DeedAct
from exceptions.models import Case
from exceptions.runbooks.states import SafeAction
from exceptions.states import CaseState, Resolution
from hub.console.bulk_cases import deed_data, undo_url
from hub.console.forms.answers import INSERT, WithAnswers
from hub.console.forms.case import AssignForm, CommentForm, ReasonForm, ReleaseForm, ResolveForm
from hub.console.guard import Guarded
from hub.console.links import case_url
from hub.console.runbook_use import FromRunbook
from hub.console.words import count_text, person_name
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView


class CaseAction(Guarded, ActionView):
    """One deed on one case of the reader's scope, for those who hold `needs` at its facility."""

    needs: ClassVar[Permission] = Permission.WORK_CASES
    nav = "cases"
    lookup_field = "number"
    object: Case
    deed: Deed | None = None

    def get_queryset(self) -> QuerySet[Case]:
        return selectors.cases(self.who)

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility)

    def get_success_url(self) -> str:
        return case_url(self.object)

    def do(self, act: DeedAct, data: dict[str, Any], version: int | None) -> Case:
        """Do it so that it can be undone; returns the case as it is then."""
        self.deed = deeds.do_once(
            act=act, actor=self.actor, case_id=self.object.pk, version=version, data=deed_data(act, data)
        )
        self.object.refresh_from_db()
        return self.object

    def get_undo_url(self) -> str:
        return undo_url(self.deed) if self.deed is not None else ""


class Answering(CaseAction):
    """A deed that people write a text for, with ready-made answers to put into it. Without scripts as with them."""

    def get_form(self, data: Any = None) -> WithAnswers:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if INSERT not in request.POST:
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.initial = {**(form.initial or {}), **form.with_answer(request.POST)}
        return self.ask(form)


class TakeCase(CaseAction):
    title = "Take this case"
    question = "It becomes yours, and everyone sees that you work it."
    submit_label = "Take"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.do(DeedAct.TAKE, data, version)
        return "The case is yours."


class AssignCase(CaseAction):
    needs = Permission.ASSIGN_CASES
    title = "Assign"
    form_class = AssignForm

    def get_form(self, data: Any = None) -> Form:
        return AssignForm(data, facility=self.object.facility, initial={"owner": self.object.owner_id or ""})

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        case = self.do(DeedAct.ASSIGN, data, version)
        return f"Assigned to {person_name(case.owner) or 'nobody'}."


class CommentCase(Answering):
    title = "Comment"
    version_field = ""

    def get_form(self, data: Any = None) -> WithAnswers:
        return CommentForm(data, queue=self.object.queue)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.comment(case_id=self.object.pk, actor=self.actor, text=data["text"])
        told, not_told = notices.named_in(self.object, data["text"])
        heard = f" {', '.join(person_name(user) for user in told)} will hear of it." if told else ""
        missed = f" Not told: {', '.join(f'@{name}' for name in not_told)}; nobody who sees this case is called that."
        return f"Comment added.{heard}{missed if not_told else ''}"


class ResolveCase(Answering):
    title = "Resolve"

    def get_form(self, data: Any = None) -> WithAnswers:
        return ResolveForm(
            data,
            queue=self.object.queue,
            holds=self.object.held > 0,
            initial={"resolution": Resolution.FIXED, "held": "release"},
        )

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        case = self.do(DeedAct.RESOLVE, data, version)
        if case.state == CaseState.RELEASING:
            return "What it holds is on its way again; the case ends once all of it went through."
        return "Resolved."


class ReopenCase(CaseAction):
    title = "Reopen"
    question = "It goes back into the queue. What it held stays as it is."
    form_class = ReasonForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.reopen(case_id=self.object.pk, actor=self.actor, version=version, **data)
        return "The case is open again."


class RetryCase(FromRunbook, CaseAction):
    safe_action = SafeAction.ASK_AGAIN
    title = "Retry"
    form_class = ReleaseForm

    def get_question(self) -> str:
        return f"{count_text(self.object.held, 'held item')} will be tried again, the oldest first."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.release(
            case_id=self.object.pk, actor=self.actor, reason=data["reason"], rate=data["rate"] or 0, version=version
        )
        return "What it holds is on its way again."
