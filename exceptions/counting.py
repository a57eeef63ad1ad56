"""Counters that writers append to and a beat task folds: what cases hold, and the tallies of cases and runs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from exceptions import policy
from exceptions.locks import case_for_change
from exceptions.models import Case, Member, Recount
from exceptions.states import CASE_OPEN, MemberState
from hub.core.clock import now
from hub.core.money import ZERO

AT_STAKE = (MemberState.HELD, MemberState.RELEASED)

_FOLD = """
WITH gone AS (DELETE FROM {table} WHERE id IN (SELECT id FROM {table} FOR UPDATE SKIP LOCKED) RETURNING *)
INSERT INTO {table} ({names}, {sums})
SELECT {names}, {totals} FROM gone GROUP BY {names} HAVING {any_left}
"""

#: Table, what it is grouped by, what is summed.
_TALLIES = (
    ("exceptions_casetally", ("queue", "failure_class", "facility", "owner_id"), ("count", "amount")),
    ("orchestration_runtally", ("workflow", "facility", "state"), ("count",)),
)

_OPEN_STATES = ", ".join(f"'{state}'" for state in CASE_OPEN)
_AGE = f"""
UPDATE exceptions_case AS c SET priority = aged.urgent
  FROM (SELECT id, priority, {policy.PRIORITY_SQL} AS urgent FROM exceptions_case
         WHERE state IN ({_OPEN_STATES}) AND due_at < %(horizon)s FOR NO KEY UPDATE SKIP LOCKED) AS aged
 WHERE c.id = aged.id AND aged.urgent <> aged.priority
"""  # noqa: S608


def fold_tallies() -> None:
    """Replace the tallies' rows by their sums. Readers see either; a row being written is left for next time."""
    with connection.cursor() as cursor:
        for table, names, sums in _TALLIES:
            cursor.execute(
                _FOLD.format(
                    table=table,
                    names=", ".join(names),
                    sums=", ".join(sums),
                    totals=", ".join(f"sum({name})" for name in sums),
                    any_left=" OR ".join(f"sum({name}) <> 0" for name in sums),
                )
            )


@dataclass(frozen=True, slots=True)
class Counts:
    """What a case has to do with: members held, those of them that came back, on their way, and all it ever had."""

    held: int
    returned: int
    released: int
    members: int


@transaction.atomic
def recount(case_id: UUID) -> Counts:
    """Set `held`, `amount` and the priority from the members."""
    case = case_for_change(case_id)
    # Locked first and read afterwards: whoever joined before is seen, whoever joins later leaves a new row.
    Recount.objects.filter(case=case).delete()
    return set_counts(case)


def set_counts(case: Case) -> Counts:
    """The same for a case that the caller has locked."""
    is_held = Q(state=MemberState.HELD)
    sums = Member.objects.filter(case=case).aggregate(
        held=Count("pk", filter=is_held),
        returned=Count("pk", filter=is_held & Q(released_at__isnull=False)),
        released=Count("pk", filter=Q(state=MemberState.RELEASED)),
        members=Count("pk"),
        amount=Sum("amount", filter=Q(state__in=AT_STAKE)),
    )
    amount = sums.pop("amount") or ZERO
    if (case.held, case.amount) != (sums["held"], amount):
        case.held, case.amount = sums["held"], amount
        case.save(update_fields=["held", "amount"])
        set_priority(case.id)
    return Counts(**sums)


def set_priority(case_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE exceptions_case SET priority = {policy.PRIORITY_SQL} WHERE id = %(id)s",  # noqa: S608
            {"now": now(), "id": case_id},
        )


def age_cases() -> int:
    """Raise the priority of open cases as their clocks run down; returns how many changed."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_AGE, {"now": moment, "horizon": moment + policy.HORIZON})
        return int(cursor.rowcount)
