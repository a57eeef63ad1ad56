"""The team's pages: who is in, what they have to do, who is away, and what finds its way to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from exceptions.teams import selectors
from exceptions.teams.attendance import may_keep
from exceptions.teams.models import EscalationRule, RoutingRule, ServiceLevel, Team
from exceptions.teams.selectors import Colleague
from hub.console.guard import Guarded
from hub.console.links import queue_url
from hub.console.selectors.teams import LOOSE_LIMIT, Left, left_behind, loose_count, team_lines, waiting_for_owners
from hub.console.tables.home import CASE_COLUMNS
from hub.console.tables.teams import (
    ABSENCE_COLUMNS,
    ESCALATION_COLUMNS,
    LEVEL_COLUMNS,
    MEMBER_COLUMNS,
    RULE_COLUMNS,
    TEAM_COLUMNS,
    assignment_name,
    conditions_text,
    hours_url,
    with_deeds,
)
from hub.console.words import person_name, place_name, queue_name
from hub.core.clock import now
from hub.core.money import ZERO
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.badges import Tone
from hub.ui.columns import Kind
from hub.ui.details import DetailView, Fact, Panel, Tab
from hub.ui.format import money_brief
from hub.ui.pages import Action, Crumb, Empty, PageView
from hub.ui.stats import Stat
from hub.ui.tables import build_table

_WAITING_SHOWN = 10
_TABS = (("teams", "Teams"), ("team-rules", "Rules"), ("answers", "Answers"), ("alerts", "Alerts"))


class TeamPlace(Guarded, PageView):
    """What the pages under "Team" share: their tabs, and whether the reader keeps what stands there."""

    needs = Permission.WORK_CASES
    nav = "team"
    template_name = "console/teams/page.html"
    tab: ClassVar[str] = "teams"

    @property
    def keeps(self) -> bool:
        return access.may(self.who, Permission.MANAGE_TEAMS)

    def get_panels(self) -> list[Panel]:
        return []

    def get_stats(self) -> list[Stat]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        places = [place for place in _TABS if place[0] != "alerts" or self.keeps]
        tabs = [Tab(label, reverse(f"console:{name}"), self.tab == name) for name, label in places]
        return super().get_context_data(tabs=tabs, panels=self.get_panels(), stats=self.get_stats(), **kwargs)


class Teams(TeamPlace):
    title = "Team"
    lead = "Who works what, who is in now, and what they have to do."
    live_seconds = 30

    def get_actions(self) -> list[Action]:
        own = [
            Action("I am away", _person("person-away", self.who), "calendar-x"),
            Action("My hours", _person("person-hours", self.who), "clock", dialog=False),
        ]
        return [*own, Action("New team", reverse("console:team-new"), "plus", primary=True)] if self.keeps else own

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        moment = now()
        self.lines, self.left = team_lines(self.who, moment), left_behind(self.who, moment)
        return super().get_context_data(**kwargs)

    def get_stats(self) -> list[Stat]:
        nobodys = sum(line.backlog.nobodys for line in self.lines)
        stranded = [left for left in self.left if left.away_now and left.cases]
        dollars = sum((left.amount for left in stranded), ZERO)
        loose = loose_count(self.who)
        hint = f"{money_brief(dollars)} at risk; hand them over below" if stranded else "nothing waits for them"
        return [
            Stat("Open with teams", f"{sum(line.backlog.cases for line in self.lines):,}", hint="without snoozed ones"),
            Stat("Nobody's", f"{nobodys:,}", hint="with a team, without an owner", url=queue_url(owner="nobody"),
                 tone=Tone.CAUTION if nobodys else None),
            Stat("Of people who are away", f"{sum(left.cases for left in stranded):,}", hint=hint,
                 tone=Tone.CAUTION if stranded else None),
            Stat("Without a team", f"{loose:,}{'+' if loose == LOOSE_LIMIT else ''}", hint="no rule fits them",
                 url=queue_url(team="none")),
        ]  # fmt: skip

    def get_panels(self) -> list[Panel]:
        return [self._teams(), self._away()]

    def _teams(self) -> Panel:
        start = Action("New team", reverse("console:team-new"), "plus", primary=True) if self.keeps else None
        empty = Empty("No team yet", "Cases are taken and assigned by hand until there is one.", "users", start)
        context = {"table": build_table(TEAM_COLUMNS, self.lines), "table_label": "Teams", "empty": empty}
        return Panel("Teams", "ui/_data_table.html", context, icon="users", count=len(self.lines), flush=True)

    def _away(self) -> Panel:
        deeds = with_deeds(ABSENCE_COLUMNS, self.left, self._of_absence)
        empty = Empty("Everybody is here", "Absences stand here as soon as somebody enters one.", "calendar-check",
                      tone=Tone.POSITIVE)  # fmt: skip
        context = {"deeds": deeds, "label": "Absences", "empty": empty}
        return Panel("Away, now and next", "console/teams/_deeds.html", context, key="away", icon="calendar-x",
                     count=len(self.left), flush=True)  # fmt: skip

    def _of_absence(self, left: Left) -> list[Action]:
        user, name = left.absence.user, person_name(left.absence.user)
        found = []
        if left.cases and access.may(self.who, Permission.ASSIGN_CASES):
            found.append(Action(f"Hand over the cases of {name}", _person("person-hand-over", user), "share-2"))
        if may_keep(user, self.who):
            url = reverse("console:absence-remove", args=[left.absence.pk])
            found.append(Action(f"End the absence of {name}", url, "trash-2"))
        return found


def _person(name: str, user: Any) -> str:
    return reverse(f"console:{name}", args=[user.get_username()])


class TeamPage(Guarded, DetailView):
    """One team: its people, what waits for an owner, what is routed to it."""

    needs = Permission.WORK_CASES
    nav = "team"
    live_seconds = 30
    object: Team

    def get_queryset(self) -> QuerySet[Team]:
        return Team.objects.select_related("lead", "person")

    @property
    def keeps(self) -> bool:
        return access.may(self.who, Permission.MANAGE_TEAMS, self.object.facility)

    def get_lead(self) -> str:
        return self.object.about

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Team", reverse("console:teams")), Crumb(self.object.name)]

    def get_facts(self) -> list[Fact]:
        team = self.object
        line = selectors.backlogs(self.who, [team]).get(team.pk, selectors.Backlog())
        return [
            Fact("Lead", person_name(team.lead), Kind.PERSON),
            Fact("Works for", place_name(team.facility)),
            Fact("Cases go", assignment_name(team)),
            Fact("Open", line.cases, Kind.NUMBER, url=queue_url(team=str(team.pk))),
            Fact("At risk", line.amount, Kind.MONEY),
            Fact("Nobody's", line.nobodys, Kind.NUMBER),
        ]

    def get_actions(self) -> list[Action]:
        found = [Action("Open in the queue", queue_url(team=str(self.object.pk)), "inbox", dialog=False)]
        if self.keeps:
            found += [
                Action("Add a member", self._url("team-member-add"), "user-plus"),
                Action("Edit", self._url("team-edit"), "pencil"),
                Action("Remove this team", self._url("team-remove"), "trash-2", danger=True, more=True),
            ]
        return found

    def _url(self, name: str) -> str:
        return reverse(f"console:{name}", args=[self.object.pk])

    def get_panels(self) -> list[Panel]:
        return [self._people(), self._waiting(), self._routed()]

    def _people(self) -> Panel:
        people = selectors.colleagues(self.who, self.object)
        empty = Empty("Nobody is in it yet", "Add the people who work its cases.", "users")
        deeds = with_deeds(MEMBER_COLUMNS, people, self._of_member)
        context = {"deeds": deeds, "label": "Members", "empty": empty}
        heavy = f"one a case, one more for every {money_brief(selectors.HEAVY)} at risk"
        return Panel("Members", "console/teams/_deeds.html", context, key="members", icon="users", count=len(people),
                     note=f"load: {heavy}", flush=True)  # fmt: skip

    def _of_member(self, colleague: Colleague) -> list[Action]:
        user, name, member = colleague.user, person_name(colleague.user), colleague.member
        found = []
        if may_keep(user, self.who):
            found += [
                Action(f"Hours of {name}", hours_url(user), "clock", dialog=False),
                Action(f"Absence of {name}", _person("person-away", user), "calendar-x"),
            ]
        if colleague.load.cases and access.may(self.who, Permission.ASSIGN_CASES):
            found.append(Action(f"Hand over the cases of {name}", _person("person-hand-over", user), "share-2"))
        if self.keeps:
            found += [
                Action(f"Share of {name}", reverse("console:team-member", args=[member.pk]), "percent"),
                Action(f"Take {name} out", reverse("console:team-member-remove", args=[member.pk]), "trash-2"),
            ]
        return found

    def _waiting(self) -> Panel:
        rows = list(waiting_for_owners(self.who, self.object)[:_WAITING_SHOWN])
        empty = Empty("Every case has an owner", "", "circle-check", tone=Tone.POSITIVE)
        context = {"table": build_table(CASE_COLUMNS[:-1], rows), "table_label": "Cases of nobody", "empty": empty}
        note = "the most urgent" if len(rows) == _WAITING_SHOWN else ""
        return Panel("Waiting for an owner", "ui/_data_table.html", context, icon="user", note=note, flush=True)

    def _routed(self) -> Panel:
        rows = list(RoutingRule.objects.filter(team=self.object).select_related("team"))
        empty = Empty("No rule leads here", "Without one, cases come only by hand.", "route")
        context = {"table": build_table(RULE_COLUMNS[:-1], rows), "table_label": "Rules", "empty": empty}
        return Panel("What is routed here", "ui/_data_table.html", context, icon="route", flush=True)


class TeamRules(TeamPlace):
    title = "Rules"
    lead = "What finds its way to whom, how long it may take, and when a lead hears of it."
    tab = "team-rules"

    def get_panels(self) -> list[Panel]:
        return [self._routing(), self._levels(), self._escalation()]

    def get_actions(self) -> list[Action]:
        if not self.keeps:
            return []
        return [
            Action("Service level", reverse("console:service-level-new"), "timer"),
            Action("Escalation", reverse("console:escalation-new"), "bell"),
            Action("Routing rule", reverse("console:routing-new"), "plus", primary=True),
        ]

    def _routing(self) -> Panel:
        rows = list(RoutingRule.objects.select_related("team"))
        empty = Empty("No rule yet", "New cases belong to no team until one fits them.", "route")
        deeds = with_deeds(RULE_COLUMNS, rows, lambda rule: self._of_rule(rule, rows))
        context = {"deeds": deeds, "label": "Routing rules", "empty": empty}
        return Panel("Routing", "console/teams/_deeds.html", context, key="routing", icon="route", count=len(rows),
                     note="tried from the top when a case opens; the first that fits decides", flush=True)  # fmt: skip

    def _of_rule(self, rule: RoutingRule, rules: Sequence[RoutingRule]) -> list[Action]:
        if not access.may(self.who, Permission.MANAGE_TEAMS, rule.facility):
            return []
        name = f"rule {rule.position}: {conditions_text(rule)}"
        up = Action(f"Up, {name}", self._url("routing-up", rule), "arrow-up", at_once=True)
        down = Action(f"Down, {name}", self._url("routing-down", rule), "arrow-down", at_once=True)
        moves = [*([up] if rule != rules[0] else []), *([down] if rule != rules[-1] else [])]
        return [*moves, *self._edit_or_remove("routing", rule, name)]

    def _levels(self) -> Panel:
        rows = list(ServiceLevel.objects.all())
        empty = Empty("House defaults", "A queue without a level keeps the defaults of its kinds of cases.", "timer")
        deeds = with_deeds(
            LEVEL_COLUMNS, rows, lambda row: self._kept("service-level", row, f"the level of {queue_name(row.queue)}")
        )
        context = {"deeds": deeds, "label": "Service levels", "empty": empty}
        return Panel("Service levels", "console/teams/_deeds.html", context, key="levels", icon="timer",
                     note="where no legal clock runs", flush=True)  # fmt: skip

    def _escalation(self) -> Panel:
        rows = list(EscalationRule.objects.select_related("team", "tell"))
        empty = Empty("Nothing is escalated", "Say how long what many dollars may stay open.", "bell")
        deeds = with_deeds(
            ESCALATION_COLUMNS, rows, lambda row: self._kept("escalation", row, f"escalation to level {row.level}")
        )
        context = {"deeds": deeds, "label": "Escalation rules", "empty": empty}
        return Panel("Escalation", "console/teams/_deeds.html", context, key="escalation", icon="bell",
                     note="once for each level, which adds a case's dollars to its priority", flush=True)  # fmt: skip

    def _kept(self, place: str, row: Any, name: str) -> list[Action]:
        keeps = access.may(self.who, Permission.MANAGE_TEAMS, "")
        return self._edit_or_remove(place, row, name) if keeps else []

    def _edit_or_remove(self, place: str, row: Any, name: str) -> list[Action]:
        return [
            Action(f"Edit {name}", self._url(f"{place}-edit", row), "pencil"),
            Action(f"Remove {name}", self._url(f"{place}-remove", row), "trash-2"),
        ]

    def _url(self, name: str, row: Any) -> str:
        return reverse(f"console:{name}", args=[row.pk])
