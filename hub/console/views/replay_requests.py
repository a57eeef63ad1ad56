"""Asking for a replay of one run, one message, or all that a case holds: made and previewed, then shown."""

from __future__ import annotations

from typing import Any, ClassVar

from django.forms import Form
from django.urls import reverse

from exceptions.replays import services
from exceptions.replays.models import Replay
from exceptions.replays.states import Source, Versions
from hub.console.forms.replays import ReplayForm, ReplayMessageForm, ReplayRunForm
from hub.console.selectors import runs as selectors
from hub.console.tables.replays import replay_url
from hub.console.views.case_actions import CaseAction
from hub.console.views.message_actions import MessageAction
from hub.console.views.run_actions import RunAction
from hub.console.words import count_text
from hub.governance.roles import Permission
from hub.ui.actions import ActionView

_PREVIEW = "First comes a preview: what would happen again, what is done already, and what would differ."


class ReplayRequest(ActionView):
    """What asking for any replay shares: once it is made, its own page goes on."""

    needs: ClassVar[Permission] = Permission.REPLAY
    title = "Replay"
    submit_label = "Preview"
    made: Replay | None = None

    def get_success_url(self) -> str:
        return replay_url(self.made) if self.made else super().get_success_url()


class ReplayRun(ReplayRequest, RunAction):
    question = f"The run is carried out again from a step. {_PREVIEW}"

    def _steps(self) -> list[tuple[str, str]]:
        workflow = selectors.carried_workflow(self.object)
        steps = workflow.steps if workflow else ()
        return [(step.name, f"{number}. {step.title}") for number, step in enumerate(steps, 1)]

    def get_form(self, data: Any = None) -> Form:
        steps = self._steps()
        asked = self.request.GET.get("from_step", "")
        first = asked if asked in dict(steps) else (steps[0][0] if steps else "")
        return ReplayRunForm(data, steps=steps, initial={"from_step": first, "versions": Versions.TODAY})

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.made = services.request(actor=self.actor, source=Source.RUNS, ids=[self.object.pk], **data)
        return "Previewed. Nothing has happened yet."


class ReplayMessage(ReplayRequest, MessageAction):
    question = f"The message is processed again, with today's mappings. {_PREVIEW}"
    form_class = ReplayMessageForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.made = services.request(actor=self.actor, source=Source.MESSAGES, ids=[self.object.pk], **data)
        return "Previewed. Nothing has happened yet."


class ReplayCase(ReplayRequest, CaseAction):
    form_class = ReplayForm

    def get_question(self) -> str:
        return f"{count_text(self.object.held, 'held item')}, from the start. {_PREVIEW}"

    def get_cancel_url(self) -> str:
        return reverse("console:case", args=[self.object.number])

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.made = services.request(actor=self.actor, source=Source.CASES, ids=[self.object.pk], **data)
        return "The preview is being made. Nothing has happened yet."
