"""What people do at the console that belongs to no other room."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at` is the first entry that does not fit the chain; `head` and `entries` are what was looked at."""

    broken_at: int | None
    entries: int
    head: str


VERIFY_ACTION = "audit.verify"


@transaction.atomic
def verify_audit(*, actor: Actor) -> Verification:
    """Walk the whole chain, and keep what came of it as an act of its own."""
    access.require(actor, Permission.VIEW_AUDIT, "")
    head = audit.head()
    result = Verification(audit.verify(), head.sequence, head.hash)
    audit.record(
        actor=actor,
        action=VERIFY_ACTION,
        object_kind="audit",
        object_id=str(head.sequence),
        after={"broken_at": result.broken_at, "entries": result.entries, "head": result.head},
    )
    return result
