"""The last steps of an onboarding: the dry run, and going live by two people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from connectors.selectors import feed as feed_info
from hub.console.forms.case import ReasonForm
from hub.console.forms.onboarding import SamplesForm
from hub.console.guard import Guarded
from hub.console.selectors.people import name_in, with_names
from hub.console.tables.onboarding import (
    MESSAGE_COLUMNS,
    MISSING_COLUMNS,
    RUN_COLUMNS,
    check_columns,
    report_stats,
    step_url,
)
from hub.console.views.onboarding import OnboardingPage
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.roles import Permission
from hub.onboarding import progress, selectors, services
from hub.onboarding.models import DryRun, Onboarding
from hub.onboarding.samples import read_samples
from hub.onboarding.states import OnboardingState
from hub.ui.actions import ActionView
from hub.ui.bulk import refusal_text
from hub.ui.details import find_in_scope
from hub.ui.pages import Action, announce
from hub.ui.tables import build_table

_RUNS_SHOWN = 10


class DryRunStep(OnboardingPage):
    step = progress.DRY_RUN
    template_name = "console/onboarding/dry_run.html"

    def _feeds(self) -> list[tuple[str, str]]:
        return [(one.feed.code, one.feed.name) for one in self.facts.channels]

    def chosen(self) -> DryRun | None:
        """The run that the address names, else the latest."""
        runs = with_names(self.object.dry_runs.all(), "by")
        if wanted := self.request.GET.get("run"):
            found = find_in_scope(runs, "pk", wanted)
            assert isinstance(found, DryRun)  # noqa: S101 - the queryset is of nothing else
            return found
        return runs.first()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.chosen()
        report = selectors.report_of(run) if run else None
        runs = with_names(self.object.dry_runs.defer("sealed_report"), "by")[:_RUNS_SHOWN]
        return super().get_context_data(
            **{
                "samples_form": SamplesForm(feeds=self._feeds()),
                "may_rehearse": self.steward or self.engineer,
                "run": run,
                "stats": report_stats(report) if report else None,
                "table": build_table(MESSAGE_COLUMNS, report["messages"]) if report else None,
                "missing": build_table(MISSING_COLUMNS, report["missing"]) if report else None,
                "runs": build_table(RUN_COLUMNS, runs),
                **kwargs,
            }
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = SamplesForm(request.POST, request.FILES, feeds=self._feeds())
        if not form.is_valid():
            return self.show(status=422, samples_form=form)
        feed = form.cleaned_data["feed"]
        try:
            samples = read_samples(feed_info(feed), form.contents())
            run = services.rehearse(onboarding=self.object, feed=feed, samples=samples, actor=self.actor)
        except (Failure, ValidationError) as error:
            return self.show(status=409, refusals=[refusal_text(error)])
        said = "Everything went through, and was taken back." if run.is_clean else "Something stands in the way."
        return announce(request, HttpResponseRedirect(step_url(self.object, self.step)), said)


class GoLiveStep(OnboardingPage):
    step = progress.GO_LIVE
    template_name = "console/onboarding/go_live.html"

    def get_actions(self) -> list[Action]:
        state, who = self.object.state, self.who
        engineer = access.may(who, Permission.OPERATE_SYSTEMS, "")
        either = engineer or access.may(who, Permission.PROPOSE_MAPPINGS, "")
        found = []
        if either and self.is_open:
            open_ones = sum(not one.ok for one in self.checks)
            why = f"{open_ones} checks are open." if open_ones else ""
            found.append(self._action("Declare it ready", "ask", "clipboard-check", primary=True, disabled=why))
        if either and state == OnboardingState.ASKED:
            found.append(self._action("Send back", "back", "undo-2"))
        if engineer and state == OnboardingState.ASKED:
            own = self.object.asked_by == who.get_username()
            why = "You declared it ready: another engineer lets it go." if own else ""
            found.append(self._action("Go live", "live", "play", primary=True, disabled=why))
        if self.steward:
            found.append(self._action("Give up", "end", "x", danger=True, more=True))
        if engineer and state == OnboardingState.LIVE:
            found.append(self._action("Pause again", "pause", "pause", danger=True))
        return found

    def _action(self, label: str, deed: str, icon: str, **looks: Any) -> Action:
        return Action(label, reverse(f"console:onboarding-{deed}", args=[self.object.pk]), icon, **looks)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            table=build_table(check_columns(self.object), self.checks),
            paused=[one.feed for one in self.facts.channels if one.link.own and one.paused],
            **kwargs,
        )


class _Deed(Guarded, ActionView):
    """A deed of the last step, asked in a dialog."""

    needs = Permission.VIEW_MAPPINGS
    nav = "onboarding"
    form_class: ClassVar[type[Form] | None] = ReasonForm
    object: Onboarding

    def get_queryset(self) -> QuerySet[Onboarding]:
        return with_names(selectors.onboardings(self.who), "asked_by")

    def may_act(self) -> bool:
        both = (Permission.OPERATE_SYSTEMS, Permission.PROPOSE_MAPPINGS)
        return any(access.may(self.who, one, "") for one in both)

    def get_success_url(self) -> str:
        return step_url(self.object, progress.GO_LIVE)


class AskGoLive(_Deed):
    title = "Declare it ready"
    question = "Every check is so. A second person looks at it and lets its feeds go; until then nothing changes."
    form_class = None

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.ask_go_live(onboarding=self.object, actor=self.actor, version=version)
        return "Declared ready; a second person lets it go."


class SendBack(_Deed):
    title = "Send back"
    question = "It is set up further, and declared ready again later."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.send_back(onboarding=self.object, actor=self.actor, version=version, **data)
        return "Sent back."


class GiveUp(_Deed):
    title = "Give up"
    question = "It is not taken in after all. Its own feeds stay paused; it can be begun again later."
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.give_up(onboarding=self.object, actor=self.actor, version=version, **data)
        return "Given up."


class _EngineersDeed(_Deed):
    def may_act(self) -> bool:
        return access.may(self.who, Permission.OPERATE_SYSTEMS, "")


class GoLive(_EngineersDeed):
    title = "Go live"

    def get_question(self) -> str:
        return (
            f"{name_in(self.object, 'asked_by')} declared it ready. Its paused feeds are let go, and what they"
            " kept meanwhile is processed at once."
        )

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.go_live(onboarding=self.object, actor=self.actor, version=version, **data)
        return f"{self.object.name} is live."


class PauseAgain(_EngineersDeed):
    title = "Pause again"
    question = "Its own feeds take messages and keep them, and nothing more is processed until it goes live again."
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.pause_again(onboarding=self.object, actor=self.actor, version=version, **data)
        return "Its feeds are paused."
