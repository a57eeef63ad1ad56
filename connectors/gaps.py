"""Gaps in what a system numbers: an entity whose newest revision is here and an earlier one is not."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from hub.core import clock
from hub.core.ids import uuid7_floor
from hub.records.models import Event

# Looked at in one go; a feed that brings more between two looks is looked at again at once.
_MOST_EVENTS = 500
_FIRST_LOOK = timedelta(hours=1)
# An event bears the time at which its batch was begun; it is seen once that is committed.
_LATEST_COMMIT = timedelta(seconds=10)


class GapFinder:
    """Looks at the events that a system's messages became since it looked last."""

    def __init__(self) -> None:
        self._seen: dict[str, UUID] = {}

    def has_gap(self, system: str) -> bool:
        """Whether a revision is missing below one that came since the last call.

        The first call of a process looks an hour back, so that a gap is not forgotten by a restart.
        """
        moment = clock.machine_now()
        # Others may be busy while this system is quiet: what they bring is not gone through again and again.
        seen = self._seen.get(system)
        after = uuid7_floor(moment - _FIRST_LOOK) if seen is None else max(seen, uuid7_floor(moment - _LATEST_COMMIT))
        rows = Event.objects.filter(system=system, sequence__isnull=False, id__gt=after)
        fresh = list(rows.order_by("-id").values_list("id", "entity_kind", "entity_key")[:_MOST_EVENTS])
        self._seen[system] = fresh[0][0] if fresh else after
        return _is_one_missing({(kind, key) for _, kind, key in fresh})


def _is_one_missing(entities: set[tuple[str, str]]) -> bool:
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    kinds, keys = ({entity[place] for entity in entities} for place in (0, 1))
    found = Event.objects.filter(entity_kind__in=kinds, entity_key__in=keys, sequence__isnull=False)
    for kind, key, sequence in found.values_list("entity_kind", "entity_key", "sequence"):
        numbers[kind, key].add(int(sequence or 0))
    return any(len(numbers[entity]) < max(numbers[entity], default=0) for entity in entities)
