"""New cases find their owner by the rule of their team: in turn, by load, or always the same person.

Called by the beat and right after a case opened. One team at a time, and each by one worker at a time: whoever finds
its row taken leaves it to them. Nobody gets work who is away, off shift, or may not work cases at the facility; what
nobody in may work waits for somebody who may.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from exceptions import notices
from exceptions.acts import audited, note
from exceptions.alerts import telling
from exceptions.models import Case
from exceptions.selectors import awake
from exceptions.states import CASE_OPEN, AlertEvent, AssignmentMode, CaseState, NoteKind
from exceptions.teams import selectors
from exceptions.teams.choosing import Seat, chosen, manned
from exceptions.teams.duty import rota
from exceptions.teams.models import Team, TeamMember
from exceptions.triage import HUB
from hub.core.clock import now
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

#: Given out in one transaction: the audit waits while it lasts.
_PART = 50
#: Parts of one team in a row, so that the others have theirs too.
_PARTS = 10


def assign_waiting() -> int:
    """Give every waiting case its owner, as far as there is somebody for it; returns how many."""
    waiting = _waiting(Case.objects.filter(team=OuterRef("pk")))
    teams = Team.objects.exclude(assignment=AssignmentMode.BY_HAND).filter(Exists(waiting))
    given = 0
    for team_id in list(teams.values_list("pk", flat=True)):
        for _ in range(_PARTS):
            part = _assign_part(team_id)
            given += part
            if part < _PART:
                break
    return given


def _waiting(rows: QuerySet[Case]) -> QuerySet[Case]:
    return awake(rows.filter(awaits_owner=True, owner=None, state__in=CASE_OPEN))


@transaction.atomic
def _assign_part(team_id: int) -> int:
    """1. Hold the team. 2. See who is in. 3. Hold what they may work. 4. Give it out. 5. Write it down, audit last."""
    team = Team.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(pk=team_id).first()
    if team is None:
        return 0
    moment = now()
    members, seats = _seats(team, moment)
    people = User.objects.filter(is_active=True).in_bulk([seat.holder for seat in seats])
    seats = [seat for seat in seats if seat.holder in people]
    if not seats:
        return 0
    mode = AssignmentMode(team.assignment)
    given = []
    for case in _free_cases(team, people.values()):
        seat = chosen(seats, mode, lambda user, case=case: _may(people[user], case))  # type: ignore[misc]
        if seat is None:
            continue
        team.turn += 1
        seat.turn, seat.load = team.turn, seat.load + selectors.weight_of(case)
        _give(case, people[seat.holder])
        given.append((case, seat))
    if not given:
        return 0
    Team.objects.filter(pk=team.pk).update(turn=team.turn)
    for member in members:
        member.turn = next((seat.turn for seat in seats if seat.member == member.user_id), member.turn)
    TeamMember.objects.bulk_update(members, ["turn"])
    for case, seat in given:
        _write_down(case, team, seat)
    return len(given)


def _seats(team: Team, moment: datetime) -> tuple[list[TeamMember], list[Seat]]:
    """The members whose turns are kept, and the seats that are manned at `moment`."""
    if team.assignment == AssignmentMode.PERSON:
        if team.person is None:
            return [], []
        only = Seat(team.person.pk, team.person.get_username())
        return [], manned([only], rota([team.person], moment), moment)
    members = list(team.members.select_related("user").order_by("user__username"))
    seats = [Seat(row.user_id, row.user.get_username(), row.share, row.turn) for row in members]
    found = manned(seats, rota((row.user for row in members), moment), moment)
    loads = selectors.loads(seat.holder for seat in found) if team.assignment == AssignmentMode.LOAD else {}
    for seat in found:
        seat.load = loads[seat.holder].points if seat.holder in loads else 0
    return members, found


def _free_cases(team: Team, people: Iterable[User]) -> list[Case]:
    """What waits where one of `people` may work, the most urgent first; what somebody is busy with is left."""
    places: set[str] = set()
    everywhere = False
    for user in people:
        scope = access.facilities(user, Permission.WORK_CASES)
        everywhere = everywhere or scope is None
        places |= scope or set()
    rows = _waiting(Case.objects.filter(team=team)).order_by("-priority", "-id")
    if not everywhere:
        rows = rows.filter(facility__in=sorted(places))
    return list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",))[:_PART])


def _may(user: User, case: Case) -> bool:
    return access.may(user, Permission.WORK_CASES, case.facility)


def _give(case: Case, owner: User) -> None:
    case.owner, case.awaits_owner = owner, False
    if case.state != CaseState.RELEASING:
        case.state = CaseState.IN_PROGRESS
    case.version += 1
    case.save(update_fields=["owner", "awaits_owner", "state", "version"])


def _write_down(case: Case, team: Team, seat: Seat) -> None:
    actor = Actor.rule(HUB)
    owner = case.owner.get_username() if case.owner else ""
    name = (case.owner.get_full_name() if case.owner else "") or owner
    stead = f", standing in for {seat.name}" if seat.holder != seat.member else ""
    how = AssignmentMode(team.assignment).label.lower()
    reason = f"Team {team.name}: {how}{stead}."
    note(case, actor, NoteKind.OWNER, f"Assigned to {name}. {reason}")
    notices.tell_owner(case, actor)
    telling.tell(case, AlertEvent.ASSIGNED)
    audited(case, actor, "case.assign", reason=reason, before={"owner": ""}, after={"owner": owner})
