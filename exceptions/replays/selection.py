"""From what a person chose to runs and messages, part by part and in the order of their keys.

A choice is a list of ids, or the filters of a list page. What filters mean is known above this room: the pages that
have them register it here. What came after the choice was made is no part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet

from connectors.models import Message
from exceptions.models import Case, Member
from exceptions.replays.models import Replay
from exceptions.replays.states import Source
from exceptions.states import MemberState
from hub.core.parking import Held
from orchestration.models import Run

#: One of what was chosen: where the next part goes on after it, what it is, which one.
Picked = tuple[UUID, Held, UUID]
Matching = Callable[[User, Mapping[str, str]], QuerySet[Any]]

_matching: dict[str, Matching] = {}
_MODELS: dict[str, Any] = {Source.RUNS: Run, Source.MESSAGES: Message, Source.CASES: Case}


def register(source: Source, matching: Matching) -> None:
    """`matching` gives the rows that a person may see and that a list's filters let by."""
    _matching[source] = matching


def by_ids(ids: Sequence[UUID]) -> dict[str, Any]:
    return {"ids": [str(one) for one in dict.fromkeys(ids)]}


def by_filters(filters: Mapping[str, str]) -> dict[str, Any]:
    return {"filters": dict(filters)}


def part(replay: Replay, limit: int) -> list[Picked]:
    """The next `limit` of what was chosen, after the replay's cursor."""
    rows = _chosen(replay)
    if replay.source == Source.CASES:
        return _members(rows, replay.cursor, limit)
    kind = Held.RUN if replay.source == Source.RUNS else Held.MESSAGE
    rows = rows.filter(pk__lte=replay.id)
    if replay.cursor:
        rows = rows.filter(pk__gt=replay.cursor)
    return [(pk, kind, pk) for pk in rows.order_by("pk").values_list("pk", flat=True)[:limit]]


def _chosen(replay: Replay) -> QuerySet[Any]:
    if "ids" in replay.selection:
        return _MODELS[replay.source]._default_manager.filter(pk__in=replay.selection["ids"])  # type: ignore[no-any-return]
    if replay.requested_by is None:
        return _MODELS[replay.source]._default_manager.none()  # type: ignore[no-any-return]
    return _matching[replay.source](replay.requested_by, replay.selection["filters"])


def _members(cases: QuerySet[Any], after: UUID | None, limit: int) -> list[Picked]:
    """What cases hold now. Of a cause with ten thousand members each stands for itself."""
    held = Member.objects.filter(
        case__in=cases.order_by().values("pk"), state=MemberState.HELD, kind__in=(Held.RUN.value, Held.MESSAGE.value)
    )
    if after:
        held = held.filter(pk__gt=after)
    return [(pk, Held(kind), ref) for pk, kind, ref in held.order_by("pk").values_list("pk", "kind", "ref")[:limit]]
