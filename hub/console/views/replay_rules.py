"""Which replays a second person approves: the rules, shown to everyone who sees replays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from exceptions.replays import policy
from exceptions.replays.models import ReplayRule
from hub.console.forms.replays import ReplayRuleForm
from hub.console.guard import Guarded
from hub.console.tables.replays import RULE_COLUMNS
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.columns import Column
from hub.ui.lists import ListView
from hub.ui.pages import Action, Crumb, Empty


class ReplayRules(Guarded, ListView):
    needs = Permission.VIEW_RUNS
    title = "Who approves what"
    lead = (
        "A replay that one of these rules fits is decided by a second person who may approve: a lead or an engineer,"
        " never whoever asked for it. Changes are kept in the audit."
    )
    nav = "replays"
    order = "name"
    columns = RULE_COLUMNS
    empty = Empty("No rule", "Whoever may replay does so without a second person.", "shield")

    def get_queryset(self) -> QuerySet[ReplayRule]:
        return ReplayRule.objects.all()

    def get_columns(self) -> list[Column]:
        """Those who may not change a rule are not led to where one does."""
        may = self._may_change()
        return [column if may or column.link is None else replace(column, link=None) for column in self.columns]

    def _may_change(self) -> bool:
        return access.may(self.who, Permission.APPROVE_REPLAY, "")

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Replays", reverse("console:replays")), Crumb(self.title)]

    def get_actions(self) -> list[Action]:
        if not self._may_change():
            return []
        return [Action("Add a rule", reverse("console:replay-rule-add"), "plus", primary=True)]


class RuleAction(Guarded, ActionView):
    """For those who decide about replays of the whole group."""

    needs = Permission.APPROVE_REPLAY
    nav = "replays"
    object: ReplayRule

    def permitted(self, request: HttpRequest) -> bool:
        return access.may(request.user, self.needs, "")

    def get_queryset(self) -> QuerySet[ReplayRule]:
        return ReplayRule.objects.all()

    def get_success_url(self) -> str:
        return reverse("console:replay-rules")

    def get_form(self, data: Any = None) -> ReplayRuleForm:
        return ReplayRuleForm(data, initial=self.object.values())


class AddRule(RuleAction):
    title = "Add a rule"
    version_field = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.object = ReplayRule()
        return super(ActionView, self).dispatch(request, *args, **kwargs)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        policy.keep_rule(actor=self.actor, values=data)
        return "Kept."


class EditRule(RuleAction):
    title = "Change this rule"
    submit_label = "Keep"

    def get_actions(self) -> list[Action]:
        url = reverse("console:replay-rule-remove", args=[self.object.pk])
        return [Action("Remove", url, "trash-2", danger=True, version=self.object.version)]

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        policy.keep_rule(actor=self.actor, values=data, rule_id=self.object.pk, version=version)
        return "Kept."


class RemoveRule(RuleAction):
    title = "Remove this rule"
    question = "Replays that only this rule fits need no second person from then on."
    danger = True

    def get_form(self, data: Any = None) -> None:  # type: ignore[override]
        return None

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        policy.remove_rule(actor=self.actor, rule_id=self.object.pk, version=version)
        return "Removed."
