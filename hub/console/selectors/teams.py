"""What the team's pages read beside what `exceptions.teams.selectors` offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from exceptions.models import Case
from exceptions.selectors import awake, cases
from exceptions.states import CASE_OPEN
from exceptions.teams import selectors
from exceptions.teams.duty import rota
from exceptions.teams.models import Absence, Team
from exceptions.teams.selectors import Backlog
from hub.core.money import ZERO
from hub.governance.access import Who

LOOSE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team, how many of its members are in now, and its open work as the reader may see it."""

    team: Team
    members: int
    present: int
    backlog: Backlog

    @property
    def pk(self) -> int:
        return self.team.pk


def team_lines(who: Who, moment: datetime) -> list[TeamLine]:
    """Every team by name, with who is in at `moment`."""
    teams = list(Team.objects.select_related("lead", "person").prefetch_related("members"))
    people = {member.user_id for team in teams for member in team.members.all()}
    times, backlogs = rota(people, moment), selectors.backlogs(who, teams)
    lines = []
    for team in teams:
        ids = [member.user_id for member in team.members.all()]
        present = sum(times.is_in(user_id, moment) for user_id in ids)
        lines.append(TeamLine(team, len(ids), present, backlogs.get(team.pk, Backlog())))
    return lines


@dataclass(frozen=True, slots=True)
class Left:
    """What somebody who is away has open."""

    absence: Absence
    cases: int
    amount: Decimal
    away_now: bool

    @property
    def pk(self) -> int:
        return self.absence.pk


def left_behind(who: Who, moment: datetime) -> list[Left]:
    """Absences that last or come, and the open cases of these people that `who` may see."""
    rows = list(selectors.absences(moment.date()))
    mine = cases(who).select_related(None).filter(owner__in={row.user_id for row in rows}, state__in=CASE_OPEN)
    sums = mine.order_by().values("owner_id").annotate(count=Count("pk"), dollars=Sum("amount"))
    known = {row["owner_id"]: (row["count"], row["dollars"]) for row in sums}
    times = rota({row.user_id for row in rows}, moment)
    return [
        Left(row, *known.get(row.user_id, (0, ZERO)), away_now=times.absence(row.user_id, moment) is not None)
        for row in rows
    ]


def loose_count(who: Who) -> int:
    """Open cases without a team, counted up to a limit: a page does not count what may be very many."""
    rows = awake(cases(who).select_related(None).filter(team=None, state__in=CASE_OPEN))
    return len(rows.values_list("pk", flat=True)[:LOOSE_LIMIT])


def waiting_for_owners(who: Who, team: Team) -> QuerySet[Case]:
    rows = awake(cases(who).filter(team=team, owner=None, state__in=CASE_OPEN))
    return rows.order_by("-priority", "-id")
