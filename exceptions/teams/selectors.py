"""Reads about teams: who is in, what they have to do, who is away while cases of theirs wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Floor, Least

from exceptions.models import Case
from exceptions.selectors import awake, cases
from exceptions.states import CASE_OPEN
from exceptions.teams.duty import Away, Rota, rota
from exceptions.teams.models import Absence, Team, TeamMember
from exceptions.teams.states import Presence
from hub.core.clock import now
from hub.core.money import ZERO
from hub.governance.access import Who

#: A case weighs one, and one more for each so many dollars at risk, up to `MOST_MORE`. House default.
HEAVY = Decimal(10_000)
MOST_MORE = 5


@dataclass(frozen=True, slots=True)
class Load:
    """Open cases of one's own that are not snoozed, their dollars, and what they weigh together."""

    cases: int = 0
    amount: Decimal = ZERO
    points: int = 0


def weight_of(case: Case) -> int:
    return 1 + min(MOST_MORE, int(case.amount // HEAVY))


def loads(users: Iterable[int], rows: QuerySet[Case] | None = None) -> dict[int, Load]:
    """What each of `users` has to do; one query. `rows` narrows what is counted."""
    mine = awake((Case.objects.all() if rows is None else rows).filter(owner__in=list(users), state__in=CASE_OPEN))
    sums = mine.order_by().values("owner_id").annotate(
        count=Count("pk"), dollars=Sum("amount"), more=Sum(Least(Floor(F("amount") / HEAVY), Decimal(MOST_MORE)))
    )  # fmt: skip
    return {row["owner_id"]: Load(row["count"], row["dollars"], row["count"] + int(row["more"])) for row in sums}


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open cases of a team, their dollars, and how many of them nobody owns."""

    cases: int = 0
    amount: Decimal = ZERO
    nobodys: int = 0


def backlogs(who: Who, teams: Iterable[Team]) -> dict[int, Backlog]:
    """Of the cases that `who` may see."""
    rows = awake(cases(who).select_related(None).filter(team__in=list(teams), state__in=CASE_OPEN))
    sums = rows.order_by().values("team_id").annotate(
        count=Count("pk"), dollars=Sum("amount"), nobodys=Count("pk", filter=Q(owner=None))
    )  # fmt: skip
    return {row["team_id"]: Backlog(row["count"], row["dollars"], row["nobodys"]) for row in sums}


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member as the team's page shows them."""

    member: TeamMember
    presence: Presence
    away: Away | None
    load: Load

    @property
    def user(self) -> User:
        return self.member.user


def colleagues(who: Who, team: Team) -> list[Colleague]:
    """The members by name, with what of their load `who` may see."""
    members = list(team.members.select_related("user").order_by("user__first_name", "user__last_name", "user_id"))
    moment, times = now(), rota((row.user for row in members), now())
    known = loads((row.user_id for row in members), cases(who).select_related(None))
    return [_colleague(row, times, moment, known.get(row.user_id, Load())) for row in members]


def _colleague(member: TeamMember, times: Rota, moment: datetime, load: Load) -> Colleague:
    return Colleague(member, times.presence(member.user_id, moment), times.absence(member.user_id, moment), load)


def teams_of(who: Who) -> list[int]:
    """The ids of the teams that a person is in or leads."""
    user = who if isinstance(who, User) else getattr(who, "user", None)
    if user is None:
        return []
    return list(Team.objects.filter(Q(members__user=user) | Q(lead=user)).distinct().values_list("pk", flat=True))


def absences(today: date) -> QuerySet[Absence]:
    """Those that last or are to come, the nearest first."""
    return Absence.objects.filter(until__gte=today).select_related("user", "stand_in").order_by("since", "id")


def open_cases_of(who: Who, owner: User) -> QuerySet[Case]:
    """What `owner` owns and has not ended, of what `who` may see; snoozed ones too."""
    return cases(who).filter(owner=owner, state__in=CASE_OPEN)
