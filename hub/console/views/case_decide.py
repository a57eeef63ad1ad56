"""Decisions inside a case of cash: the claim that a payment is for, what becomes of an adjustment."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import Http404

from exceptions import decisions, write_offs
from exceptions.models import Case
from hub.console.forms.decide import ChooseClaimForm, DecideAdjustmentForm
from hub.console.selectors import decide as reads
from hub.console.views.case_actions import CaseAction
from hub.console.words import count_text
from hub.governance.access import Who
from hub.masterdata.decisions import Outcome
from hub.ui.details import Panel


class ChooseClaim(CaseAction):
    title = "Choose the claim"
    submit_label = "Choose and post"
    version_field = ""

    def get_form(self, data: Any = None) -> Form:
        offers = reads.offers(self.who, self.object)
        if offers is None:
            raise Http404
        return ChooseClaimForm(data, offers=offers)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        decisions.choose_claim(case_id=self.object.pk, actor=self.actor, **data)
        return "The claim is chosen; its payment is posted now."


class DecideAdjustment(CaseAction):
    title = "Decide the adjustment"
    submit_label = "Decide"
    version_field = ""
    form_class = DecideAdjustmentForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        if data["outcome"] == Outcome.WRITE_OFF:
            asked = write_offs.write_off(case_id=self.object.pk, actor=self.actor, reason=data["reason"])
            return "Asked for: a lead or finance decides here." if asked else "Written off; the entry is posted now."
        count = decisions.decide_adjustment(case_id=self.object.pk, actor=self.actor, **data)
        return f"Decided for {count_text(count, 'claim payment')}."


def decision_panels(who: Who, case: Case) -> list[Panel]:
    """What the case page asks, where the case asks for a decision."""
    offers = reads.offers(who, case)
    if offers is not None:
        form = ChooseClaimForm(offers=offers)
        context: dict[str, Any] = {"form": form, "offers": offers, "payment": reads.payment_of(case)}
        return [_panel("Which claim is it for?", "_choose_claim", context, "scan-search")]
    if reads.asks_about_adjustment(who, case):
        context = {"form": DecideAdjustmentForm()}
        return [_panel("What becomes of the amount?", "_decide_adjustment", context, "scale")]
    return []


def _panel(title: str, name: str, context: dict[str, Any], icon: str) -> Panel:
    return Panel(title, f"console/case/{name}.html", context, key="decide", icon=icon, tone="accent")
