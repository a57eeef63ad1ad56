"""Reads: the replays that a person may see, one of them, its items."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from exceptions.replays.models import Replay, ReplayItem
from exceptions.replays.preview import OUT_OF_REACH
from exceptions.replays.states import ItemState
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Actor, Who
from hub.governance.roles import Permission


def replays(who: Who) -> QuerySet[Replay]:
    """Those whose facilities all lie within the reader's; while one is being previewed, one's own."""
    rows = Replay.objects.select_related("requested_by")
    scope = access.facilities(who, Permission.VIEW_RUNS)
    if scope is None:
        return rows
    if not scope:
        return rows.none()
    user = who.user if isinstance(who, Actor) else who
    own = Q(requested_by_id=user.pk if user else None)
    known = Q(previewed_at__isnull=False) & ~Q(facilities=[])
    return rows.filter(own | known & Q(facilities__contained_by=sorted(scope)))


def items(replay: Replay) -> QuerySet[ReplayItem]:
    return ReplayItem.objects.filter(replay=replay)


def left_out(replay: Replay, most: int = 8) -> list[tuple[str, int]]:
    """(why, how many) of what is left out, the most frequent first."""
    rows = items(replay).filter(state=ItemState.LEFT_OUT).values("detail").annotate(count=Count("pk"))
    return [(row["detail"], row["count"]) for row in rows.order_by("-count", "detail")[:most]]


def of(who: Who, kind: Held, ref: UUID, most: int = 10) -> list[Replay]:
    """The replays that a run or message was part of, the newest first."""
    found = ReplayItem.objects.filter(kind=kind.value, ref=ref).exclude(detail=OUT_OF_REACH).values("replay_id")
    return list(replays(who).filter(pk__in=found).order_by("-id")[:most])


def may_run(who: Who, replay: Replay) -> bool:
    return _may(who, Permission.REPLAY, replay.facilities)


def may_decide(who: Who, replay: Replay) -> bool:
    """Whether `who` may approve or refuse it: never one's own."""
    name = who.username if isinstance(who, Actor) else who.get_username()
    return name != replay.requester and _may(who, Permission.APPROVE_REPLAY, replay.facilities)


def _may(who: Who, permission: Permission, facilities: Iterable[str]) -> bool:
    return access.may(who, permission) and all(access.may(who, permission, place) for place in facilities)
