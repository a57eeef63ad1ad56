"""Cases change hands: everything of one person to another, and a case to another team."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from exceptions import services
from exceptions.acts import audited, note, require_open, require_reason, require_unchanged
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case
from exceptions.queue import cases_seek_owners
from exceptions.states import NoteKind
from exceptions.teams.models import Team
from exceptions.teams.selectors import open_cases_of
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

#: More than this at once would keep the person waiting; the rest is handed over by doing it again.
MOST = 500


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many changed hands, how many stayed and why (in words), and whether more are left."""

    cases: int
    stayed: Counter[str]
    more: bool


def hand_over(*, owner: User, to: User | None, actor: Actor, reason: str) -> HandedOver:
    """Give what `owner` has open to `to`; to nobody sends it back to its teams, whose rules find it owners.

    Each case changes hands by itself: where `to` may not work, or the actor not assign, it stays.
    """
    if to == owner:
        raise NotAllowedNow("hand-over-self", "Choose somebody else.")
    require_reason(reason)
    access.require(actor, Permission.ASSIGN_CASES)
    chosen = list(open_cases_of(actor, owner).order_by("-priority", "-id").values_list("id", flat=True)[: MOST + 1])
    stayed: Counter[str] = Counter()
    for case_id in chosen[:MOST]:
        try:
            _hand(case_id, owner, to, actor, reason)
        except Failure as refusal:
            stayed[refusal.message] += 1
        except PermissionDenied:
            stayed["It is not yours to assign there."] += 1
    return HandedOver(len(chosen[:MOST]) - stayed.total(), stayed, len(chosen) > MOST)


@transaction.atomic
def _hand(case_id: UUID, owner: User, to: User | None, actor: Actor, reason: str) -> None:
    if case_for_change(case_id).owner != owner:
        raise NotAllowedNow("other-owner", "Somebody else has it meanwhile.")
    case = services.assign(case_id=case_id, actor=actor, owner=to, reason=reason)
    if to is None and case.team_id is not None:
        Case.objects.filter(pk=case_id).update(awaits_owner=True)
        cases_seek_owners()


@transaction.atomic
def move_case(*, case_id: UUID, team: Team | None, actor: Actor, reason: str = "", version: int | None = None) -> Case:
    """Another team works it from now on. Nobody of the team before keeps it; the new one's rule finds its owner."""
    case = case_for_change(case_id)
    access.require(actor, Permission.ASSIGN_CASES, case.facility)
    require_unchanged(case, version)
    require_open(case)
    if team is not None and team.facility and team.facility != case.facility:
        raise NotAllowedNow("team-other-facility", f"{team.name} works for {team.facility} only.")
    before = {"team": str(case.team or "")}
    case.team, case.awaits_owner, case.version = team, team is not None and case.owner is None, case.version + 1
    case.save(update_fields=["team", "awaits_owner", "version"])
    text = f"Now with the team {team.name}." if team else "Now with no team."
    note(case, actor, NoteKind.ROUTED, f"{text} {reason}".strip())
    if case.awaits_owner:
        cases_seek_owners()
    audited(case, actor, "case.move", reason=reason, before=before, after={"team": str(team or "")})
    return case
