"""The console's entries in the navigation, in the order in which they stand there."""

from __future__ import annotations

from django.http import HttpRequest

from hub.console.guard import holds
from hub.console.selectors import home
from hub.governance.roles import Permission
from hub.ui.navigation import NavItem


def _waiting(request: HttpRequest) -> int | None:
    return home.open_case_count(request.user) or None


PLACES = (
    NavItem("home", "Home", "house", "console:home", order=10),
    NavItem(
        "cases", "Work queue", "inbox", "console:queue", section="Work", order=20,
        visible=holds(Permission.VIEW_CASES), count=_waiting,
    ),
    NavItem(
        "mappings", "Mappings", "waypoints", "console:mappings", section="Reference data", order=60,
        visible=holds(Permission.VIEW_MAPPINGS),
    ),
    NavItem(
        "kpis", "KPIs", "gauge", "console:kpis", section="Numbers", order=80, visible=holds(Permission.VIEW_KPIS)
    ),
)  # fmt: skip
