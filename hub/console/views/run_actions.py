"""What can be done to a run: try it again, or give it up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from exceptions import interventions
from hub.console.forms.deeds import ReasonForm
from hub.console.guard import Guarded
from hub.console.selectors import runs as selectors
from hub.console.tables.runs import run_url
from hub.core.parking import Held
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.pages import Crumb
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

    def get_crumbs(self) -> list[Crumb]:
        name = f"{self.object.workflow} {str(self.object.pk)[-8:]}"
        return [Crumb("Runs", reverse("console:runs")), Crumb(name, run_url(self.object))]

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
