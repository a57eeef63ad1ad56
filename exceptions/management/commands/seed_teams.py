"""`manage.py seed_teams`: the sandbox group's teams, hours, rules and answers.

Only where there is no team yet: what people made of them since stays.
"""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import transaction

from connectors.sandbox import group, teams
from exceptions import answers
from exceptions.models import Queue
from exceptions.states import AssignmentMode
from exceptions.teams import attendance, services
from exceptions.teams.models import Team
from exceptions.teams.services import Conditions
from hub.core import clock
from hub.governance.access import Actor


class Command(BaseCommand):
    help = "Share out the sandbox group's work: teams, hours, rules and answers, where there is no team yet."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if Team.objects.exists():
            self.stdout.write("Teams are there already.")
            return
        actor, people = Actor.command(), {user.get_username(): user for user in User.objects.all()}
        for one in teams.TEAMS:
            _make(one, people, actor)
        _hours(people, actor)
        for queue, hours in teams.SERVICE_LEVELS.items():
            services.save_level(actor=actor, queue=Queue(queue), hours=hours, opens=time(8), closes=time(17))
        for level, days, dollars in teams.ESCALATIONS:
            services.save_escalation(actor=actor, level=level, business_days=days, amount_over=Decimal(dollars))
        for name, queue, text in teams.ANSWERS:
            answers.save_answer(actor=actor, name=name, queue=queue, text=text)
        self.stdout.write(f"{len(teams.TEAMS)} teams made.")


def _make(one: teams.Team, people: dict[str, User], actor: Actor) -> None:
    here = not one.person or one.person in people
    team = services.save_team(
        actor=actor,
        name=one.name,
        about=one.about,
        lead=people.get(one.lead),
        assignment=AssignmentMode(one.assignment) if here else AssignmentMode.BY_HAND,
        person=people.get(one.person),
    )
    for name, share in one.members.items():
        if name in people:
            services.set_member(team_id=team.pk, user=people[name], share=share, actor=actor)
    for queue in one.queues:
        amount = Decimal(one.amount_from) if one.amount_from else None
        services.save_rule(actor=actor, team=team, conditions=Conditions(queue=queue, amount_from=amount))


def _hours(people: dict[str, User], actor: Actor) -> None:
    for name, (starts, ends) in teams.OFFICE_HOURS.items():
        if name not in people:
            continue
        day = (time.fromisoformat(starts), time.fromisoformat(ends))
        shifts = [(weekday, *day) for weekday in range(5)]
        attendance.save_hours(user=people[name], actor=actor, time_zone=group.TIME_ZONE, shifts=shifts)
    name, stand_in = teams.AWAY_NEXT_WEEK
    if name in people:
        today = clock.today(group.TIME_ZONE)
        monday = today + timedelta(days=7 - today.weekday())
        attendance.add_absence(
            user=people[name],
            actor=actor,
            since=monday,
            until=monday + timedelta(days=4),
            stand_in=people.get(stand_in),
            note="Vacation",
        )
