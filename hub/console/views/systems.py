"""Systems: the overview with everybody's health, and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from connectors.models import System
from exceptions.models import Case
from hub.console.guard import Guarded
from hub.console.selectors import systems as selectors
from hub.console.selectors.runbooks import Guide, guide_of_system
from hub.console.tables.systems import (
    DELIVERY_COLUMNS,
    FEED_COLUMNS,
    act_items,
    count_text,
    drain_text,
    feed_deeds,
    system_deeds,
    system_facts,
)
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.badges import Badge, Tone
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.format import age_text, duration_text
from hub.ui.pages import Action, Crumb, Empty, PageView
from hub.ui.stats import Stat
from hub.ui.tables import build_table


class SystemsPage(Guarded, PageView):
    needs = Permission.VIEW_SYSTEMS
    title = "Systems"
    lead = "Every system the hub speaks with: whether it answers, what waits for it, what it sent today."
    nav = "systems"
    template_name = "console/systems/overview.html"
    live_seconds = 10

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = selectors.overview()
        return super().get_context_data(
            stats=_stats(found),
            sources=[health for health in found if health.feeds],
            targets=[health for health in found if health.sends],
            received=_received(found),
            waiting=_waiting(found),
            **kwargs,
        )


def _received(found: list[selectors.SystemHealth]) -> int:
    return sum(feed.total for health in found for feed in health.feeds)


def _waiting(found: list[selectors.SystemHealth]) -> int:
    return sum(health.depth.waiting for health in found)


def _stats(found: list[selectors.SystemHealth]) -> list[Stat]:
    down = [health for health in found if health.troubled]
    waiting = _waiting(found)
    unconfirmed = sum(health.depth.unconfirmed for health in found)
    oldest = min((health.depth.oldest for health in found if health.depth.oldest), default=None)
    return [
        Stat(
            "Systems answering", f"{len(found) - len(down)}", unit=f"of {len(found)}",
            hint=", ".join(health.system.name for health in down) or "all of them",
            tone=Tone.CRITICAL if down else Tone.POSITIVE,
        ),
        Stat(
            "Deliveries waiting", count_text(waiting),
            hint=f"the oldest for {duration_text(now() - oldest)}" if oldest else "nothing waits",
            tone=Tone.CAUTION if waiting else Tone.POSITIVE,
        ),
        Stat(
            "Sent, unconfirmed", count_text(unconfirmed), hint="read back before anything else",
            tone=Tone.CAUTION if unconfirmed else Tone.POSITIVE,
        ),
        Stat("Received today", count_text(_received(found)), hint="over all feeds, since midnight UTC"),
    ]  # fmt: skip


class SystemPage(Guarded, DetailView):
    needs = Permission.VIEW_SYSTEMS
    template_name = "console/systems/page.html"
    nav = "systems"
    live_seconds = 10
    lookup_field = "code"
    object: System

    def get_queryset(self) -> QuerySet[System]:
        return selectors.systems()

    @property
    def health(self) -> selectors.SystemHealth:
        if not hasattr(self, "_health"):
            self._health = selectors.health(self.object)
        return self._health

    def get_badge(self) -> Badge:
        return self.health.badge

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Systems", reverse("console:systems")), Crumb(self.object.name)]

    def get_facts(self) -> list[Fact]:
        return system_facts(self.health)

    def get_actions(self) -> list[Action]:
        if not access.may(self.who, Permission.OPERATE_SYSTEMS, ""):
            return []
        return system_deeds(self.object, self.health)

    def get_panels(self) -> list[Panel]:
        panels = []
        if self.health.feeds:
            context = {"feeds": self._feeds(), "table_label": "Feeds"}
            panels.append(Panel("Feeds", "console/systems/_feeds.html", context, icon="radio", flush=True))
        if self.health.sends:
            panels.append(self._deliveries())
        if entries := selectors.acts(self.object, [health.feed for health in self.health.feeds]):
            panels.append(Panel("Who did what", "ui/_timeline.html", {"entries": act_items(entries)}, icon="history"))
        return panels

    def _feeds(self) -> dict[str, Any]:
        rows = []
        for health in self.health.feeds:
            may = access.may(self.who, Permission.OPERATE_SYSTEMS, health.feed.facility)
            rows.append((health, feed_deeds(health.feed) if may else []))
        return {"table": build_table(FEED_COLUMNS, self.health.feeds), "rows": rows}

    def _deliveries(self) -> Panel:
        table = build_table(DELIVERY_COLUMNS, selectors.recent_deliveries(self.who, self.object))
        empty = Empty("Nothing was sent yet", "What is delivered to it appears here.", "send")
        context = {"table": table, "table_label": "Newest deliveries", "empty": empty}
        return Panel("Newest deliveries", "ui/_data_table.html", context, icon="send", flush=True)

    @property
    def cases(self) -> list[Case]:
        if not hasattr(self, "_cases"):
            self._cases = selectors.open_cases(self.who, self.object)
        return self._cases

    def _guide(self) -> Guide | None:
        """The runbook of what is wrong with it; what is ticked off belongs to the open case about it."""
        if not access.may(self.who, Permission.VIEW_CASES):
            return None
        about_it = (FailureClass.OUTAGE.value, FailureClass.CONFIGURATION.value)
        case = next((case for case in self.cases if case.failure_class in about_it), None)
        return guide_of_system(self.who, self.object.code, self.health.alerts, case)

    def get_aside(self) -> list[Panel]:
        if not self.cases:
            return []
        return [Panel("Open cases", "console/_cases.html", {"cases": self.cases}, icon="inbox", flush=True)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        health = self.health
        lane = health.lane
        confirmed = lane.last_confirmed_at if lane else None
        age = age_text(confirmed) if confirmed else ""
        stats = [
            Stat("Waiting", count_text(health.depth.waiting), hint=_oldest(health),
                 tone=Tone.CAUTION if health.depth.waiting else Tone.POSITIVE),
            Stat("Sent, unconfirmed", count_text(health.depth.unconfirmed), hint="read back before anything else",
                 tone=Tone.CAUTION if health.depth.unconfirmed else Tone.POSITIVE),
            Stat("Last confirmed", age if confirmed else "never", unit="ago" if confirmed and age != "now" else "",
                 hint="by its answer or by reading back"),
        ]  # fmt: skip
        draining = drain_text(health) if health.drains_at else ""
        return super().get_context_data(
            health=health, stats=stats if health.sends else [], draining=draining, guide=self._guide(), **kwargs
        )


def _oldest(health: selectors.SystemHealth) -> str:
    return f"the oldest for {duration_text(now() - health.depth.oldest)}" if health.depth.oldest else "nothing waits"
