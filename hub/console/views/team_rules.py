"""Deeds on rules: what is routed where, service levels, escalation, answers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from exceptions import answers
from exceptions.models import Answer
from exceptions.teams import services
from exceptions.teams.models import EscalationRule, RoutingRule, ServiceLevel
from exceptions.teams.services import Conditions
from hub.console.forms.teams import AnswerForm, EscalationForm, LevelForm, RuleForm
from hub.console.tables.teams import ANSWER_COLUMNS, conditions_text, with_deeds
from hub.console.views.kept import Kept, Removed
from hub.console.views.teams import TeamPlace
from hub.ui.details import Panel
from hub.ui.pages import Action, Empty


class SaveRule(Kept):
    model = RoutingRule
    place = "team-rules"
    form_class = RuleForm
    question = "Empty conditions fit every case. A new rule stands last."
    shown = ("queue", "failure_class", "facility", "system", "payer", "amount_from", "team")

    def get_title(self) -> str:
        return "New routing rule" if self.is_new else f"Edit rule {self.object.position}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        team = data.pop("team")
        services.save_rule(
            actor=self.actor, team=team, conditions=Conditions(**data), rule_id=self.key, version=version
        )
        return f"New cases of it go to {team.name}."


class OfRule(Kept):
    model = RoutingRule
    place = "team-rules"
    version_field = ""
    object: RoutingRule

    def get_queryset(self) -> QuerySet[RoutingRule]:
        return RoutingRule.objects.select_related("team")


class MoveRuleUp(OfRule):
    title = "Try it earlier"
    up = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        rule = services.move_rule(rule_id=self.object.pk, up=self.up, actor=self.actor)
        return f"It is tried as number {rule.position}."


class MoveRuleDown(MoveRuleUp):
    title = "Try it later"
    up = False


class RemoveRule(Removed):
    model = RoutingRule
    place = "team-rules"
    object: RoutingRule

    def get_title(self) -> str:
        return f"Remove rule {self.object.position}"

    def get_question(self) -> str:
        return f"{conditions_text(self.object)}: new cases of it go where a later rule leads. Open ones stay."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.remove_rule(rule_id=self.object.pk, actor=self.actor)
        return "The rule is removed."


class SaveLevel(Kept):
    model = ServiceLevel
    place = "team-rules"
    form_class = LevelForm
    title = "Service level"
    question = "For cases that open from now on and have no clock of their own. Clocks that run keep their time."
    shown = ("queue", "hours", "opens", "closes")

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.save_level(actor=self.actor, level_id=self.key, version=version, **data)
        return "Kept."


class RemoveLevel(Removed):
    model = ServiceLevel
    place = "team-rules"
    title = "Remove this service level"
    question = "New cases of the queue go by the house defaults again."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.remove_level(level_id=self.object.pk, actor=self.actor)
        return "Removed."


class SaveEscalation(Kept):
    model = EscalationRule
    place = "team-rules"
    form_class = EscalationForm
    title = "Escalation"
    shown = ("level", "business_days", "amount_over", "queue", "team", "tell")

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.save_escalation(actor=self.actor, rule_id=self.key, version=version, **data)
        return "Kept. It is looked at every minute."


class RemoveEscalation(Removed):
    model = EscalationRule
    place = "team-rules"
    title = "Remove this escalation"
    question = "What was escalated stays so."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.remove_escalation(rule_id=self.object.pk, actor=self.actor)
        return "Removed."


class Answers(TeamPlace):
    """Ready-made texts."""

    title = "Answers"
    lead = "Texts that people put into comments and resolutions, and change as they need."
    tab = "answers"

    def get_actions(self) -> list[Action]:
        return [Action("New answer", reverse("console:answer-new"), "plus", primary=True)] if self.keeps else []

    def get_panels(self) -> list[Panel]:
        rows = list(Answer.objects.all())
        empty = Empty("No answer yet", "Keep what is written again and again.", "messages-square")
        context = {"deeds": with_deeds(ANSWER_COLUMNS, rows, self._of), "label": "Answers", "empty": empty}
        return [Panel("Answers", "console/teams/_deeds.html", context, icon="messages-square", count=len(rows),
                      flush=True)]  # fmt: skip

    def _of(self, answer: Answer) -> list[Action]:
        if not self.keeps:
            return []
        return [
            Action(f"Edit {answer.name}", reverse("console:answer-edit", args=[answer.pk]), "pencil"),
            Action(f"Remove {answer.name}", reverse("console:answer-remove", args=[answer.pk]), "trash-2"),
        ]


class SaveAnswer(Kept):
    model = Answer
    place = "answers"
    form_class = AnswerForm
    shown = ("name", "queue", "text")

    def get_title(self) -> str:
        return "New answer" if self.is_new else f"Edit {self.object.name}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        answers.save_answer(actor=self.actor, answer_id=self.key, version=version, **data)
        return "Kept."


class RemoveAnswer(Removed):
    model = Answer
    place = "answers"
    question = "What was written with it stays."

    def get_title(self) -> str:
        return f"Remove {self.object.name}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        answers.remove_answer(answer_id=self.object.pk, actor=self.actor)
        return "Removed."
