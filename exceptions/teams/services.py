"""What leads keep: teams, who is in them, what is routed to them, service levels, escalation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import time
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from exceptions.errors import NotAllowedNow
from exceptions.keeping import drop, held, keep
from exceptions.models import Case, Queue
from exceptions.states import CASE_OPEN, AssignmentMode
from exceptions.teams.models import EscalationRule, RoutingRule, ServiceLevel, Team, TeamMember
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission


@transaction.atomic
def save_team(
    *,
    actor: Actor,
    name: str,
    about: str = "",
    facility: str = "",
    lead: User | None = None,
    assignment: AssignmentMode = AssignmentMode.BY_HAND,
    person: User | None = None,
    team_id: int | None = None,
    version: int | None = None,
) -> Team:
    """A new team, or with `team_id` that one changed."""
    team = Team() if team_id is None else held(Team, team_id, version)
    # One who may keep teams of one facility neither takes another's nor gives theirs away.
    access.require(actor, Permission.MANAGE_TEAMS, team.facility if team.pk else facility)
    if assignment is AssignmentMode.PERSON and person is None:
        raise NotAllowedNow("person-missing", "Say who is always given the cases.")
    values = {
        "name": name.strip(),
        "about": about.strip(),
        "facility": facility,
        "lead": lead,
        "assignment": assignment.value,
        "person": person if assignment is AssignmentMode.PERSON else None,
    }
    keep(team, actor, values, facility=facility)
    return team


@transaction.atomic
def remove_team(*, team_id: int, actor: Actor) -> None:
    """Only one that no open case stands with: they would be left with nobody."""
    team = held(Team, team_id, None)
    if Case.objects.filter(team=team, state__in=CASE_OPEN).exists():
        raise NotAllowedNow("team-has-cases", "It has open cases. Move them to another team first, from the queue.")
    Case.objects.filter(team=team).update(team=None)
    drop(team, actor, ("name", "facility", "assignment"), facility=team.facility)


@transaction.atomic
def set_member(*, team_id: int, user: User, actor: Actor, share: int = 100) -> TeamMember:
    """In the team from now on, or with another share of the work. Who comes new waits for their turn like the rest."""
    team = held(Team, team_id, None)
    if not access.may(user, Permission.WORK_CASES):
        raise NotAllowedNow("member-cannot-work", f"{user.get_username()} may not work cases anywhere.")
    known = TeamMember.objects.filter(team=team, user=user).first()
    member = known or TeamMember(team=team, user=user, turn=team.turn)
    keep(member, actor, {"team": team, "user": user, "share": share}, facility=team.facility)
    return member


@transaction.atomic
def remove_member(*, member_id: int, actor: Actor) -> None:
    """Out of the team; what they own stays theirs until it is handed over."""
    member = held(TeamMember, member_id, None)
    drop(member, actor, ("team", "user", "share"), facility=member.team.facility)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a routing rule asks of a case; empty asks nothing."""

    queue: str = ""
    failure_class: str = ""
    facility: str = ""
    system: str = ""
    payer: str = ""
    amount_from: Decimal | None = None


@transaction.atomic
def save_rule(
    *,
    actor: Actor,
    team: Team,
    conditions: Conditions,
    rule_id: int | None = None,
    version: int | None = None,
) -> RoutingRule:
    """A new rule stands last. A team of one facility gets that facility's cases only."""
    if rule_id is None:
        last = RoutingRule.objects.aggregate(last=Max("position"))["last"] or 0
        rule = RoutingRule(position=last + 1)
    else:
        rule = held(RoutingRule, rule_id, version)
        access.require(actor, Permission.MANAGE_TEAMS, rule.facility)
    if team.facility and conditions.facility != team.facility:
        raise NotAllowedNow("rule-other-facility", f"{team.name} works for {team.facility}; the rule must name it.")
    keep(rule, actor, {"team": team, **asdict(conditions)}, facility=conditions.facility)
    return rule


@transaction.atomic
def move_rule(*, rule_id: int, up: bool, actor: Actor) -> RoutingRule:
    """Tried one place earlier or later. At the end of the list nothing happens."""
    rows = list(RoutingRule.objects.select_for_update(of=("self",)).order_by("position", "id"))
    at = next((place for place, row in enumerate(rows) if row.pk == rule_id), None)
    if at is None:
        raise NotAllowedNow("gone", "Somebody removed it meanwhile.")
    rule, other = rows[at], at + (-1 if up else 1)
    if not 0 <= other < len(rows):
        return rule
    access.require(actor, Permission.MANAGE_TEAMS, rows[other].facility)
    rows[at], rows[other] = rows[other], rows[at]
    for place, row in enumerate(rows, 1):
        if row.position != place and row.pk != rule.pk:
            RoutingRule.objects.filter(pk=row.pk).update(position=place)
    keep(rule, actor, {"position": other + 1}, facility=rule.facility)
    return rule


@transaction.atomic
def remove_rule(*, rule_id: int, actor: Actor) -> None:
    rule = held(RoutingRule, rule_id, None)
    names = ("position", "team", "queue", "failure_class", "facility", "system", "payer", "amount_from")
    drop(rule, actor, names, facility=rule.facility)


@transaction.atomic
def save_level(
    *,
    actor: Actor,
    queue: Queue,
    hours: int,
    opens: time,
    closes: time,
    level_id: int | None = None,
    version: int | None = None,
) -> ServiceLevel:
    """For cases that open from now on; clocks that run already keep their time."""
    if closes <= opens:
        raise NotAllowedNow("day-in-order", "The working day ends after it begins.")
    level = ServiceLevel() if level_id is None else held(ServiceLevel, level_id, version)
    keep(level, actor, {"queue": queue.value, "hours": hours, "opens": opens, "closes": closes})
    return level


@transaction.atomic
def remove_level(*, level_id: int, actor: Actor) -> None:
    """The queue goes back to the house defaults."""
    drop(held(ServiceLevel, level_id, None), actor, ("queue", "hours", "opens", "closes"))


@transaction.atomic
def save_escalation(
    *,
    actor: Actor,
    level: int,
    business_days: int,
    amount_over: Decimal,
    queue: Queue | str = "",
    team: Team | None = None,
    tell: User | None = None,
    rule_id: int | None = None,
    version: int | None = None,
) -> EscalationRule:
    rule = EscalationRule() if rule_id is None else held(EscalationRule, rule_id, version)
    values = {
        "level": level,
        "business_days": business_days,
        "amount_over": amount_over,
        "queue": str(queue),
        "team": team,
        "tell": tell,
    }
    keep(rule, actor, values)
    return rule


@transaction.atomic
def remove_escalation(*, rule_id: int, actor: Actor) -> None:
    drop(
        held(EscalationRule, rule_id, None),
        actor,
        ("level", "business_days", "amount_over", "queue", "team", "tell"),
    )
