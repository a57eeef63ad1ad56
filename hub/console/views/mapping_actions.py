"""Deeds on one mapping: approve, reject, retire, and propose a new one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from hub.console.forms.case import ReasonForm
from hub.console.forms.mappings import ApproveForm, ProposeForm, RetireForm
from hub.console.guard import Guarded
from hub.console.links import mapping_url
from hub.console.selectors.mappings import impact
from hub.console.words import count_text
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata import selectors, services
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from hub.ui.actions import ActionView
from hub.ui.bulk import refusal_text
from hub.ui.format import money_text, when_text
from hub.ui.pages import PageView, announce, is_htmx


class MappingAction(Guarded, ActionView):
    needs = Permission.APPROVE_MAPPINGS
    nav = "mappings"
    version_field = ""
    object: Mapping

    def get_queryset(self) -> QuerySet[Mapping]:
        return selectors.mappings(self.who)

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility)

    def get_success_url(self) -> str:
        return mapping_url(self.object)


class ApproveMapping(MappingAction):
    title = "Approve"

    def get_form(self, data: Any = None) -> Form:
        return ApproveForm(data, overlaps=selectors.overlapping(self.object).exists())

    def get_question(self) -> str:
        found = impact(self.who, self.object)
        said = f"{self.object.local_code} will mean {self.object.canonical_code}."
        if not found.cases:
            return f"{said} Nothing waits for it."
        cases, held = count_text(len(found.cases), "open case"), count_text(found.held, "held item")
        return f"{said} {cases} with {held} and {money_text(found.amount)} at risk go on with it."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.approve_mapping(mapping=self.object, actor=self.actor, **data)
        return "Approved. It is in effect."


class RejectMapping(MappingAction):
    """Whoever proposed it may withdraw it, so the service is asked and not the right to approve."""

    needs = Permission.PROPOSE_MAPPINGS
    title = "Reject"
    question = "The proposal ends; nothing else changes."
    form_class = ReasonForm
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.reject_mapping(mapping=self.object, actor=self.actor, **data)
        return "The proposal is rejected."


class RetireMapping(MappingAction):
    title = "Retire"
    question = "Work that needs this code on days without a mapping is held from then on."
    form_class = RetireForm
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        mapping = services.retire_mapping(mapping=self.object, actor=self.actor, **data)
        return "Retired." if mapping.state == MappingState.RETIRED else f"It ends on {when_text(data['on'])}."


class ProposeMapping(Guarded, PageView):
    """A new mapping; what stands in the address fills the form."""

    needs = Permission.PROPOSE_MAPPINGS
    title = "Propose a mapping"
    nav = "mappings"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask(ProposeForm(who=self.who, initial=request.GET.dict()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ProposeForm(request.POST, who=self.who)
        if not form.is_valid():
            return self.ask(form, status=422)
        try:
            mapping = self.perform(form)
        except (Failure, ValidationError) as error:
            return self.ask(form, status=409, refusal=refusal_text(error))
        waits = mapping.state == MappingState.PROPOSED
        said = "Proposed; a second person approves it." if waits else "It is in effect."
        url = mapping_url(mapping)
        return announce(
            request, HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url), said
        )

    def perform(self, form: ProposeForm) -> Mapping:
        if not form.cleaned_data["approve"]:
            return services.propose_mapping(actor=self.actor, **form.values())
        return services.propose_and_approve(actor=self.actor, replace=form.cleaned_data["replace"], **form.values())

    def ask(self, form: Form, *, status: int = 200, refusal: str = "") -> HttpResponse:
        context = self.get_context_data(
            form=form,
            refusal=refusal,
            submit_label="Propose",
            post_url=reverse("console:mapping-propose"),
            cancel_url=reverse("console:mappings"),
        )
        template = "ui/_action_dialog.html" if is_htmx(self.request) else "ui/action.html"
        return self.response_class(self.request, [template], context, status=status)
