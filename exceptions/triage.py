"""From parked work to a case, in the transaction that parks it.

How it stays free of deadlocks, and quick when ten thousand join one cause:

1. Joining takes `FOR KEY SHARE` on the open case. Joiners do not hinder each other; whoever ends a case takes
   `FOR UPDATE` (`locked` in `services`) and so waits for every joiner under way. No one joins an ended case.
2. The member is one upsert of its own row; it leaves the case of an earlier cause.
3. `held` and `amount` are raised only if no one else holds the case's row (`SKIP LOCKED`). Otherwise a `Recount`
   row is left and a beat task counts: right at once where nobody competes, and right soon where many do.
4. Opening is rare. Causes that others may open too are opened under one lock, so two batches that open the same
   two causes in opposite order wait for one another instead of deadlocking. A cause of one item needs none.

Nothing here waits but for another opener and for a person ending that very case. Park late in a transaction and
those waits are short. `locks` has the order of locks that everyone else keeps to.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError

from connectors.models import System
from exceptions import policy
from exceptions.alerts import telling
from exceptions.clocks import due_at
from exceptions.models import Case, Note, Recount
from exceptions.opening import opening
from exceptions.payers import payer_of
from exceptions.states import CASE_OPEN, AlertEvent, CaseState, NoteKind
from hub.core.clock import now
from hub.core.errors import Defect
from hub.core.ids import uuid7
from hub.core.parking import Parked

#: Serializes the opening of shared causes until the transaction ends; any constant nobody else uses.
_OPENING = 0x6361_7365
#: A case may end between looking and joining; each round finds it ended, opened by another, or opens it.
_ROUNDS = 5
#: Who writes what no person did.
HUB = "Throughline"

# Literals, so that the planner proves the partial index.
_OPEN_STATES = ", ".join(f"'{state}'" for state in CASE_OPEN)
_LOCK_OPEN = f"""
SELECT id FROM exceptions_case WHERE fingerprint = %s AND state IN ({_OPEN_STATES}) FOR KEY SHARE
"""  # noqa: S608

# What people merged stays together: the open case that the newest case of this cause was merged into.
_LOCK_MERGED = f"""
SELECT into_case.id FROM exceptions_case AS into_case
  JOIN (SELECT merged_into_id, id FROM exceptions_case WHERE fingerprint = %s ORDER BY id DESC LIMIT 1) AS gone
    ON into_case.id = gone.merged_into_id
 WHERE into_case.state IN ({_OPEN_STATES}) FOR KEY SHARE OF into_case
"""  # noqa: S608

# A thing is held by one cause at a time: where it stood before, it is done, and that case is counted anew. Like every
# change of members, that needs a lock on their case first.
_JOIN = """
WITH prior AS (
    SELECT state, amount FROM exceptions_member
     WHERE case_id = %(case)s AND kind = %(kind)s AND ref = %(ref)s
), elsewhere AS MATERIALIZED (
    SELECT c.id FROM exceptions_case AS c JOIN exceptions_member AS m ON m.case_id = c.id
     WHERE m.kind = %(kind)s AND m.ref = %(ref)s AND c.id <> %(case)s AND m.state IN ('held', 'released')
       FOR KEY SHARE OF c
), left_behind AS (
    UPDATE exceptions_member SET state = 'done'
     WHERE case_id IN (SELECT id FROM elsewhere) AND kind = %(kind)s AND ref = %(ref)s
       AND state IN ('held', 'released')
    RETURNING case_id
), counted_anew AS (
    INSERT INTO exceptions_recount (case_id) SELECT case_id FROM left_behind
)
INSERT INTO exceptions_member AS member
       (id, case_id, kind, ref, step, facility, journey_id, amount, state, since, released_at)
VALUES (%(id)s, %(case)s, %(kind)s, %(ref)s, %(step)s, %(facility)s, %(journey)s, %(amount)s, 'held', %(now)s, NULL)
ON CONFLICT (case_id, kind, ref) DO UPDATE SET
       state = 'held', step = excluded.step, facility = excluded.facility, amount = excluded.amount,
       journey_id = COALESCE(excluded.journey_id, member.journey_id),
       since = CASE WHEN member.state IN ('held', 'released') THEN member.since ELSE excluded.since END,
       released_at = CASE WHEN member.state IN ('held', 'released') THEN member.released_at END
RETURNING CASE WHEN EXISTS (SELECT FROM prior WHERE state = 'held') THEN 0 ELSE 1 END,
          amount - COALESCE((SELECT amount FROM prior WHERE state IN ('held', 'released')), 0)
"""

_COUNT_IN = f"""
UPDATE exceptions_case AS c
   SET held = free.held, amount = free.amount, due_at = free.due_at, subject = %(subject)s, last_seen_at = %(now)s,
       priority = free.priority
  FROM (SELECT id, held, amount, due_at, {policy.PRIORITY_SQL} AS priority
          FROM (SELECT id, held + %(held)s AS held, amount + %(amount)s AS amount, weight, escalated,
                       LEAST(due_at, %(due)s::timestamptz) AS due_at
                  FROM exceptions_case WHERE id = %(case)s FOR NO KEY UPDATE SKIP LOCKED) AS locked) AS free
 WHERE c.id = free.id
"""  # noqa: S608


def receive(*, item: Parked, **_: Any) -> None:
    """The receiver of `hub.core.parking.parked`."""
    open_or_join(item)


def open_or_join(item: Parked) -> UUID:
    """The open case of this cause, opened if there is none, holding `item` from now on.

    Raises TransactionManagementError outside a transaction: the work could then be parked and the case be lost.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("Work is parked inside the transaction that parks it.")
    case = _open_case(item)
    held, amount = _join(case, item) if item.ref else (0, Decimal(0))
    _count_in(case, item, held, amount)
    return case


def _open_case(item: Parked) -> UUID:
    """Find and keep, or open."""
    fingerprint = policy.fingerprint(item)
    for _ in range(_ROUNDS):
        found = _keep(fingerprint) or _open(item, fingerprint)
        if found:
            return found
    raise Defect("case-not-opened", "A case was ended as often as it was opened.", cause=(item.failure.code,))


def _keep(fingerprint: str) -> UUID | None:
    with connection.cursor() as cursor:
        for statement in (_LOCK_OPEN, _LOCK_MERGED):
            cursor.execute(statement, [fingerprint])
            if row := cursor.fetchone():
                return UUID(str(row[0]))
    return None


def _open(item: Parked, fingerprint: str) -> UUID | None:
    """Open the case; None where another transaction has just done so."""
    rule = policy.policy_for(item.failure)
    if rule.fold is not policy.Fold.ITEM:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_OPENING])
        # Looked up again: to insert beside a case that someone just joins would wait for that joiner.
        if found := _keep(fingerprint):
            return found
    at, payer = now(), payer_of(item)
    known = opening(item, payer)
    case = Case(
        fingerprint=fingerprint,
        failure_class=item.failure.failure_class.value,
        code=item.failure.code[:60],
        queue=rule.queue,
        title=policy.title(item, _system_name(item.system)),
        detail=item.failure.message[:300],
        hint=item.failure.hint[:300],
        subject=item.failure.subject,
        system=item.system,
        facility=policy.facility_of(item),
        payer=payer,
        weight=rule.weight,
        due_at=due_at(item, at, known.level),
        team_id=known.team_id,
        awaits_owner=known.team_id is not None,
        opened_at=at,
        last_seen_at=at,
    )
    Case.objects.bulk_create([case], ignore_conflicts=True)
    if not Case.objects.filter(id=case.id).exists():
        return None
    _tell_story(case, known.story)
    if known.wanted:
        telling.tell(case, AlertEvent.OPENED)
    known.follow(case)
    return case.id


def _tell_story(case: Case, text: str) -> None:
    """A cause that comes back after its fix points to the case before it."""
    before = Case.objects.filter(fingerprint=case.fingerprint, state=CaseState.RESOLVED).order_by("-id").first()
    if before and before.resolved_at:
        text = (
            f"Opened again: case {before.number} had the same cause and was resolved on"
            f" {before.resolved_at:%Y-%m-%d} ({before.get_resolution_display()})."
        )
    Note.objects.create(case=case, author=HUB, kind=NoteKind.STATE, text=text)


def _join(case: UUID, item: Parked) -> tuple[int, Decimal]:
    """Make `item` a member; returns by how much the case's held members and dollars grow."""
    with connection.cursor() as cursor:
        cursor.execute(
            _JOIN,
            {
                "id": uuid7(),
                "case": case,
                "kind": item.kind.value,
                "ref": item.ref,
                "step": item.step,
                "facility": item.facility,
                "journey": item.journey_id,
                "amount": item.amount,
                "now": now(),
            },
        )
        held, amount = cursor.fetchone()
    return held, amount


def _count_in(case: UUID, item: Parked, held: int, amount: Decimal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT_IN,
            {
                "case": case,
                "held": held,
                "amount": amount,
                "due": item.due_at or item.failure.due_at,
                "subject": json.dumps(item.failure.subject),
                "now": now(),
            },
        )
        if cursor.rowcount == 0 and (held or amount):
            Recount.objects.create(case_id=case)


def _system_name(code: str) -> str:
    return System.objects.filter(code=code).values_list("name", flat=True).first() or code
