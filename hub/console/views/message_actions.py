"""What can be done to a message: try it again, look at it in the clear."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from connectors import services
from connectors.models import Message
from exceptions import interventions
from hub.console.forms.deeds import ReasonForm
from hub.console.guard import Guarded
from hub.console.selectors.payload import unmasked_view
from hub.console.tables.messages import message_name, message_url
from hub.core.errors import Failure
from hub.core.parking import Held
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.bulk import refusal_text
from hub.ui.pages import Crumb


class MessageAction(Guarded, ActionView):
    """One deed on one message of the reader's scope, for those who hold `needs` at its facility."""

    needs: ClassVar[Permission] = Permission.WORK_CASES
    nav = "messages"
    version_field = ""
    object: Message

    def get_queryset(self) -> QuerySet[Message]:
        return access.scoped(Message.objects.defer("body"), self.who, Permission.VIEW_MESSAGES)

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility)

    def get_crumbs(self) -> list[Crumb]:
        return [
            Crumb("Messages", reverse("console:messages")),
            Crumb(message_name(self.object), message_url(self.object)),
        ]

    def get_success_url(self) -> str:
        return message_url(self.object)


class RetryMessage(MessageAction):
    title = "Retry"
    question = "It is processed again now, with today's mappings. Its case follows it and ends if it goes through."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        interventions.retry(kind=Held.MESSAGE, ref=self.object.pk, actor=self.actor)
        return "It is on its way again."


class RevealMessage(MessageAction):
    """Break-glass: asks why, keeps who looked and why, and shows the payload in the clear for this one answer."""

    needs = Permission.BREAK_GLASS
    title = "Break the glass"
    question = "The payload is shown in the clear, once. Your name, the time and your reason go into the audit."
    submit_label = "Show it, and keep a record"
    danger = True
    form_class = ReasonForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form: Form = ReasonForm(request.POST)
        if not form.is_valid():
            return self.ask(form, status=422)
        reason = form.cleaned_data["reason"]
        try:
            body = services.break_glass(message_id=self.object.pk, actor=self.actor, reason=reason)
        except (Failure, ValidationError) as error:
            return self.ask(form, status=409, refusal=refusal_text(error))
        payload = unmasked_view(body, detail=self.object.detail)
        context = self.get_context_data(payload=payload, reason=reason)
        response = self.response_class(request, ["console/messages/revealed.html"], context)
        response["Cache-Control"] = "no-store"
        return response
