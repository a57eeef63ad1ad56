"""Cases linked to one another, and no more."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.forms import Form

from exceptions import links, selectors
from exceptions.models import CaseLink
from hub.console.forms.teams import LinkForm
from hub.console.guard import Guarded
from hub.console.links import case_url
from hub.console.views.case_actions import CaseAction
from hub.governance.roles import Permission
from hub.ui.actions import ActionView


class LinkCase(CaseAction):
    title = "Link to another case"
    submit_label = "Link"
    version_field = ""

    def get_form(self, data: Any = None) -> Form:
        return LinkForm(data, who=self.who)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        other = data["other"]
        links.link(case_id=self.object.pk, other_id=other.pk, kind=data["kind"], actor=self.actor)
        return f"Linked to case {other.number}."


class UnlinkCase(Guarded, ActionView):
    needs = Permission.WORK_CASES
    title = "Remove this link"
    submit_label = "Remove"
    nav = "cases"
    version_field = ""
    object: CaseLink

    def get_queryset(self) -> QuerySet[CaseLink]:
        mine = selectors.cases(self.who).select_related(None).values("pk")
        return CaseLink.objects.filter(Q(case__in=mine) & Q(other__in=mine)).select_related("case", "other")

    def get_question(self) -> str:
        return f"Cases {self.object.case.number} and {self.object.other.number} stay as they are."

    def get_success_url(self) -> str:
        came_from = self.request.GET.get("from")
        return case_url(self.object.other if came_from == str(self.object.other.number) else self.object.case)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        links.unlink(link_id=self.object.pk, actor=self.actor)
        return "The link is removed."
