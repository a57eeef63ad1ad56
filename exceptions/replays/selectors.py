"""Reads: the replays that a person may see, one of them, its items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from exceptions.replays.models import Replay, ReplayItem
from exceptions.replays.preview import SAMPLE
from exceptions.replays.states import ItemState
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


#: A page shows this many lines of them; the items tell the rest.
MOST_DIFFERENCES = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which compared items would differ: how many of them do, and one to look at."""

    place: str
    before: str
    after: str
    items: int
    example: ReplayItem


def differences(replay: Replay) -> list[Difference]:
    """What would differ, the most frequent first; what is the same in many items is one line."""
    found: dict[tuple[str, str, str], list[ReplayItem]] = defaultdict(list)
    for item in items(replay).filter(differs=True).select_related("replay").order_by("id")[:SAMPLE]:
        for one in item.differences:
            found[one["place"], one["before"], one["after"]].append(item)
    lines = [Difference(*key, items=len(rows), example=rows[0]) for key, rows in found.items()]
    return sorted(lines, key=lambda line: -line.items)


def may_run(who: Who, replay: Replay) -> bool:
    return _may(who, Permission.REPLAY, replay.facilities)


def may_decide(who: Who, replay: Replay) -> bool:
    """Whether `who` may approve or refuse it: never one's own."""
    name = who.username if isinstance(who, Actor) else who.get_username()
    return name != replay.requester and _may(who, Permission.APPROVE_REPLAY, replay.facilities)


def _may(who: Who, permission: Permission, facilities: Iterable[str]) -> bool:
    return access.may(who, permission) and all(access.may(who, permission, place) for place in facilities)
