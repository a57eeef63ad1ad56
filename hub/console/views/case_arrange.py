"""What is done now and then to a case: put it aside, watch it, merge it, split it, keep a file beside it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from exceptions import attachments, regrouping, selectors
from exceptions.deeds.states import DeedAct
from exceptions.models import Attachment, Case
from hub.console.forms.arrange import AttachForm, MergeForm, SnoozeForm
from hub.console.forms.case import ReasonForm
from hub.console.guard import Guarded
from hub.console.links import case_url
from hub.console.views.case_actions import CaseAction
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.details import find_in_scope
from hub.ui.format import when_text
from hub.ui.pages import PageView


class SnoozeCase(CaseAction):
    title = "Snooze"
    question = "It leaves the queue until then and keeps its clock."
    form_class = SnoozeForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        case = self.do(DeedAct.SNOOZE, data, version)
        return f"Out of the queue until {when_text(case.snoozed_until or data['until'])}."


class WakeCase(CaseAction):
    title = "Put back into the queue"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.do(DeedAct.WAKE, data, version)
        return "It is back in the queue."


class WatchCase(CaseAction):
    """Whoever may see a case may watch it."""

    needs = Permission.VIEW_CASES
    title = "Watch"
    version_field = ""
    watching = True

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility or None)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.do(DeedAct.WATCH if self.watching else DeedAct.UNWATCH, data, None)
        return "You will be told of what happens to it." if self.watching else "You will not be told of it any more."


class UnwatchCase(WatchCase):
    title = "Stop watching"
    watching = False


class MergeCase(CaseAction):
    title = "Merge into another case"
    question = "The other case holds its work from then on; this one ends as its duplicate."
    submit_label = "Merge"

    def get_form(self, data: Any = None) -> Form:
        return MergeForm(data, case=self.object, who=self.who)

    def get_success_url(self) -> str:
        return case_url(self.object.merged_into or self.object)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        into = regrouping.merge(
            case_id=self.object.pk, into_id=data["into"].pk, actor=self.actor, reason=data["reason"], version=version
        )
        self.object.merged_into = into
        return f"Merged: case {into.number} holds it all."


class AttachFile(CaseAction):
    title = "Attach a file"
    version_field = ""
    submit_label = "Attach"

    def get_form(self, data: Any = None) -> Form:
        return AttachForm(data, self.request.FILES or None)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        file = data["file"]
        attachments.attach(case_id=self.object.pk, actor=self.actor, name=file.name, content=file.read())
        return "The file is kept with the case."


class OfAttachment(Guarded):
    """The files of cases in the reader's scope."""

    needs = Permission.WORK_CASES

    def attachments(self) -> QuerySet[Attachment]:
        cases: QuerySet[Case] = selectors.cases(self.who)
        return Attachment.objects.filter(case__in=cases).select_related("case")


class OpenAttachment(OfAttachment, PageView):
    """The file itself, to be kept and not shown: what is in it is somebody else's."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept: Attachment = find_in_scope(self.attachments(), "pk", self.kwargs["pk"])  # type: ignore[assignment]
        content = attachments.opened(attachment=kept, actor=self.actor)
        response = HttpResponse(content, content_type=kept.content_type)
        response["Content-Disposition"] = f'attachment; filename="attachment-{str(kept.pk)[-8:]}{_ending(kept.name)}"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        return response


def _ending(name: str) -> str:
    return name[name.rfind(".") :].lower()


class RemoveAttachment(OfAttachment, ActionView):
    title = "Remove this file"
    question = "It is gone for good."
    danger = True
    nav = "cases"
    form_class = ReasonForm
    version_field = ""

    def get_queryset(self) -> QuerySet[Attachment]:
        return self.attachments()

    def get_success_url(self) -> str:
        return reverse("console:case", args=[self.object.case.number])

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        attachments.remove(attachment=self.object, actor=self.actor, reason=data["reason"])
        return "The file was removed."
