"""A run beside an earlier one, one found by its id, or itself before its replay."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from hub.console.guard import Guarded
from hub.console.selectors import compare
from hub.console.selectors import runs as selectors
from hub.console.tables.compare import run_lines, step_pairs
from hub.console.tables.runs import run_name, run_url
from hub.governance.roles import Permission
from hub.ui.details import DetailView, Fact
from hub.ui.format import when_text
from hub.ui.pages import Crumb
from orchestration.models import Run
from orchestration.states import RunState

BEFORE = "before"


class CompareRun(Guarded, DetailView):
    """`with` in the address is the id of a run, or `before` for this run as it was before its last replay."""

    needs = Permission.VIEW_RUNS
    template_name = "console/runs/compare.html"
    nav = "runs"
    object: Run

    def get_queryset(self) -> QuerySet[Run]:
        return selectors.runs(self.who)

    def get_title(self) -> str:
        return f"Compare {run_name(self.object)}"

    def get_crumbs(self) -> list[Crumb]:
        run = self.object
        name = f"{run.workflow} {str(run.pk)[-8:]}"
        return [Crumb("Runs", reverse("console:runs")), Crumb(name, run_url(run)), Crumb("Compare")]

    def get_meta(self) -> list[Fact]:
        return [Fact("Run", str(self.object.pk)[-8:])]

    @cached_property
    def asked(self) -> str:
        return self.request.GET.get("with", "").strip()

    @cached_property
    def offered(self) -> list[Run]:
        return compare.comparable(self.who, self.object)

    @cached_property
    def pairing(self) -> compare.Pairing | None:
        """Without a choice, with its own past where it was replayed, else with the newest that is offered."""
        right = compare.side(self.object)
        replayed = self.object.generation > 1
        if replayed and self.asked in ("", BEFORE):
            return compare.Pairing(compare.side(self.object, replaced=True), right)
        other = compare.find(self.who, self.asked) if self.asked else next(iter(self.offered), None)
        return compare.Pairing(compare.side(other), right) if other else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pairing = self.pairing
        pairs = step_pairs(pairing) if pairing else []
        return super().get_context_data(
            pairing=pairing,
            lines=run_lines(pairing) if pairing else [],
            pairs=pairs,
            differing=sum(pair.differs for pair in pairs),
            choices=self._choices(),
            unknown=bool(self.asked and pairing is None),
            **kwargs,
        )

    def _choices(self) -> list[tuple[str, str, bool]]:
        """(value, label, whether it is the one) of what can be compared with."""
        chosen = self.pairing.left if self.pairing else None
        choices = [
            (str(run.pk), _label(run, self.object), bool(chosen and not chosen.replaced and chosen.run.pk == run.pk))
            for run in self.offered
        ]
        if self.object.generation > 1:
            choices.insert(0, (BEFORE, "This run before its replay", bool(chosen and chosen.replaced)))
        return choices


def _label(run: Run, beside: Run) -> str:
    same = "the same, " if run.entity_key == beside.entity_key else ""
    return f"{same}{when_text(run.created_at)} · {RunState(run.state).label} · {str(run.pk)[-8:]}"
