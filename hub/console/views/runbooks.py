"""Runbooks: all of them, one with what was done from it, its versions, and ticking its steps off for a case."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from exceptions import selectors as cases
from exceptions.models import Case
from exceptions.runbooks import selectors, services
from exceptions.runbooks.models import Runbook
from exceptions.runbooks.states import RunbookState
from hub.console.filters.runbooks import RunbookFilter
from hub.console.forms.case import ReasonForm
from hub.console.guard import Guarded
from hub.console.links import case_url
from hub.console.runbook_use import ANCHOR
from hub.console.selectors.runbooks import guide, guide_of_case
from hub.console.tables.runbooks import RUNBOOK_COLUMNS, VERSION_COLUMNS, runbook_facts, runbook_url
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.badges import Badge, Tone, badge_for
from hub.ui.bulk import refusal_text
from hub.ui.details import DetailView, Fact, Panel, find_in_scope
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty, PageView, announce, is_htmx
from hub.ui.payload import side_by_side
from hub.ui.tables import build_table


def may_edit(who: Who) -> bool:
    return access.may(who, Permission.EDIT_RUNBOOKS, "")


class RunbookList(Guarded, ListView):
    needs = Permission.VIEW_CASES
    title = "Runbooks"
    lead = (
        "What to do about each kind of trouble. They are shown where the trouble is, with the safe actions as buttons."
    )
    nav = "runbooks"
    order = "title"
    filterset_class = RunbookFilter
    columns = RUNBOOK_COLUMNS
    empty = Empty("No runbook yet", "`manage.py install_runbooks` brings the first ones, or write one.", "book-open")

    def get_queryset(self) -> QuerySet[Runbook]:
        return selectors.runbooks()

    def get_presets(self) -> list[Preset]:
        return [Preset("All"), Preset("In use", "state=active"), Preset("Retired", "state=retired")]

    def get_actions(self) -> list[Action]:
        if not may_edit(self.who):
            return []
        return [Action("Write a runbook", reverse("console:runbook-new"), "plus", primary=True, dialog=False)]


class RunbookPage(Guarded, DetailView):
    """A runbook as it reads. With `?case=` its buttons are for that case, and what they do is kept there."""

    needs = Permission.VIEW_CASES
    nav = "runbooks"
    lookup_field = "code"
    template_name = "console/runbooks/page.html"
    object: Runbook

    def get_queryset(self) -> QuerySet[Runbook]:
        return selectors.runbooks()

    def get_title(self) -> str:
        return self.object.title

    def get_lead(self) -> str:
        return self.object.summary

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, RunbookState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Runbooks", reverse("console:runbooks")), Crumb(self.object.code)]

    def get_facts(self) -> list[Fact]:
        return runbook_facts(self.object)

    def get_actions(self) -> list[Action]:
        if not may_edit(self.who):
            return []
        code, version = self.object.code, self.object.version
        active = self.object.state == RunbookState.ACTIVE
        edit = Action("Edit", reverse("console:runbook-edit", args=[code]), "pencil", primary=True, dialog=False)
        retire = (
            Action("Retire", reverse("console:runbook-retire", args=[code]), "archive", danger=True, version=version)
            if active
            else Action("Take into use", reverse("console:runbook-reinstate", args=[code]), "rotate-ccw")
        )
        return [retire, edit]

    def get_panels(self) -> list[Panel]:
        uses = selectors.uses_of_runbook(self.who, self.object)
        case = _case(self.who, self.request.GET.get("case", ""))
        kept = selectors.uses_of_case(case) if case else []
        shown = guide(self.who, self.object, case=case, system=case.system if case else "", uses=kept)
        told = {"uses": uses, "with_cases": True, "empty": Empty("Nobody used it yet", icon="history")}
        return [
            Panel("What to do", "console/runbooks/_read.html", {"guide": shown}, key="runbook", icon="list-checks"),
            Panel("Used", "console/runbooks/_used.html", told, icon="clipboard-check"),
            self._versions(),
        ]

    def _versions(self) -> Panel:
        rows = selectors.versions(self.object)
        context = {"table": build_table(VERSION_COLUMNS, rows), "table_label": "Versions"}
        return Panel("Versions", "ui/_data_table.html", context, icon="history", count=len(rows), flush=True)


class RunbookVersion(Guarded, DetailView):
    """What one version said, beside what stands now."""

    needs = Permission.VIEW_CASES
    nav = "runbooks"
    lookup_field = "code"
    object: Runbook

    def get_queryset(self) -> QuerySet[Runbook]:
        return selectors.runbooks()

    @property
    def version(self) -> Any:
        try:
            return selectors.version(self.object, self.kwargs["number"])
        except ObjectDoesNotExist as error:
            raise Http404 from error

    def get_title(self) -> str:
        return f"{self.version.title}, version {self.version.version}"

    def get_crumbs(self) -> list[Crumb]:
        return [
            Crumb("Runbooks", reverse("console:runbooks")),
            Crumb(self.object.code, runbook_url(self.object)),
            Crumb(f"Version {self.kwargs['number']}"),
        ]

    def get_facts(self) -> list[Fact]:
        return runbook_facts(self.version)

    def get_actions(self) -> list[Action]:
        if not may_edit(self.who) or self.version.version == self.object.version:
            return []
        url = reverse("console:runbook-restore", args=[self.object.code, self.version.version])
        return [Action("Say this again", url, "rotate-ccw", version=self.object.version)]

    def get_panels(self) -> list[Panel]:
        then, now = self.version, self.object
        rows = side_by_side(then.body.splitlines(), now.body.splitlines())
        labels = {"left_label": f"Version {then.version}", "right_label": f"Version {now.version}, now"}
        return [Panel("Compared with now", "ui/_diff.html", {"rows": rows, **labels}, icon="file-diff", flush=True)]


class TickStep(Guarded, PageView):
    """Tick a step off for a case; answers with the runbook as it stands then, or leads back to the case."""

    needs = Permission.WORK_CASES
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        number = request.POST.get("case", "")
        if not number.isdecimal():
            raise Http404
        case: Case = find_in_scope(cases.cases(self.who), "number", number)  # type: ignore[assignment]
        runbook: Runbook = find_in_scope(selectors.runbooks(), "code", self.kwargs["code"])  # type: ignore[assignment]
        said = self._tick(runbook, case)
        if not is_htmx(request):
            response: HttpResponse = HttpResponseRedirect(case_url(case) + ANCHOR)
        else:
            shown = guide_of_case(self.who, case, opened=True)
            response = render(request, "console/runbooks/_guide.html", {"guide": shown})
        return announce(request, response, said, Tone.CAUTION) if said else response

    def _tick(self, runbook: Runbook, case: Case) -> str:
        """What the reader has to hear; nothing where the tick says it all."""
        done = self.request.POST.get("done") != "0"
        try:
            moved = services.tick(
                code=runbook.code, case_id=case.pk, mark=self.request.POST.get("step", ""), done=done, actor=self.actor
            )
        except Failure as failure:
            return refusal_text(failure)
        return "" if moved else "Somebody was quicker: it stood so already."


class RunbookAction(Guarded, ActionView):
    needs = Permission.EDIT_RUNBOOKS
    nav = "runbooks"
    lookup_field = "code"
    form_class = ReasonForm
    object: Runbook

    def get_queryset(self) -> QuerySet[Runbook]:
        return selectors.runbooks()

    def may_act(self) -> bool:
        return may_edit(self.who)

    def get_success_url(self) -> str:
        return runbook_url(self.object)


class RetireRunbook(RunbookAction):
    title = "Retire this runbook"
    question = "It is shown nowhere by itself any more. Its versions and what was done from it stay."
    submit_label = "Retire"
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.set_state(
            code=self.object.code, state=RunbookState.RETIRED, actor=self.actor, reason=data["reason"], version=version
        )
        return f"{self.object.title} is retired."


class ReinstateRunbook(RunbookAction):
    title = "Take it into use again"
    question = "It is shown again where its trouble is."
    submit_label = "Take into use"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.set_state(
            code=self.object.code, state=RunbookState.ACTIVE, actor=self.actor, reason=data["reason"], version=version
        )
        return f"{self.object.title} is in use."


class RestoreRunbook(RunbookAction):
    title = "Say this again"
    submit_label = "Restore"

    def get_question(self) -> str:
        return f"What version {self.kwargs['number']} said becomes the next version."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        runbook = services.restore(
            code=self.object.code, number=self.kwargs["number"], actor=self.actor, reason=data["reason"],
            version=version,
        )  # fmt: skip
        return f"Version {runbook.version} says what version {self.kwargs['number']} said."


def _case(who: Who, number: str) -> Case | None:
    return cases.cases(who).filter(number=number).first() if number.isdecimal() and len(number) < 18 else None
