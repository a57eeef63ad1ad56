"""Recording events: append them, bring their records up to date in entity order, join their journeys.

Works on a batch inside the caller's transaction with a few statements, whatever the size of the batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.bulk import insert_rows, update_rows
from hub.core.events import Event, to_json
from hub.core.ids import uuid7
from hub.core.sealing import seal_json
from hub.records import numbers
from hub.records.journeys import join
from hub.records.models import Event as EventRow
from hub.records.models import Record
from hub.records.projections import Projection, projection_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordable:
    """A canonical event, its codes resolved, and where it came from."""

    event: Event
    system: str
    causation_id: UUID | None
    received_at: datetime


@dataclass(slots=True)
class Recorded:
    """What recording made of an event. `applied` is false for one that came after newer news of its entity."""

    event: Event
    row: EventRow
    record: Record | None = None

    @property
    def applied(self) -> bool:
        return self.row.applied


@dataclass(frozen=True, slots=True)
class Recording:
    recorded: tuple[Recorded, ...]
    merged_journeys: dict[UUID, UUID]


def record_events(items: Sequence[Recordable]) -> Recording:
    """Record a batch in order. Late events are kept and marked; newer state stands."""
    joined = join([item.event for item in items])
    recorded = [Recorded(item.event, _row(item, journey)) for item, journey in zip(items, joined.journeys, strict=True)]
    for projection, group in _by_projection(recorded).items():
        _project(projection, group)
    insert_rows([item.row for item in recorded])
    numbers.keep([item.event for item in items], joined.journeys)
    return Recording(tuple(recorded), joined.merged)


def _row(item: Recordable, journey_id: UUID) -> EventRow:
    event = item.event
    data, sealed = to_json(event)
    return EventRow(
        id=uuid7(),
        type=event.TYPE,
        version=event.VERSION,
        occurred_at=event.occurred_at,
        received_at=item.received_at,
        system=item.system,
        facility=event.facility,
        entity_kind=event.entity_kind,
        entity_key=event.entity_key,
        sequence=event.sequence,
        journey_id=journey_id,
        causation_id=item.causation_id,
        data=data,
        sealed=seal_json(sealed) if sealed else None,
    )


def _by_projection(recorded: Sequence[Recorded]) -> dict[Projection, list[Recorded]]:
    groups: dict[Projection, list[Recorded]] = defaultdict(list)
    for item in recorded:
        projection = projection_of(item.event)
        if projection is not None:
            groups[projection].append(item)
    return groups


def _project(projection: Projection, group: Sequence[Recorded]) -> None:
    """Apply a group of events to the records of one kind, locked in primary-key order."""
    manager = projection.model._default_manager
    keys = {item.event.entity_key for item in group}
    while True:
        standing = {record.key: record for record in manager.filter(key__in=keys).order_by("pk").select_for_update()}
        if _insert(projection, _apply(projection, group, standing)):
            break
    changed = {item.record.pk: item.record for item in group if item.record is not None and item.applied}
    locked = [record for record in changed.values() if record.key in standing]
    if locked:
        update_rows(locked, projection.fields)


def _insert(projection: Projection, fresh: list[Record]) -> bool:
    """Insert new records; False, with nothing inserted, where another worker made one of them meanwhile."""
    if not fresh:
        return True
    if insert_rows(fresh, keep_first=True) == len(fresh):
        return True
    projection.model._default_manager.filter(pk__in=[record.pk for record in fresh]).delete()
    return False


def _apply(projection: Projection, group: Sequence[Recorded], standing: dict[str, Any]) -> list[Record]:
    """Apply in memory. Returns records to be made; those in `standing` are changed in place."""
    records = dict(standing)
    fresh: dict[str, Record] = {}
    for item in group:
        event = item.event
        record = records.get(event.entity_key)
        if record is None:
            if not projection.creates:
                item.row.applied = False
                continue
            record = _blank(projection, item)
            records[event.entity_key] = fresh[event.entity_key] = record
            item.row.applied = True
        else:
            item.row.applied = _is_news(record, event)
        item.record = record
        if item.row.applied:
            _stamp(record, event)
            projection.apply(record, event)
    return list(fresh.values())


def _blank(projection: Projection, item: Recorded) -> Record:
    return projection.model(
        id=uuid7(),
        key=item.event.entity_key,
        system=item.row.system,
        journey_id=item.row.journey_id,
        occurred_at=item.event.occurred_at,
    )


def _is_news(record: Record, event: Event) -> bool:
    """Whether the event is newer than what is in effect: by the source's own version, else by its time."""
    if event.sequence is not None and record.sequence is not None:
        return event.sequence > record.sequence
    return event.occurred_at >= record.occurred_at


def _stamp(record: Record, event: Event) -> None:
    record.occurred_at = event.occurred_at
    record.sequence = event.sequence if event.sequence is not None else record.sequence
    record.facility = event.facility or record.facility
    record.account_number = event.account_number or record.account_number
