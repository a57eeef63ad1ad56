"""Tie-out: the proof, to the cent, that the subledger and the ERP agree, or what breaks them apart."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from exceptions.reconciliation.tie_out import tie_out
from exceptions.runbooks.states import Alert, SafeAction
from hub.console.guard import Guarded
from hub.console.runbook_use import keep, origin_of
from hub.console.selectors import ledger as selectors
from hub.console.selectors.runbooks import guide_of_system
from hub.console.tables.ledger import ACCOUNT_COLUMNS, BREAK_COLUMNS, TIE_OUT_COLUMNS, tie_out_badge, tie_out_url
from hub.console.words import count_text
from hub.core.errors import Failure
from hub.core.money import ZERO
from hub.governance import access
from hub.governance.roles import Permission
from hub.ledger.models import TieOut
from hub.ui.badges import Badge, Tone
from hub.ui.bulk import refusal_text
from hub.ui.columns import Kind
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.format import money_text
from hub.ui.pages import Crumb, Empty, PageView, announce, is_htmx
from hub.ui.stats import Stat
from hub.ui.tables import build_table

_EARLIER = 15


class WholeGroup(Guarded):
    """The books of the whole group: for those who hold the permission at every facility."""

    needs = Permission.VIEW_LEDGER

    def permitted(self, request: HttpRequest) -> bool:
        return access.may(request.user, self.needs, "")


class TieOuts(WholeGroup, PageView):
    """The newest tie-out, or the offer to make the first."""

    title = "Tie-out"
    lead = "Subledger and ERP, account by account and entry by entry."
    nav = "tie-out"
    template_name = "console/ledger/no_tie_out.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        newest = selectors.tie_outs().first()
        return HttpResponseRedirect(tie_out_url(newest)) if newest else super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(may_run=access.may(self.who, Permission.RUN_TIE_OUT), **kwargs)


class RunTieOut(WholeGroup, PageView):
    needs = Permission.RUN_TIE_OUT
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            made = tie_out(actor=self.actor)
        except Failure as failure:
            response = _on_to(request, reverse("console:tie-outs"))
            return announce(request, response, f"Not compared. {refusal_text(failure)}", Tone.CRITICAL)
        response = _on_to(request, tie_out_url(made))
        said = _said(made)
        keep(origin_of(request, self.who), SafeAction.TIE_OUT, self.actor, said, system="erp")
        return announce(request, response, said, Tone.CAUTION if made.difference or made.breaks else Tone.POSITIVE)


def _said(made: TieOut) -> str:
    if made.difference != ZERO:
        return f"Compared: off by {money_text(made.difference)}."
    if made.breaks:
        return f"Compared: the accounts agree to the cent; {count_text(len(made.breaks), 'entry', 'entries')} open."
    return "Compared: the books agree to the cent."


def _on_to(request: HttpRequest, url: str) -> HttpResponse:
    """A button of a runbook asks by htmx, which is to leave its page too."""
    return HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)


class TieOutPage(WholeGroup, DetailView):
    template_name = "console/ledger/tie_out.html"
    title = "Tie-out"
    nav = "tie-out"
    object: TieOut

    def get_queryset(self) -> QuerySet[TieOut]:
        return selectors.tie_outs()

    def get_badge(self) -> Badge:
        return tie_out_badge(self.object)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Ledger", reverse("console:ledger")), Crumb("Tie-out")]

    def get_meta(self) -> list[Fact]:
        return [Fact("Compared", self.object.at, Kind.WHEN), Fact("by", self.object.by)]

    def get_panels(self) -> list[Panel]:
        lines = selectors.account_lines(self.object)
        accounts: dict[str, Any] = {
            "table": build_table(ACCOUNT_COLUMNS, lines),
            "totals": {
                name: sum((getattr(line, name) for line in lines), ZERO)
                for name in ("subledger_debit", "subledger_credit", "erp_debit", "erp_credit")
            },
            "difference": self.object.difference,
        }
        breaks = {
            "table": build_table(BREAK_COLUMNS, selectors.break_lines(self.who, self.object)),
            "table_label": "Breaks",
            "empty": Empty(
                "No breaks", "Every posted entry stands once in both books.", "circle-check", tone=Tone.POSITIVE
            ),
        }
        return [
            Panel("Account by account", "console/ledger/_accounts.html", accounts, icon="scale", flush=True),
            Panel(
                "Entry by entry", "ui/_data_table.html", breaks, icon="unplug", count=len(self.object.breaks),
                flush=True,
                tone=Tone.CAUTION if self.object.breaks else "",
            ),
            self._earlier(),
        ]  # fmt: skip

    def _earlier(self) -> Panel:
        table = build_table(TIE_OUT_COLUMNS, selectors.tie_outs()[:_EARLIER])
        return Panel(
            "Kept results",
            "ui/_data_table.html",
            {"table": table, "table_label": "Tie-outs"},
            icon="history",
            flush=True,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = self.object
        off = kept.difference != ZERO
        stats = [
            Stat("Subledger debits", money_text(kept.subledger), hint="of posted entries"),
            Stat("ERP debits", money_text(kept.erp), hint="as the ERP tells them"),
            Stat("Difference", money_text(kept.difference), tone=Tone.CRITICAL if off else Tone.POSITIVE,
                 hint="over all accounts" if off else "to the cent"),
            Stat("Breaks", f"{len(kept.breaks)}", tone=Tone.CAUTION if kept.breaks else Tone.POSITIVE,
                 hint="entries that one book lacks"),
        ]  # fmt: skip
        may_run = access.may(self.who, Permission.RUN_TIE_OUT)
        broken = frozenset({Alert.BREAK.value} if off or kept.breaks else ())
        guide = guide_of_system(self.who, "erp", broken, None)
        return super().get_context_data(stats=stats, may_run=may_run, guide=guide, **kwargs)
