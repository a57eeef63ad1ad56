"""What every change of the crosswalk shares: its lock, its history, its values for the audit, and telling the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from hub.governance.access import Actor
from hub.masterdata import crosswalk, queue
from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, start_of

#: Serializes changes of mappings until the transaction ends (pg_advisory_xact_lock); any constant nobody else uses.
_LOCK = 0x6D617070
LONGEST_REASON = 100  # simple_history's history_change_reason


def lock_crosswalk() -> None:
    """One change of mappings at a time. They are few, and overlaps and imports are judged over many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def keep_history(mappings: Sequence[Mapping], actor: Actor, reason: str) -> None:
    """Write the history of mappings that were changed by a statement, which sends no signal."""
    for mapping in mappings:
        mapping._history_user = actor.user
    Mapping.history.bulk_history_create(
        mappings,
        batch_size=500,
        update=True,
        default_change_reason=reason[:LONGEST_REASON],
    )


def announce() -> None:
    """Let this process look again, and the work that waits for a code be tried once this commits."""
    crosswalk.forget()
    transaction.on_commit(crosswalk.forget)
    queue.codes_known()


def values(mapping: Mapping) -> dict[str, Any]:
    """A mapping as the audit keeps it."""
    return {
        "domain": mapping.domain,
        "system": mapping.system,
        "facility": mapping.facility,
        "match": mapping.match,
        "local_code": mapping.local_code,
        "canonical_code": mapping.canonical_code,
        "effective_from": start_of(mapping.effective),
        "effective_until": end_of(mapping.effective),
        "state": mapping.state,
        "owner": mapping.owner,
        "note": mapping.note,
    }
