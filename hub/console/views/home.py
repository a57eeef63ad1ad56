"""Home: what is stuck, what it costs, what is mine. Each part appears for whoever may see it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from hub.console.guard import Guarded
from hub.console.selectors import home
from hub.console.selectors.kpis import breakdowns
from hub.console.selectors.ledger import tie_outs
from hub.console.tables.home import (
    CASE_COLUMNS,
    NEW_COLUMNS,
    POSTED_COLUMNS,
    PROPOSAL_COLUMNS,
    REQUEST_COLUMNS,
    facility_bars,
    kpi_stat,
    queue_stats,
    runs_stat,
    systems_stat,
)
from hub.console.tables.kpis import kpi_cards
from hub.console.tables.ledger import tie_out_badge
from hub.console.words import count_text, person_name
from hub.governance import access
from hub.governance.roles import Permission
from hub.kpis.definitions import Kpi
from hub.kpis.selectors import headline
from hub.ui.format import money_brief
from hub.ui.pages import PageView
from hub.ui.stats import Stat
from hub.ui.tables import build_table

_TILES = (Kpi.UNBILLED, Kpi.UNMATCHED, Kpi.POSTING_LAG)


class Home(Guarded, PageView):
    template_name = "console/home/page.html"
    nav = "home"
    live_seconds = 30

    def permitted(self, request: HttpRequest) -> bool:
        return True

    def get_title(self) -> str:
        return f"Hello, {person_name(self.who).split()[0]}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        parts: dict[str, Any] = {**kwargs}
        if self._may(Permission.VIEW_CASES):
            parts |= {"numbers": self._numbers(), **self._work()}
        elif self._may(Permission.VIEW_KPIS):
            parts["kpis"] = kpi_cards(breakdowns(self.who))
        if self._may(Permission.WORK_CASES):
            parts["mine"] = build_table(CASE_COLUMNS, home.my_cases(self.who))
            parts["requests"] = build_table(REQUEST_COLUMNS, home.requests(self.who))
        if self._may(Permission.APPROVE_MAPPINGS):
            parts["proposals"] = build_table(PROPOSAL_COLUMNS, home.waiting_mappings(self.who))
        if self._may(Permission.VIEW_LEDGER):
            parts["posted"] = build_table(POSTED_COLUMNS, home.posted_today(self.who))
            parts["posted_first"] = self._may(Permission.RUN_TIE_OUT)
        if access.may(self.who, Permission.VIEW_LEDGER, ""):
            tie_out = tie_outs().first()
            parts["tie_out"] = {"made": tie_out, "badge": tie_out_badge(tie_out)} if tie_out else {}
        return super().get_context_data(**parts)

    def _work(self) -> dict[str, Any]:
        backlog = home.backlog(self.who)
        return {
            "lead": f"{count_text(backlog.count, 'open case')}, {money_brief(backlog.amount)} at risk.",
            "queues": queue_stats(backlog.by_queue),
            "stuck": facility_bars(backlog.by_facility) if backlog.by_facility else "",
            "urgent": build_table(CASE_COLUMNS, home.urgent_cases(self.who)),
            "newest": build_table(NEW_COLUMNS, home.newest_cases(self.who)),
        }

    def _numbers(self) -> list[Stat]:
        found = [kpi_stat(headline(self.who, kpi)) for kpi in _TILES] if self._may(Permission.VIEW_KPIS) else []
        if self._may(Permission.VIEW_RUNS):
            found.append(runs_stat(home.run_counts(self.who)))
        if self._may(Permission.VIEW_SYSTEMS):
            found.append(systems_stat(home.system_health()))
        return found

    def _may(self, permission: Permission) -> bool:
        return access.may(self.who, permission)
