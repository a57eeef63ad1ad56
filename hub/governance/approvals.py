"""What one person asks for and another decides: asked, approved, refused or withdrawn, each once.

The room that owns the act carries it out: `decide` only writes down who decided, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from hub.core.clock import now
from hub.core.errors import BusinessRefusal
from hub.core.sealing import open_json, seal_json
from hub.governance import access
from hub.governance.access import Actor, Who
from hub.governance.models import Approval
from hub.governance.roles import Permission
from hub.governance.states import APPROVAL_TRANSITIONS, ApprovalKind, ApprovalState

#: What deciding about each kind of request asks for.
DECIDED_WITH: Mapping[ApprovalKind, Permission] = {
    ApprovalKind.WRITE_OFF: Permission.WRITE_OFF,
    ApprovalKind.CORRECTION: Permission.APPROVE_CORRECTIONS,
}


def ask(
    *,
    kind: ApprovalKind,
    object_kind: str,
    object_id: str,
    facility: str,
    actor: Actor,
    reason: str,
    amount: Decimal | None = None,
    subject: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
) -> Approval:
    """Keep the request. Raises BusinessRefusal where the same is asked for already."""
    row = Approval(
        kind=kind, object_kind=object_kind, object_id=object_id, facility=facility, amount=amount,
        subject=dict(subject or {}), sealed=seal_json(dict(sealed)) if sealed else None, reason=reason[:500],
        asked_by=actor.username,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        standing = Approval.objects.filter(
            kind=kind, object_kind=object_kind, object_id=object_id, state=ApprovalState.ASKED
        ).first()
        who = standing.asked_by if standing else "Somebody"
        raise BusinessRefusal("asked-already", f"{who} has asked for it already; it waits for a decision.") from error
    return row


def decide(approval_id: UUID, *, actor: Actor, state: ApprovalState, answer: str = "") -> Approval:
    """Write down the decision about a request that is locked from here on.

    Raises BusinessRefusal for one that is decided, and for an approval by whoever asked: two people means two.
    """
    row = Approval.objects.select_for_update().get(pk=approval_id)
    if state not in APPROVAL_TRANSITIONS[row.state]:
        said = f"{row.decided_by}: {row.get_state_display().lower()}."
        raise BusinessRefusal("decided-already", f"This was decided meanwhile. {said}")
    own = row.asked_by == actor.username
    if own and state != ApprovalState.WITHDRAWN:
        raise BusinessRefusal("own-request", "You asked for it yourself: somebody else decides.")
    if state == ApprovalState.WITHDRAWN and not own:
        raise BusinessRefusal("not-own-request", f"Only {row.asked_by} takes it back.")
    row.state, row.decided_by, row.decided_at, row.answer = state, actor.username, now(), answer[:500]
    row.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    return row


def sealed_of(row: Approval) -> dict[str, Any]:
    """What carrying it out needs."""
    return dict(open_json(row.sealed)) if row.sealed else {}


def asked(object_kind: str, object_id: str) -> list[Approval]:
    """The open requests about one object, oldest first."""
    rows = Approval.objects.filter(object_kind=object_kind, object_id=object_id, state=ApprovalState.ASKED)
    return list(rows.defer("sealed").order_by("id"))


def waiting_for(who: Who, most: int) -> list[Approval]:
    """The oldest open requests that `who` may decide about: none of their own, and those of their facilities."""
    wanted = [
        Q(kind=kind) if scope is None else Q(kind=kind, facility__in=scope)
        for kind, permission in DECIDED_WITH.items()
        if (scope := access.facilities(who, permission)) is None or scope
    ]
    if not wanted:
        return []
    rows = Approval.objects.filter(reduce(or_, wanted), state=ApprovalState.ASKED)
    return list(rows.exclude(asked_by=getattr(who, "username", "")).defer("sealed").order_by("id")[:most])
