"""Runs: the list, and the page of one run."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from exceptions.interventions import CANCELLABLE, held_member
from exceptions.states import CASE_OPEN
from hub.console.about import sealed
from hub.console.bulk_replays import REPLAY_RUNS
from hub.console.filters.runs import RunFilter
from hub.console.forms.find import FindForm
from hub.console.guard import Guarded
from hub.console.selectors import runs as selectors
from hub.console.tables.run import cause_facts, run_facts, run_meta, run_waterfall, step_views
from hub.console.tables.runs import RUN_COLUMNS
from hub.core.identifiers import masked_key
from hub.core.parking import Held
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.badges import Badge, badge_for
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty, PageView
from orchestration.models import Run
from orchestration.states import RUN_FINAL, RunState


class RunList(Guarded, ListView):
    needs = Permission.VIEW_RUNS
    title = "Runs"
    lead = "Every execution of a workflow: what it did, where it stands, what it waits for."
    nav = "runs"
    template_name = "console/runs/list.html"
    order = "-id"
    live_seconds = 15
    filterset_class = RunFilter
    columns = RUN_COLUMNS
    bulk_actions = (REPLAY_RUNS,)
    empty = Empty("No runs yet", "A run starts with the first event of its workflow.", "workflow")

    def get_queryset(self) -> QuerySet[Run]:
        return selectors.runs(self.who).defer("outputs", "pins")

    def get_presets(self) -> list[Preset]:
        return [
            Preset("All"),
            Preset("Not finished", "state=under_way"),
            Preset("Parked", "state=parked"),
            Preset("Waiting", "state=waiting"),
            Preset("Sending", "state=sending"),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(find_form=FindForm(), find_url=reverse("console:runs-find"), **kwargs)


class FindRuns(Guarded, PageView):
    """The search by entity or subject: it posts, and the list's address carries it sealed."""

    needs = Permission.VIEW_RUNS
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FindForm(request.POST)
        url = reverse("console:runs")
        return HttpResponseRedirect(f"{url}?about={sealed(form.cleaned_data['q'])}" if form.is_valid() else url)


class RunPage(Guarded, DetailView):
    needs = Permission.VIEW_RUNS
    template_name = "console/runs/page.html"
    nav = "runs"
    live_seconds = 10
    object: Run

    def get_queryset(self) -> QuerySet[Run]:
        return selectors.runs(self.who)

    @property
    def story(self) -> selectors.RunStory:
        if not hasattr(self, "_story"):
            self._story = selectors.story(self.object)
        return self._story

    def get_title(self) -> str:
        return selectors.workflow_title(self.object.workflow)

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, RunState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Runs", reverse("console:runs")), Crumb(f"{self.object.workflow} {str(self.object.pk)[-8:]}")]

    def get_meta(self) -> list[Fact]:
        return run_meta(self.object)

    def get_facts(self) -> list[Fact]:
        return run_facts(self.object, self.who)

    def get_actions(self) -> list[Action]:
        run = self.object
        actions: list[Action] = [
            Action("Compare", reverse("console:run-compare", args=[run.pk]), "file-diff", dialog=False)
        ]
        if self._may(Permission.WORK_CASES):
            if run.state == RunState.PARKED and held_member(Held.RUN, run.pk):
                actions.append(Action("Retry", reverse("console:run-retry", args=[run.pk]), "refresh-cw", primary=True))
            if run.state in CANCELLABLE:
                actions.append(Action("Cancel", reverse("console:run-cancel", args=[run.pk]), "circle-x", danger=True))
        if self._may_replay():
            actions.append(Action("Replay", reverse("console:run-replay", args=[run.pk]), "rotate-ccw"))
        return actions

    def _may(self, permission: Permission) -> bool:
        return access.may(self.who, permission, self.object.facility)

    def _may_replay(self) -> bool:
        at_rest = self.object.state in {*RUN_FINAL, RunState.PARKED}
        return at_rest and self._may(Permission.REPLAY) and selectors.carried_workflow(self.object) is not None

    def get_panels(self) -> list[Panel]:
        story = self.story
        steps = step_views(self.object, story.steps, may_replay=self._may_replay())
        panels = [
            Panel("Steps", "ui/_waterfall.html", {"waterfall": run_waterfall(story)}, icon="chart-column", flush=True),
            Panel("What each step did", "console/runs/_steps.html", {"steps": steps}, icon="list-tree", flush=True),
            Panel("What started it", "ui/_facts.html", {"facts": self._cause()}, icon="zap"),
            Panel(
                "From the source to the answer", key="sides", icon="arrow-left-right",
                lazy_url=reverse("console:run-sides", args=[self.object.pk]),
            ),
        ]  # fmt: skip
        if story.earlier:
            earlier = step_views(self.object, story.earlier, may_replay=False)
            panels.append(
                Panel("Before the replay", "console/runs/_steps.html", {"steps": earlier}, icon="history", flush=True)
            )
        return panels

    def _cause(self) -> list[Fact]:
        facts = cause_facts(selectors.cause(self.who, self.object))
        return facts or [Fact("Event", "It is no longer kept.")]

    def get_aside(self) -> list[Panel]:
        panels = []
        if cases := selectors.cases(self.who, self.object):
            panels.append(Panel("Cases", "console/_cases.html", {"cases": cases}, icon="inbox", flush=True))
        if waits := self.story.waits:
            rows = [(wait, masked_key(wait.key)) for wait in waits]
            title = "Goes on by itself with" if self.object.state == RunState.PARKED else "Waits for"
            panels.append(Panel(title, "console/runs/_waits.html", {"waits": rows}, icon="hourglass", flush=True))
        return panels

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = held_member(Held.RUN, self.object.pk) if self.object.state == RunState.PARKED else None
        visible = held is not None and any(
            case.pk == held.case_id and case.state in CASE_OPEN for case in selectors.cases(self.who, self.object)
        )
        parked = next((item for item in self.story.steps if item.step.name == self.object.step), None)
        return super().get_context_data(
            parked=parked if self.object.state == RunState.PARKED else None,
            parked_case=held.case if held and visible else None,
            **kwargs,
        )
