"""Mappings from a file: previewed row by row, then applied whole or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from simple_history.utils import bulk_create_with_history

from hub.core.clock import now
from hub.core.errors import BusinessRefusal
from hub.governance import audit
from hub.governance.access import Actor, require
from hub.governance.roles import Permission
from hub.masterdata import changes
from hub.masterdata.import_plan import Deed, Kind, RowPlan, plan
from hub.masterdata.mapping_csv import read_rows
from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.states import MappingState
from hub.masterdata.workbook import is_workbook

#: How long a preview can be applied; the file waits in the cache meanwhile.
PREVIEW_SECONDS = 30 * 60
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a file would do. `token` applies it; it is empty where a row is wrong or nothing would change."""

    rows: tuple[RowPlan, ...]
    token: str

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.kind.value for row in self.rows)
        return {kind.value: found[kind.value] for kind in Kind}

    @property
    def errors(self) -> tuple[RowPlan, ...]:
        return tuple(row for row in self.rows if row.kind is Kind.ERROR)


def preview_import(
    *, content: bytes, actor: Actor, name: str = "", systems: Collection[str] | None = None
) -> ImportPreview:
    """Read a file and say what each row would do. Changes nothing. Raises ValidationError for a file that is none.

    `systems` are those that there are: a row of another is wrong. Without them any system may be named.
    """
    require(actor, Permission.PROPOSE_MAPPINGS)
    if name.lower().endswith(".xlsx") and not is_workbook(content):
        raise ValidationError('The file is no Excel workbook: save it as "Excel Workbook (.xlsx)" and try again.')
    rows = tuple(plan(read_rows(content), actor, systems))
    preview = ImportPreview(rows, "")
    counts = preview.counts
    if counts[Kind.ERROR] or not counts[Kind.NEW] + counts[Kind.CHANGED]:
        return preview
    token = hashlib.sha256(content + actor.username.encode()).hexdigest()
    kept = {"content": content, "name": name[:100], "user": actor.username, "digest": _digest(rows)}
    cache.set(_cache_key(token), kept, PREVIEW_SECONDS)
    return ImportPreview(rows, token)


@transaction.atomic
def apply_import(*, token: str, actor: Actor, reason: str = "") -> dict[str, int]:
    """Do what the preview said, all of it; returns its counts.

    Raises BusinessRefusal where the preview is gone or is someone else's, and where the crosswalk changed meanwhile
    so that the file would now do something else.
    """
    require(actor, Permission.PROPOSE_MAPPINGS)
    kept: dict[str, Any] | None = cache.get(_cache_key(token))
    if kept is None or kept["user"] != actor.username:
        raise BusinessRefusal("import-expired", "This preview is no longer there.", hint="Choose the file again.")
    changes.lock_crosswalk()
    rows = tuple(plan(read_rows(kept["content"]), actor))
    if _digest(rows) != kept["digest"]:
        raise _changed_since()
    try:
        with transaction.atomic():
            _apply(rows, actor, f"import {kept['name']}".strip())
    except IntegrityError as error:  # written by a door that does not take the lock, between the plan and now
        raise _changed_since() from error
    counts = ImportPreview(rows, token).counts
    audit.record(
        actor=actor,
        action="mapping.import",
        object_kind="mapping_file",
        object_id=hashlib.sha256(kept["content"]).hexdigest(),
        reason=reason,
        after={"file": kept["name"], **counts},
    )
    cache.delete(_cache_key(token))
    changes.announce()
    return counts


def _apply(rows: Sequence[RowPlan], actor: Actor, reason: str) -> None:
    """In the order that never lets two approved mappings meet: make room, then take it, then create."""
    freeing, taking = [], []
    for row in rows:
        for standing in row.replaced:
            _hand_over(standing, row.wanted)
            freeing.append(standing)
        if row.standing is None:
            continue
        if row.deed is Deed.APPROVE:
            _approve(row.standing, actor)
            taking.append(row.standing)
        elif row.deed is Deed.EDIT:
            (taking if _lengthens(row.standing, row.wanted) else freeing).append(row.standing)
            row.standing.effective = DateRange(start_of(row.standing.effective), end_of(row.wanted.effective))
            row.standing.note = row.wanted.note
    _save(freeing, actor, reason)
    _save(taking, actor, reason)
    _create([row.wanted for row in rows if row.deed is Deed.CREATE], actor, reason)


_CHANGEABLE = ("state", "effective", "note", "decided_by", "decided_at", "updated_at", "version")


def _save(mappings: Sequence[Mapping], actor: Actor, reason: str) -> None:
    for mapping in mappings:
        mapping.updated_at = now()
        mapping.version += 1
    Mapping.objects.bulk_update(mappings, _CHANGEABLE, batch_size=_BATCH)
    changes.keep_history(mappings, actor, reason)


def _create(mappings: Sequence[Mapping], actor: Actor, reason: str) -> None:
    for mapping in mappings:
        mapping._history_user = actor.user
        mapping.updated_at = now()
        if mapping.state == MappingState.APPROVED:
            mapping.decided_by, mapping.decided_at = actor.username, now()
    bulk_create_with_history(mappings, Mapping, batch_size=_BATCH, default_change_reason=reason[:100])


def _hand_over(standing: Mapping, wanted: Mapping) -> None:
    """`standing` ends on the first day of `wanted`, or is retired where it began no earlier."""
    start, begun = start_of(wanted.effective), start_of(standing.effective)
    if start is not None and (begun is None or begun < start):
        standing.effective = DateRange(begun, start)
    else:
        standing.state = MappingState.RETIRED


def _lengthens(standing: Mapping, wanted: Mapping) -> bool:
    old, new = end_of(standing.effective), end_of(wanted.effective)
    return old is not None and (new is None or new > old)


def _approve(standing: Mapping, actor: Actor) -> None:
    standing.state = MappingState.APPROVED
    standing.decided_by, standing.decided_at = actor.username, now()


def _digest(rows: Sequence[RowPlan]) -> str:
    return hashlib.sha256("\n".join(row.summary for row in rows).encode()).hexdigest()


def _cache_key(token: str) -> str:
    return f"masterdata:import:{token}"


def _changed_since() -> BusinessRefusal:
    return BusinessRefusal(
        "crosswalk-changed",
        "The crosswalk changed since the preview: the file would now do something else.",
        hint="Look at the preview again; it shows what the file would do now.",
    )
