"""Onboarding: the list, beginning one, and what its steps share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from hub.console.filters.onboarding import OnboardingFilter
from hub.console.forms.onboarding import StartForm
from hub.console.guard import Guarded
from hub.console.selectors.people import with_names
from hub.console.tables.onboarding import ONBOARDING_COLUMNS, onboarding_url, stages, step_url
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.roles import Permission
from hub.onboarding import selectors, services
from hub.onboarding.checklist import Check, checks
from hub.onboarding.models import Onboarding
from hub.onboarding.progress import FACILITY, NEEDS, Step, share_done, steps
from hub.onboarding.selectors import Facts
from hub.onboarding.states import OPEN_STATES, OnboardingState, StepState
from hub.ui.badges import Badge, Tone, badge_for
from hub.ui.bulk import refusal_text
from hub.ui.details import find_in_scope
from hub.ui.lists import ListView
from hub.ui.pages import Action, Crumb, Empty, PageView, announce, is_htmx

#: Those whom an onboarding names.
_WHO = ("opened_by", "asked_by", "live_by")


class OnboardingList(Guarded, ListView):
    needs = Permission.VIEW_MAPPINGS
    title = "Onboarding"
    lead = (
        "Facilities on their way into the group: their systems, feeds and codes, a dry run, and two people to go live."
    )
    nav = "onboarding"
    order = "-opened_at"
    filterset_class = OnboardingFilter
    columns = ONBOARDING_COLUMNS

    def get_queryset(self) -> QuerySet[Onboarding]:
        return with_names(selectors.onboardings(self.who), *_WHO)

    @property
    def may_begin(self) -> bool:
        return access.may(self.who, Permission.PROPOSE_MAPPINGS, "")

    def get_actions(self) -> list[Action]:
        return [_BEGIN()] if self.may_begin else []

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = "Take the first one in: it becomes live only when everything is so and two people say so."
        return Empty("No facility is being taken in", text, "hospital", action=_BEGIN() if self.may_begin else None)


def _BEGIN() -> Action:  # noqa: N802 - an address is known only once the URLs are
    return Action("Take a facility in", reverse("console:onboarding-start"), "plus", primary=True)


class StartOnboarding(Guarded, PageView):
    """The first question of the flow: which facility."""

    needs = Permission.PROPOSE_MAPPINGS
    title = "Take a facility in"
    nav = "onboarding"

    def permitted(self, request: HttpRequest) -> bool:
        return access.may(request.user, self.needs, "")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask(StartForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = StartForm(request.POST)
        if not form.is_valid():
            return self.ask(form, status=422)
        try:
            begun = services.start(actor=self.actor, **form.cleaned_data)
        except (Failure, ValidationError) as error:
            return self.ask(form, status=409, refusal=refusal_text(error))
        url = onboarding_url(begun)
        response = HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)
        return announce(request, response, f"{begun.name} is being taken in.")

    def ask(self, form: Form, *, status: int = 200, refusal: str = "") -> HttpResponse:
        context = self.get_context_data(
            form=form,
            refusal=refusal,
            submit_label="Begin",
            question="A facility that is in the master data already keeps what is known of it.",
            post_url=reverse("console:onboarding-start"),
            cancel_url=reverse("console:onboarding"),
        )
        template = "ui/_action_dialog.html" if is_htmx(self.request) else "ui/action.html"
        return self.response_class(self.request, [template], context, status=status)


class OnboardingPage(Guarded, PageView):
    """One step of one onboarding: the flow above, the step below, the next one at its foot."""

    needs = Permission.VIEW_MAPPINGS
    nav = "onboarding"
    step: ClassVar[str]
    object: Onboarding

    def permitted(self, request: HttpRequest) -> bool:
        if not super().permitted(request):
            return False
        found = find_in_scope(with_names(selectors.onboardings(request.user), *_WHO), "pk", self.kwargs["pk"])
        assert isinstance(found, Onboarding)  # noqa: S101 - the queryset is of nothing else
        self.object = found
        return True

    @cached_property
    def facts(self) -> Facts:
        return Facts(self.object)

    @cached_property
    def checks(self) -> Sequence[Check]:
        return checks(self.facts)

    @cached_property
    def steps(self) -> list[Step]:
        return steps(self.facts, self.checks)

    @property
    def is_open(self) -> bool:
        return self.object.state in OPEN_STATES

    @property
    def steward(self) -> bool:
        """Whether the reader may change what stewards say, just now."""
        return self.is_open and access.may(self.who, Permission.PROPOSE_MAPPINGS, "")

    @property
    def engineer(self) -> bool:
        return self.is_open and access.may(self.who, Permission.OPERATE_SYSTEMS, "")

    def get_title(self) -> str:
        return f"{self.object.facility} {self.object.name}"

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, OnboardingState)

    def get_crumbs(self) -> list[Crumb]:
        mine = next(step for step in self.steps if step.key == self.step)
        return [Crumb("Onboarding", reverse("console:onboarding")), Crumb(self.object.facility), Crumb(mine.title)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        keys = [step.key for step in self.steps]
        place = keys.index(self.step)
        done, total = share_done(self.checks)
        return super().get_context_data(
            onboarding=self.object,
            here=self.steps[place],
            stages=stages(self.object, self.steps, self.step),
            done=done,
            total=total,
            progress_tone=Tone.POSITIVE.value if done == total else "",
            before=_link(self.object, self.steps[place - 1]) if place else None,
            after=_link(self.object, self.steps[place + 1]) if place + 1 < len(keys) else None,
            steward=self.steward,
            engineer=self.engineer,
            blocked=self.steps[place].state == StepState.BLOCKED,
            needed=_link(self.object, self.steps[keys.index(NEEDS.get(self.step, FACILITY))]),
            **kwargs,
        )

    def again(self, said: str = "") -> HttpResponse:
        """This step once more, with a sentence about what was done."""
        response = HttpResponseRedirect(step_url(self.object, self.step))
        return announce(self.request, response, said) if said else response

    def show(self, *, status: int = 200, **extra: Any) -> HttpResponse:
        # What was read before something was done, or refused, is read anew.
        self.object.refresh_from_db()
        for name in ("facts", "checks", "steps"):
            vars(self).pop(name, None)
        return self.render_to_response(self.get_context_data(**extra), status=status)


def _link(onboarding: Onboarding, step: Step) -> tuple[str, str]:
    return step.title, step_url(onboarding, step.key)


class OpenOnboarding(OnboardingPage):
    """Where one goes on: the first step that is not done, else the last."""

    step = "go-live"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        step = next((one for one in self.steps if one.state != StepState.DONE), self.steps[-1])
        return HttpResponseRedirect(step_url(self.object, step.key))
