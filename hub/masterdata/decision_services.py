"""The life of a decision table: a version is proposed, its rows written, tried, approved by a second person, retired.

Each service is one transaction with permission and audit inside. A version in force is never changed: the next one
takes its place from a day on, and what was decided before keeps the version that decided it.

`seen` is the state of the version (`decision_selectors.revision_of`) that the person looked at: where somebody changed
it since, nothing is done and the refusal says who did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from hub.core.clock import now
from hub.core.errors import BusinessRefusal
from hub.governance import audit
from hub.governance.access import Actor, require
from hub.governance.roles import Permission
from hub.masterdata import changes
from hub.masterdata.decision_rows import cleaned
from hub.masterdata.decision_selectors import last_hand, revision_of
from hub.masterdata.models import DecisionRow, DecisionTable
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.states import MappingState

#: Tables belong to the whole group: whoever changes one holds the permission at every facility.
_GROUP = ""
_LONGEST_REASON = 100  # simple_history's history_change_reason


@transaction.atomic
def propose_table(
    *, code: str, actor: Actor, effective_from: date | None = None, note: str = "", copy_of: DecisionTable | None = None
) -> DecisionTable:
    """Begin the next version of a table, with the rows of `copy_of` to start from; it decides nothing yet.

    `effective_from` is its first day; without one, the day on which it is approved.
    """
    require(actor, Permission.PROPOSE_RULES, _GROUP)
    changes.lock_crosswalk()
    newest = DecisionTable.objects.filter(code=code).order_by("-version").first()
    if newest is None:
        raise ValidationError({"code": f"There is no decision table {code!r}."})
    table = DecisionTable(
        code=code,
        version=newest.version + 1,
        name=newest.name,
        effective=DateRange(effective_from, None),
        proposed_by=actor.username,
        note=note.strip(),
    )
    table._history_user = actor.user
    table.save(force_insert=True)
    if copy_of is not None:
        _write_rows(table, [row_values(row) for row in copy_of.rows.order_by("position")])
    _record(table, actor, "decision_table.propose", reason=note)
    return table


@transaction.atomic
def write_rows(
    *, table: DecisionTable, rows: Sequence[Mapping[str, Any]], actor: Actor, seen: int | None = None
) -> DecisionTable:
    """Replace the rows of a draft by these, in this order. Whoever writes them has proposed them from then on.

    Raises ValidationError naming the row that cannot be.
    """
    require(actor, Permission.PROPOSE_RULES, _GROUP)
    table = _locked(table, seen)
    _require_state(table, MappingState.PROPOSED)
    before = _values(table)
    _write_rows(table, cleaned(rows))
    table.proposed_by = actor.username
    _save(table, actor, "rows written")
    _record(table, actor, "decision_table.write", before=before)
    return table


@transaction.atomic
def approve_table(*, table: DecisionTable, actor: Actor, reason: str = "", seen: int | None = None) -> DecisionTable:
    """Put a draft into force from its first day on; the version before ends there. What waits for a rule goes on.

    Raises BusinessRefusal for one's own draft, one without rows, and one decided about meanwhile.
    """
    require(actor, Permission.APPROVE_RULES, _GROUP)
    changes.lock_crosswalk()
    table = _locked(table, seen)
    _require_state(table, MappingState.PROPOSED)
    if table.proposed_by == actor.username:
        raise BusinessRefusal(
            "second-person-needed",
            "Two people decide about a decision table, and you proposed this version.",
            cause=(table.code,),
            hint="Ask somebody else to approve it.",
        )
    if not table.rows.exists():
        raise BusinessRefusal("decision-table-empty", "This version has no rows; it would send everything to people.")
    start = start_of(table.effective) or now().date()
    _make_room(table, start, actor)
    table.effective = DateRange(start, end_of(table.effective))
    _decide(table, MappingState.APPROVED, actor, reason)
    _record(table, actor, "decision_table.approve", reason=reason, before={"state": MappingState.PROPOSED})
    changes.announce()
    return table


@transaction.atomic
def reject_table(*, table: DecisionTable, actor: Actor, reason: str, seen: int | None = None) -> DecisionTable:
    """Turn a draft down. Whoever proposed it may withdraw it."""
    own = table.proposed_by == actor.username
    require(actor, Permission.PROPOSE_RULES if own else Permission.APPROVE_RULES, _GROUP)
    table = _locked(table, seen)
    _require_state(table, MappingState.PROPOSED)
    _decide(table, MappingState.REJECTED, actor, reason)
    _record(table, actor, "decision_table.reject", reason=reason, before={"state": MappingState.PROPOSED})
    return table


@transaction.atomic
def retire_table(*, table: DecisionTable, actor: Actor, reason: str, seen: int | None = None) -> DecisionTable:
    """Take a version out of force without another in its place: people decide from then on."""
    require(actor, Permission.APPROVE_RULES, _GROUP)
    changes.lock_crosswalk()
    table = _locked(table, seen)
    _require_state(table, MappingState.APPROVED)
    _decide(table, MappingState.RETIRED, actor, reason)
    _record(table, actor, "decision_table.retire", reason=reason, before={"state": MappingState.APPROVED})
    changes.announce()
    return table


def row_values(row: DecisionRow) -> dict[str, Any]:
    """What a row says, without where it stands."""
    return {name: getattr(row, name) for name in _ROW_FIELDS}


_ROW_FIELDS = (
    "payer", "facility", "group_code", "carc", "amount_from", "amount_to", "age_from", "age_to", "outcome", "reason",
)  # fmt: skip


def _write_rows(table: DecisionTable, rows: Sequence[Mapping[str, Any]]) -> None:
    table.rows.all().delete()
    DecisionRow.objects.bulk_create(
        [DecisionRow(table=table, position=place, **row) for place, row in enumerate(rows, 1)]
    )


def _make_room(table: DecisionTable, start: date, actor: Actor) -> None:
    """End the versions in force from `start` on; those that begin later never take effect."""
    approved = DecisionTable.objects.select_for_update().filter(code=table.code, state=MappingState.APPROVED)
    for standing in approved.order_by("version"):
        begun, ends = start_of(standing.effective), end_of(standing.effective)
        if ends is not None and ends <= start:
            continue
        if begun is not None and begun >= start:
            standing.state = MappingState.RETIRED
        else:
            standing.effective = DateRange(begun, start)
        _save(standing, actor, f"replaced by version {table.version}")


def _decide(table: DecisionTable, state: MappingState, actor: Actor, reason: str) -> None:
    table.state, table.decided_by, table.decided_at = state, actor.username, now()
    _save(table, actor, reason)


def _save(table: DecisionTable, actor: Actor, reason: str) -> None:
    """Save with a line of its history."""
    table._history_user = actor.user
    table._change_reason = reason[:_LONGEST_REASON]
    table.save()


def _locked(table: DecisionTable, seen: int | None = None) -> DecisionTable:
    """The version as it stands. Raises BusinessRefusal where it is no longer what the person saw."""
    held = DecisionTable.objects.select_for_update().get(pk=table.pk)
    if seen is not None and revision_of(held) != seen:
        raise changed_since(held)
    return held


def changed_since(table: DecisionTable) -> BusinessRefusal:
    return BusinessRefusal(
        "decision-table-changed-since",
        f"{last_hand(table) or 'Somebody'} changed version {table.version} while you were looking at it.",
        cause=(table.code, str(table.version)),
        hint="Look at it as it stands now, then decide again.",
    )


def _require_state(table: DecisionTable, state: MappingState) -> None:
    if table.state != state:
        raise BusinessRefusal(
            "decision-table-changed-meanwhile",
            f"Version {table.version} is {table.get_state_display().lower()}; this cannot be done.",
            cause=(table.code, str(table.version)),
            hint="Look at it as it stands now.",
        )


def _values(table: DecisionTable) -> dict[str, Any]:
    return {
        "code": table.code,
        "version": table.version,
        "state": table.state,
        "effective_from": start_of(table.effective),
        "effective_until": end_of(table.effective),
        "note": table.note,
        "rows": [row_values(row) for row in table.rows.order_by("position")],
    }


def _record(
    table: DecisionTable, actor: Actor, action: str, *, reason: str = "", before: dict[str, Any] | None = None
) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_kind="decision table",
        object_id=f"{table.code} version {table.version}",
        reason=reason,
        before=before,
        after=_values(table),
    )
