"""The locks on cases, by name. Each transaction holds one case's row at most; see `triage` for the joiners."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from exceptions.models import Case, Member
from exceptions.states import MemberState


def case_for_change(case_id: UUID) -> Case:
    """The case, held against other changes; work still joins it. Raises Case.DoesNotExist."""
    return Case.objects.select_for_update(no_key=True, of=("self",)).select_related("owner").get(pk=case_id)


def case_for_ending(case_id: UUID) -> Case:
    """The case, held against everything: waits for joiners under way, and new ones wait for it."""
    return Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case_id)


def free_members(case_id: UUID, *states: MemberState) -> QuerySet[Member]:
    """Members that nobody is parking or releasing just now, oldest first."""
    rows = Member.objects.filter(case_id=case_id, state__in=states)
    return rows.order_by("id").select_for_update(skip_locked=True, of=("self",))
