"""Deeds on one mapping: review, approve, turn down, edit, retire, and propose a new one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from hub.console.forms.case import ReasonForm
from hub.console.forms.mappings import AmendForm, ApproveForm, NoteForm, ProposeForm, RetireForm
from hub.console.guard import Guarded
from hub.console.links import mapping_url
from hub.console.selectors.mapping_impact import impact, recent_uses
from hub.console.words import count_text
from hub.core.clock import today
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata import selectors, services
from hub.masterdata.domains import policy_of
from hub.masterdata.errors import changed_since
from hub.masterdata.models import Gaps, Mapping, Match
from hub.masterdata.precedence import beginning
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.states import WAITING, MappingState
from hub.ui.actions import ActionView
from hub.ui.bulk import refusal_text
from hub.ui.format import when_text
from hub.ui.pages import PageView, announce, is_htmx


class MappingAction(Guarded, ActionView):
    """Where the mapping changed while the person looked at it, the dialog says who changed what, and does nothing."""

    needs = Permission.APPROVE_MAPPINGS
    nav = "mappings"
    object: Mapping

    def get_queryset(self) -> QuerySet[Mapping]:
        return selectors.mappings(self.who)

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility)

    def get_success_url(self) -> str:
        return mapping_url(self.object)

    def ask(self, form: Form | None, *, status: int = 200, refusal: str = "") -> HttpResponse:
        seen = self.seen_version()
        if seen is not None and self.changed_meanwhile():
            refusal = changed_since(self.object, selectors.changes_since(self.object, seen)).message
        return super().ask(form, status=status, refusal=refusal)

    @property
    def asks_for_gaps(self) -> bool:
        return policy_of(self.object.domain).gaps == Gaps.CONFIRMED


class ReviewMapping(MappingAction):
    needs = Permission.PROPOSE_MAPPINGS
    title = "Review"
    submit_label = "It is right"
    form_class = NoteForm

    def get_question(self) -> str:
        found = impact(self.who, self.object).in_words
        return f"{meaning(self.object)} {found} Somebody else approves it then."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.review_mapping(mapping=self.object, actor=self.actor, version=version, **data)
        return "Reviewed. Somebody else can approve it now."


class ApproveMapping(MappingAction):
    title = "Approve"

    def get_form(self, data: Any = None) -> Form:
        overlaps = selectors.overlapping(self.object).exists()
        return ApproveForm(data, overlaps=overlaps, asks_for_gaps=self.asks_for_gaps)

    def get_question(self) -> str:
        return f"{meaning(self.object)} {impact(self.who, self.object).in_words}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.approve_mapping(mapping=self.object, actor=self.actor, version=version, **data)
        start = start_of(self.object.effective)
        if start is not None and start > today():
            return f"Approved. It is in effect from {when_text(start)} on."
        return "Approved. It is in effect."


class RejectMapping(MappingAction):
    """Whoever proposed it may withdraw it, so the service is asked and not the right to approve."""

    needs = Permission.PROPOSE_MAPPINGS
    question = "The proposal ends; nothing else changes."
    form_class = ReasonForm
    danger = True

    @property
    def own(self) -> bool:
        return self.object.proposed_by == self.who.get_username()

    def get_title(self) -> str:
        return "Withdraw" if self.own else "Reject"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.reject_mapping(mapping=self.object, actor=self.actor, version=version, **data)
        return "The proposal is withdrawn." if self.own else "The proposal is rejected."


class RetireMapping(MappingAction):
    title = "Retire"
    danger = True

    def get_form(self, data: Any = None) -> Form:
        return RetireForm(data, asks_for_gaps=self.asks_for_gaps)

    def get_question(self) -> str:
        came, places = recent_uses([self.object])
        said = "Work that needs this code on days without a mapping is held from then on."
        if not came:
            return f"{said} It did not come in the last 30 days."
        times, where = count_text(came, "time"), count_text(places, "facility", "facilities")
        return f"{said} In the last 30 days it came {times}, at {where}."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        mapping = services.retire_mapping(mapping=self.object, actor=self.actor, version=version, **data)
        return "Retired." if mapping.state == MappingState.RETIRED else f"It ends on {when_text(data['on'])}."


class AmendMapping(MappingAction):
    """A waiting proposal says something else; whoever changes it has proposed it from then on."""

    needs = Permission.PROPOSE_MAPPINGS
    title = "Edit the proposal"
    submit_label = "Save"
    question = "You become who proposed it, and a review starts anew."

    def get_initial(self) -> dict[str, Any]:
        return {
            "canonical_code": self.object.canonical_code,
            "effective_from": start_of(self.object.effective),
            "effective_until": end_of(self.object.effective),
            "note": self.object.note,
        }

    def get_form(self, data: Any = None) -> Form:
        return AmendForm(data, initial=self.get_initial(), domain=self.object.domain)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.amend_proposal(mapping=self.object, actor=self.actor, version=version, **data)
        return "Saved."


def meaning(mapping: Mapping) -> str:
    """What a mapping says, as a sentence."""
    subject = {
        Match.EXACT.value: mapping.local_code,
        Match.PREFIX.value: f"Every other code that begins with {beginning(mapping.local_code)}",
        Match.DEFAULT.value: "Any other code",
    }[mapping.match]
    return f"{subject} will mean {mapping.canonical_code}."


class ProposeMapping(Guarded, PageView):
    """A new mapping; what stands in the address fills the form."""

    needs = Permission.PROPOSE_MAPPINGS
    title = "Propose a mapping"
    nav = "mappings"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask(ProposeForm(who=self.who, initial=request.GET.dict()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form: ProposeForm = ProposeForm(request.POST, who=self.who)
        if not form.is_valid():
            return self.ask(form, status=422)
        try:
            mapping = self.perform(form)
        except (Failure, ValidationError) as error:
            return self.ask(form, status=409, refusal=refusal_text(error))
        waits = mapping.state in WAITING
        said = "Proposed; a second person approves it." if waits else "It is in effect."
        if waits and policy_of(mapping.domain).review:
            said = "Proposed; somebody reviews it first."
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
