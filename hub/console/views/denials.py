"""Denials: the worklist by dollars and days left, one denial, and the steps of ours that they lead back to."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from exceptions import denials as services
from exceptions.denials import run_of
from hub.console.denial_deeds import denial_deeds
from hub.console.filters.denials import DenialFilter
from hub.console.forms.denials import AppealForm, WriteOffForm
from hub.console.guard import Guarded
from hub.console.links import case_url, denial_url
from hub.console.selectors import denials as reads
from hub.console.tables.denials import (
    CAUSE_COLUMNS,
    DECISION_COLUMNS,
    DENIAL_COLUMNS,
    NOT_KNOWN,
    denial_facts,
    limit_badge,
    root_cause,
)
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Denial
from hub.records.states import DenialStage
from hub.ui.actions import ActionView
from hub.ui.badges import Badge, badge_for
from hub.ui.charts import Slice, bars
from hub.ui.columns import Kind
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.format import money_text
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty, PageView
from hub.ui.tables import build_table


class DenialList(Guarded, ListView):
    needs = Permission.VIEW_CASES
    title = "Denials"
    lead = "What payers refused: the most dollars with the fewest days left to appeal stand on top."
    nav = "denials"
    order = "-weight"
    filterset_class = DenialFilter
    columns = DENIAL_COLUMNS
    empty = Empty("Nothing is denied", "A denied claim appears here with its appeal clock.", "circle-check")

    def get_queryset(self) -> QuerySet[Denial]:
        return reads.denials(self.who)

    def get_presets(self) -> list[Preset]:
        return [
            Preset("Running"),
            Preset("Waits for us", "stage=to_work"),
            Preset("Limit within 7 days", "near=7"),
            Preset("With the payer", "stage=appealed"),
            Preset("Overturned", "stage=overturned"),
            Preset("All", "stage=any"),
        ]

    def get_actions(self) -> list[Action]:
        return [Action("Root causes", reverse("console:denial-causes"), "route", dialog=False)]


class DenialCauses(Guarded, PageView):
    needs = Permission.VIEW_CASES
    title = "Where denials come from"
    lead = "Each denial learned back to the step of ours that let it come to this."
    nav = "denials"
    template_name = "console/denials/causes.html"

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Denials", reverse("console:denials")), Crumb("Root causes")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = reads.causes(reads.denials(self.who))
        slices = [
            Slice((one.root_cause or NOT_KNOWN).capitalize(), one.amount, shown=money_text(one.amount)) for one in found
        ]
        empty = Empty("Nothing was denied yet", "Denials are learned back to their cause as they come.", "circle-check")
        return super().get_context_data(
            chart=bars(slices, title="Denied dollars by root cause") if found else "",
            table=build_table(CAUSE_COLUMNS, found),
            empty=empty,
            **kwargs,
        )


class DenialPage(Guarded, DetailView):
    needs = Permission.VIEW_CASES
    nav = "denials"
    object: Denial

    def get_queryset(self) -> QuerySet[Denial]:
        return reads.denials(self.who)

    def get_title(self) -> str:
        return f"{self.object.payer or 'The payer'} refused: {self.object.family}"

    def get_badge(self) -> Badge:
        return badge_for(self.object.stage, DenialStage)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Denials", reverse("console:denials")), Crumb(f"CARC {self.object.carc or '–'}")]

    def get_meta(self) -> list[Fact]:
        limit = limit_badge(self.object)
        return [
            Fact("Denied", self.object.amount, Kind.MONEY),
            *([Fact("Appeal limit", limit, Kind.BADGE)] if limit else []),
            Fact("Leads back to", root_cause(self.object)),
        ]

    def get_facts(self) -> list[Fact]:
        facts = denial_facts(self.object)
        if not access.may(self.who, Permission.VIEW_JOURNEYS, self.object.facility):
            facts = [Fact(fact.label, fact.value, fact.kind) if fact.label == "Claim" else fact for fact in facts]
        run = run_of(self.object)
        case = reads.case_of(self.who, run.pk) if run is not None else None
        if case is not None:
            facts.append(Fact("Case", f"#{case.number}", url=case_url(case)))
        if run is not None and access.may(self.who, Permission.VIEW_RUNS, run.facility):
            facts.append(Fact("Run", "W4D", Kind.CODE, url=reverse("console:run", args=[run.pk])))
        return facts

    def get_actions(self) -> list[Action]:
        return denial_deeds(self.who, self.object)

    def get_panels(self) -> list[Panel]:
        table = build_table(DECISION_COLUMNS, reads.decisions(self.object))
        context = {"table": table, "table_label": "What the payer decided"}
        known = snapshot().denial_reasons.get(self.object.carc)
        advice = (
            [Panel("What to do", "console/denials/_advice.html", {"reason": known}, icon="life-buoy")] if known else []
        )
        return [*advice, Panel("What the payer decided", "ui/_data_table.html", context, icon="scale", flush=True)]


class DenialAction(Guarded, ActionView):
    needs = Permission.WORK_CASES
    nav = "denials"
    version_field = ""
    object: Denial

    def get_queryset(self) -> QuerySet[Denial]:
        return reads.denials(self.who)

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility)

    def get_success_url(self) -> str:
        return denial_url(self.object)


class AppealDenial(DenialAction):
    title = "Record an appeal"
    form_class = AppealForm
    submit_label = "Record"

    def get_question(self) -> str:
        level = self.object.appeal_level + 1
        return f"Level {level}: from now on the hub waits for the payer, and asks again when its time is over."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        denial = services.record_appeal(denial_id=self.object.pk, actor=self.actor, **data)
        return f"Appeal {denial.appeal_reference} is recorded; the payer's clock runs."


class WriteOffDenial(DenialAction):
    title = "Write off"
    form_class = WriteOffForm
    danger = True

    def get_question(self) -> str:
        return f"{money_text(self.object.amount)} are given up: posted as a denial write-off."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.write_off(denial_id=self.object.pk, actor=self.actor, **data)
        return "Given up. The entry is on its way to the ERP."
