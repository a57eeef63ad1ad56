"""The locks on cases, by name, and the rules that keep them free of deadlocks.

Parkers come from below with their run's or message's row, share the row of each case they join, and then take their
own member's: nobody may make them wait while waiting for them. So

* whoever changes a case holds that one case's row, and takes members and what they stand for only where they are
  free (`SKIP LOCKED`);
* whoever ends a case holds it against its joiners too: then none of its members is in a parker's hands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from connectors.models import Message
from exceptions.models import Case, Member
from exceptions.states import CaseState
from hub.core.parking import Held
from orchestration.models import Run


def case_for_change(case_id: UUID) -> Case:
    """The case, held against other changes; work still joins it. Raises Case.DoesNotExist."""
    return Case.objects.select_for_update(no_key=True, of=("self",)).select_related("owner").get(pk=case_id)


def case_for_ending(case_id: UUID) -> Case:
    """The case, held against everything: waits for joiners under way, and new ones wait for it."""
    return Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case_id)


def releasing_case(case_id: UUID) -> Case | None:
    """The case, held like `case_for_change`; None where someone else is busy with it or it releases no more."""
    rows = Case.objects.select_for_update(no_key=True, skip_locked=True)
    return rows.filter(pk=case_id, state=CaseState.RELEASING).first()


def free_members(rows: QuerySet[Member], limit: int | None = None) -> list[Member]:
    """Those of `rows` that nobody is working on just now, locked, the oldest first."""
    return list(rows.order_by("id").select_for_update(skip_locked=True, of=("self",))[:limit])


def free_work(members: Iterable[Member]) -> set[UUID]:
    """The runs and messages behind `members` that nobody is working on just now, locked."""
    refs = [(member.kind, member.ref) for member in members]
    runs = Run.objects.filter(id__in=[ref for kind, ref in refs if kind == Held.RUN])
    messages = Message.objects.filter(id__in=[ref for kind, ref in refs if kind == Held.MESSAGE])
    free = {*_free_ids(runs), *_free_ids(messages)}
    return free | {ref for kind, ref in refs if kind not in {Held.RUN, Held.MESSAGE}}


def _free_ids(rows: QuerySet[Any]) -> Iterable[UUID]:
    return rows.select_for_update(skip_locked=True).values_list("id", flat=True)
