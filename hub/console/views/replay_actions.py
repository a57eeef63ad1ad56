"""What can be done about a replay: decide, run, pause, resume, stop, withdraw, set its rate."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from exceptions.replays import report, selectors, services
from exceptions.replays.models import Replay
from exceptions.replays.states import REPORTED, ItemState
from hub.console.forms.deeds import ReasonForm
from hub.console.forms.replays import DecisionForm, RunReplayForm
from hub.console.guard import Guarded
from hub.console.tables.replays import replay_url
from hub.console.words import count_text
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.badges import Tone
from hub.ui.details import find_in_scope
from hub.ui.format import money_text
from hub.ui.pages import Crumb, PageView, announce


class ReplayAction(Guarded, ActionView):
    """One deed on one replay of the reader's scope."""

    needs = Permission.REPLAY
    nav = "replays"
    lookup_field = "number"
    object: Replay

    def get_queryset(self) -> QuerySet[Replay]:
        return selectors.replays(self.who)

    def may_act(self) -> bool:
        return selectors.may_run(self.who, self.object)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb(f"Replay {self.object.number}", replay_url(self.object)), Crumb(self.title)]

    def get_success_url(self) -> str:
        return replay_url(self.object)

    @property
    def size(self) -> str:
        return f"{count_text(self.object.chosen, 'item')}, {money_text(self.object.amount)}"


class AskForApproval(ReplayAction):
    title = "Ask for approval"

    def get_question(self) -> str:
        return f"{self.size}. Those who may decide are told. {' '.join(self.object.asks)}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.ask_for_approval(replay_id=self.object.pk, actor=self.actor, version=version)
        return "Those who may decide are told."


class Decide(ReplayAction):
    needs = Permission.APPROVE_REPLAY

    def may_act(self) -> bool:
        return selectors.may_decide(self.who, self.object)


class ApproveReplay(Decide):
    title = "Approve"
    form_class = DecisionForm

    def get_question(self) -> str:
        open_effects = self.object.effects.get("open", 0)
        return f"{self.size}; {count_text(open_effects, 'outside effect')} asked for and not done would happen."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.approve(replay_id=self.object.pk, actor=self.actor, reason=data["reason"], version=version)
        return "Approved. It can be run."


class RefuseReplay(Decide):
    title = "Refuse"
    question = "Nothing of it happens. Whoever asked is told, with your reason."
    danger = True
    form_class = ReasonForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.refuse(replay_id=self.object.pk, actor=self.actor, reason=data["reason"], version=version)
        return "Refused."


class RunReplay(ReplayAction):
    title = "Run"

    def get_question(self) -> str:
        return f"{self.size}. What was done outside under its posting key is not done again."

    def get_form(self, data: Any = None) -> RunReplayForm:
        return RunReplayForm(data, initial={"rate": self.object.rate or None})

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.run(replay_id=self.object.pk, actor=self.actor, rate=data["rate"], version=version)
        return "It runs."


class PauseReplay(ReplayAction):
    title = "Pause"
    question = "Nothing more is begun; what is under way goes on."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.pause(replay_id=self.object.pk, actor=self.actor, version=version)
        return "Paused."


class ResumeReplay(ReplayAction):
    title = "Resume"
    question = "It goes on where it was paused."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.resume(replay_id=self.object.pk, actor=self.actor, version=version)
        return "It goes on."


class RateReplay(ReplayAction):
    title = "Rate"
    submit_label = "Set the rate"

    def get_form(self, data: Any = None) -> RunReplayForm:
        return RunReplayForm(data, initial={"rate": self.object.rate or None})

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.set_rate(replay_id=self.object.pk, actor=self.actor, rate=data["rate"], version=version)
        return f"At most {data['rate']:,} a second from now on." if data["rate"] else "No limit from now on."


class StopReplay(ReplayAction):
    title = "Stop"
    danger = True
    form_class = ReasonForm

    def get_question(self) -> str:
        waiting = count_text(self.object.count(ItemState.WAITING), "item")
        return f"{waiting} would not be replayed. What is under way comes to rest; then the report is made."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.stop(replay_id=self.object.pk, actor=self.actor, reason=data["reason"], version=version)
        return "Nothing more is begun."


class WithdrawReplay(ReplayAction):
    title = "Withdraw"
    question = "It is called off. Nothing of it happened."
    form_class = DecisionForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.withdraw(replay_id=self.object.pk, actor=self.actor, reason=data["reason"], version=version)
        return "Withdrawn."


class VerifyReport(Guarded, PageView):
    """Read every item anew and hold it against the audit."""

    needs = Permission.VIEW_RUNS
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = find_in_scope(selectors.replays(self.who), "number", kwargs["number"])
        replay: Replay = found  # type: ignore[assignment]
        response = HttpResponseRedirect(f"{replay_url(replay)}#report")
        if replay.state not in REPORTED:
            return announce(request, response, "It has no report yet.", Tone.CAUTION)
        verdict = report.verify(replay)
        if verdict.holds:
            return announce(request, response, f"The report holds, as audit entry {replay.sealed_as:,} seals it.")
        return announce(request, response, " ".join(verdict.problems), Tone.CRITICAL)
