"""What became of deeds, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Max, Min, QuerySet

from exceptions.deeds.acts import ACTS
from exceptions.deeds.models import Deed, DeedItem
from exceptions.deeds.services import UNDO_FOR, undoable
from exceptions.deeds.states import DeedAct, DeedState, ItemState
from hub.core.clock import machine_now


@dataclass(frozen=True, slots=True)
class Account:
    """How far a deed has come. `reasons` are (why, how many) of what was left alone, the most frequent first."""

    deed: Deed
    done: int
    left: int
    waiting: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def under_way(self) -> bool:
        return self.deed.state == DeedState.UNDER_WAY

    @property
    def over(self) -> int:
        return self.done + self.left

    @property
    def note(self) -> str:
        return f"{self.over:,} of {self.deed.total:,}"

    @property
    def what(self) -> str:
        """Completes "3 cases …"."""
        if self.deed.undoes is not None:
            return "restored"
        if self.deed.act == DeedAct.ASSIGN:
            return f"assigned to {self.deed.data.get('to') or 'nobody'}"
        return ACTS[DeedAct(self.deed.act)].done


def deeds_of(user: User | AnonymousUser) -> QuerySet[Deed]:
    return Deed.objects.filter(user_id=user.pk or 0).select_related("undoes", "user")


def under_way(user: User | AnonymousUser) -> list[Deed]:
    """What a person's own deeds are still at; nearly always nothing, and one short index scan."""
    return list(deeds_of(user).filter(state=DeedState.UNDER_WAY).order_by("id")[:3])


def account(deed: Deed) -> Account:
    states = dict(DeedItem.objects.filter(deed=deed).values_list("state").annotate(number=Count("pk")))
    return Account(
        deed,
        done=states.get(ItemState.DONE, 0),
        left=states.get(ItemState.LEFT, 0),
        waiting=states.get(ItemState.WAITING, 0),
        reasons=_reasons(deed),
    )


def _reasons(deed: Deed) -> tuple[tuple[str, int], ...]:
    """By kind: what two refusals of a kind say may differ by a date or a name, and one of them stands for all."""
    left = DeedItem.objects.filter(deed=deed, state=ItemState.LEFT)
    kinds = left.values("code").annotate(number=Count("pk"), first=Min("said"), last=Max("said")).order_by("-number")
    return tuple(
        (kind["first"] if kind["first"] == kind["last"] else f"for example, {kind['first']}", kind["number"])
        for kind in kinds
    )


def may_undo(deed: Deed) -> bool:
    """Whether it can be undone now, as far as one can tell before trying."""
    if deed.undoes_id is not None or deed.ended_at is None or deed.ended_at < machine_now() - UNDO_FOR:
        return False
    return not Deed.objects.filter(undoes=deed).exists() and undoable(deed).exists()


def left_alone(deed: Deed, most: int) -> list[DeedItem]:
    rows = DeedItem.objects.filter(deed=deed, state=ItemState.LEFT).select_related("case__owner")
    return list(rows.order_by("id")[:most])
