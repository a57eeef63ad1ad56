"""What can be done to a run: try it again, carry it out anew from a step, give it up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.forms import Form
from django.urls import reverse

from exceptions import interventions, replay
from hub.console.forms.deeds import ReasonForm, ReplayRunForm
from hub.console.guard import Guarded
from hub.console.selectors import runs as selectors
from hub.console.tables.runs import run_url
from hub.core.parking import Held
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from orchestration.models import Run


class RunAction(Guarded, ActionView):
    """One deed on one run of the reader's scope, for those who hold `needs` at its facility."""

    needs: ClassVar[Permission] = Permission.WORK_CASES
    nav = "runs"
    version_field = ""
    object: Run

    def get_queryset(self) -> QuerySet[Run]:
        return selectors.runs(self.who)

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility)

    def get_success_url(self) -> str:
        return run_url(self.object)


class RetryRun(RunAction):
    title = "Retry"
    question = "The step it stands at is tried again now. Its case follows it and ends if it goes through."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        interventions.retry(kind=Held.RUN, ref=self.object.pk, actor=self.actor)
        return "It is on its way again."


class CancelRun(RunAction):
    title = "Cancel this run"
    question = "The run is given up. What it already did outside stays done; its case lets go of it."
    submit_label = "Cancel the run"
    danger = True
    form_class = ReasonForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        interventions.cancel_run(run_id=self.object.pk, actor=self.actor, reason=data["reason"])
        return "The run is cancelled."


class ReplayRun(RunAction):
    """First what it would do, step by step; then, with a reason, it is done."""

    needs = Permission.REPLAY
    title = "Replay"
    question = "Carried out again from this step with today's mappings. Posting keys stay, so nothing is posted twice."
    template_name = "console/runs/replay.html"
    dialog_template = "console/runs/_replay_dialog.html"

    @property
    def from_step(self) -> str:
        """The step asked for; anything that is none means the first."""
        asked = self.request.POST.get("from_step") or self.request.GET.get("from_step", "")
        names = [name for name, _ in self._steps()]
        return asked if asked in names else (names[0] if names else "")

    def _steps(self) -> list[tuple[str, str]]:
        workflow = selectors.carried_workflow(self.object)
        return (
            [(step.name, f"{number}. {step.title}") for number, step in enumerate(workflow.steps, 1)]
            if workflow
            else []
        )

    def get_form(self, data: Any = None) -> Form:
        form = ReplayRunForm(data, steps=self._steps(), initial={"from_step": self.from_step})
        again = reverse("console:run-replay", args=[self.object.pk])
        form.fields["from_step"].widget.attrs |= {
            "hx-get": again, "hx-target": "#replay-preview", "hx-select": "#replay-preview", "hx-swap": "outerHTML",
            "hx-trigger": "change",
        }  # fmt: skip
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        preview = replay.preview(who=self.actor, run_ids=[self.object.pk], from_step=self.from_step)
        titles = [selectors.step_title(self.object, name) for item in preview.items for name in item.steps]
        return super().get_context_data(preview=preview, titles=titles, **kwargs)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        report = replay.replay(
            actor=self.actor, reason=data["reason"], run_ids=[self.object.pk], from_step=data["from_step"]
        )
        outcome = report.outcomes[0]
        return "The run is carried out again." if outcome.replayed else f"Not replayed. {outcome.detail}"
