"""The console's entries in the navigation, in the order in which they stand there."""

from __future__ import annotations

from django.http import HttpRequest

from exceptions import notices
from hub.console.guard import holds, holds_everywhere
from hub.console.selectors import home
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.navigation import NavItem, Search


def _waiting(request: HttpRequest) -> int | None:
    return home.open_case_count(request.user) or None


def _unread(request: HttpRequest) -> int | None:
    return notices.unread(request.user) or None


def takes_facilities_in(request: HttpRequest) -> bool:
    """Stewards and engineers do it, auditors look at it."""
    asked = (Permission.PROPOSE_MAPPINGS, Permission.OPERATE_SYSTEMS, Permission.VIEW_AUDIT)
    return any(access.may(request.user, one) for one in asked)


PLACES = (
    NavItem("home", "Home", "house", "console:home", order=10, go="h"),
    NavItem(
        "cases", "Work queue", "inbox", "console:queue", section="Work", order=20,
        visible=holds(Permission.VIEW_CASES), count=_waiting, go="q",
    ),
    NavItem(
        "notices", "Notices", "bell", "console:notices", section="Work", order=22,
        visible=holds(Permission.VIEW_CASES), count=_unread, go="n",
    ),
    NavItem(
        "team", "Team", "users", "console:teams", section="Work", order=26, visible=holds(Permission.WORK_CASES)
    ),
    NavItem(
        "denials", "Denials", "ban", "console:denials", section="Work", order=24,
        visible=holds(Permission.VIEW_CASES), go="d",
    ),
    NavItem(
        "journeys", "Journeys", "route", "console:journeys", section="Work", order=30,
        visible=holds(Permission.VIEW_JOURNEYS), go="j",
    ),
    NavItem(
        "runs", "Runs", "workflow", "console:runs", section="Flow", order=40,
        visible=holds(Permission.VIEW_RUNS), go="r",
    ),
    NavItem(
        "messages", "Messages", "mail", "console:messages", section="Flow", order=44,
        visible=holds(Permission.VIEW_MESSAGES), go="m",
    ),
    NavItem(
        "replays", "Replays", "rotate-ccw", "console:replays", section="Flow", order=46,
        visible=holds(Permission.VIEW_RUNS),
    ),
    NavItem(
        "systems", "Systems", "network", "console:systems", section="Flow", order=48,
        visible=holds(Permission.VIEW_SYSTEMS), go="s",
    ),
    NavItem(
        "runbooks", "Runbooks", "life-buoy", "console:runbooks", section="Flow", order=52,
        visible=holds(Permission.VIEW_CASES),
    ),
    NavItem(
        "mappings", "Mappings", "waypoints", "console:mappings", section="Reference data", order=60,
        visible=holds(Permission.VIEW_MAPPINGS), go="c",
    ),
    NavItem(
        "onboarding", "Onboarding", "hospital", "console:onboarding", section="Reference data", order=62,
        visible=takes_facilities_in,
    ),
    NavItem(
        "decision-tables", "Decision tables", "list-ordered", "console:decision-tables", section="Reference data",
        order=64, visible=holds(Permission.VIEW_MAPPINGS), go="e",
    ),
    NavItem(
        "ledger", "Ledger", "book-open", "console:ledger", section="Numbers", order=84,
        visible=holds(Permission.VIEW_LEDGER), go="l",
    ),
    NavItem(
        "tie-out", "Tie-out", "scale", "console:tie-outs", section="Numbers", order=86,
        visible=holds_everywhere(Permission.VIEW_LEDGER), go="t",
    ),
    NavItem(
        "audit", "Audit", "shield-check", "console:audit", section="Numbers", order=90,
        visible=holds(Permission.VIEW_AUDIT), go="a",
    ),
    NavItem(
        "kpis", "KPIs", "gauge", "console:kpis", section="Numbers", order=80,
        visible=holds(Permission.VIEW_KPIS), go="k",
    ),
)  # fmt: skip

SEARCH = Search("console:search", "Account, claim, trace or case number, file, id")
