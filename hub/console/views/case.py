"""The case page, and the parts of it that are fetched by themselves."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from exceptions import selectors
from exceptions.links import links_of
from exceptions.models import Attachment, Case, Member
from exceptions.states import CaseState
from hub.console.case_deeds import deeds
from hub.console.forms.case import CommentForm
from hub.console.forms.fix import MapCodeForm
from hub.console.guard import Guarded, within_reach
from hub.console.selectors.case import held_first, release_of
from hub.console.selectors.case_story import doings, recurrence, solutions
from hub.console.selectors.excerpt import excerpt
from hub.console.selectors.fix import fix_for, solution
from hub.console.selectors.people import by_name
from hub.console.tables.case import MEMBER_COLUMNS, SIMILAR_COLUMNS, case_facts, case_meta, story_items
from hub.console.views.case_decide import decision_panels
from hub.console.views.case_panels import mended_panel, mending_panels
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.badges import Badge, badge_for
from hub.ui.details import DetailView, Fact, Panel, find_in_scope
from hub.ui.pages import Action, Crumb, Empty, PageView
from hub.ui.tables import build_table


class CasePage(Guarded, DetailView):
    needs = Permission.VIEW_CASES
    template_name = "console/case/page.html"
    nav = "cases"
    lookup_field = "number"
    object: Case

    def get_queryset(self) -> QuerySet[Case]:
        return selectors.cases(self.who)

    def get_title(self) -> str:
        return self.object.title

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, CaseState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Work queue", reverse("console:queue")), Crumb(f"Case {self.object.number}")]

    def get_meta(self) -> list[Fact]:
        return case_meta(self.object)

    def get_facts(self) -> list[Fact]:
        return case_facts(self.object)

    def get_actions(self) -> list[Action]:
        return deeds(self.who, self.object)

    def get_panels(self) -> list[Panel]:
        asked = decision_panels(self.who, self.object)
        mending = mending_panels(self.who, self.object)
        shown = (self._fix(), *asked, *mending, mended_panel(self.object), self._held(), self._payload(), self._story())
        return [panel for panel in shown if panel]

    def get_aside(self) -> list[Panel]:
        solved = selectors.similar(self.who, self.object)
        table = build_table(SIMILAR_COLUMNS, solved)
        context = {"table": table, "table_label": "Cases like this", "solutions": solutions(self.who, self.object)}
        before = (
            [Panel("Solved before", "console/case/_solved.html", context, icon="history", flush=True)] if solved else []
        )
        return [*self._links(), *self._files(), *before]

    def _links(self) -> list[Panel]:
        """Cases that belong to this one."""
        linked = links_of(self.who, self.object)
        context = {"linked": linked, "may_work": self._may_work()}
        return (
            [Panel("Linked", "console/case/_links.html", context, key="linked", icon="link", flush=True)]
            if linked
            else []
        )

    def _files(self) -> list[Panel]:
        """Files beside the case, for those who may open them."""
        files = list(Attachment.objects.filter(case=self.object).defer("body")) if self._may_work() else []
        context = {"files": files}
        return [Panel("Files", "console/case/_files.html", context, icon="paperclip", flush=True)] if files else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.fix = fix_for(self.who, self.object)
        return super().get_context_data(
            fix=self.fix,
            solution=solution(self.object),
            release=release_of(self.object),
            recurrence=recurrence(self.who, self.object),
            says_more=self.object.detail.rstrip(".").casefold() != self.object.title.casefold(),
            **kwargs,
        )

    def _fix(self) -> Panel | None:
        fix = self.fix
        if fix is None or self.object.state == CaseState.RELEASING:
            return None
        context = {"fix": fix, "fix_form": MapCodeForm(fix=fix) if fix.may_propose else None}
        title = f"What does {fix.missing.local_code} mean?"
        return Panel(title, "console/case/_fix.html", context, key="fix", icon="waypoints", tone="accent")

    @cached_property
    def members(self) -> list[Member]:
        """The oldest of what the case holds, or held."""
        return held_first(self.who, self.object)

    def _held(self) -> Panel:
        table = build_table(within_reach(MEMBER_COLUMNS, self.who), self.members)
        empty = Empty("Nothing is held", "What this case was about has gone on, or was given up.", "circle-check")
        context = {"table": table, "table_label": "What the case holds", "empty": empty}
        over = self.object.state == CaseState.RESOLVED
        return Panel(
            "What it held" if over else "What it holds",
            "console/case/_held.html",
            context,
            icon="square-stack",
            count=None if over else self.object.held,
            flush=True,
        )

    def _payload(self) -> Panel:
        url = reverse("console:case-payload", args=[self.object.number])
        return Panel("Where it stands in the message", icon="file-code", lazy_url=url)

    def _story(self) -> Panel:
        context = {
            "entries": story_items(by_name(selectors.story(self.object)), doings(self.who, self.members)),
            "comment_form": CommentForm(queue=self.object.queue, auto_id="story_%s") if self._may_work() else None,
        }
        return Panel("What happened", "console/case/_story.html", context, key="story", icon="history")

    def _may_work(self) -> bool:
        return access.may(self.who, Permission.WORK_CASES, self.object.facility)


class CasePart(Guarded, PageView):
    """A fragment of the case page."""

    needs = Permission.VIEW_CASES

    def find(self) -> Case:
        case: Case = find_in_scope(selectors.cases(self.who), "number", self.kwargs["number"])  # type: ignore[assignment]
        return case


class CasePayload(CasePart):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, "console/case/_payload.html", {"excerpt": excerpt(self.who, self.find())})


class CaseRelease(CasePart):
    """How far the release is; asked every other second, until there is nothing more to watch."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        case = self.find()
        release = release_of(case)
        if release is None or not release.moving:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return render(request, "console/case/_release.html", {"case": case, "release": release})
