"""How much a person may give up alone: by role, kept in the maintenance admin, with house defaults."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from hub.core.money import ZERO
from hub.governance import audit
from hub.governance.access import Actor, Door, Who
from hub.governance.models import Grant, WriteOffLimit
from hub.governance.roles import Role

#: USD, where nobody has set another limit. A role that is named nowhere may give up nothing.
DEFAULTS: Mapping[str, Decimal] = {
    Role.SPECIALIST: Decimal("100.00"),
    Role.LEAD: Decimal("5000.00"),
    Role.FINANCE: Decimal("25000.00"),
}


def limits() -> dict[str, Decimal]:
    """By role, as they stand."""
    return {**DEFAULTS, **dict(WriteOffLimit.objects.values_list("role", "amount"))}


def write_off_limit(who: Who, facility: str) -> Decimal:
    """The highest limit of the roles that `who` holds at `facility`."""
    user = who.user if isinstance(who, Actor) else who
    if user is None or user.is_anonymous:
        return ZERO
    held = Grant.objects.filter(user_id=user.pk, facility__in={"", facility}).values_list("role", flat=True)
    known = limits()
    return max((known.get(role, ZERO) for role in held), default=ZERO)


@transaction.atomic
def set_limit(*, role: str, amount: Decimal, actor: Actor) -> WriteOffLimit:
    """For administrators; every change is audited."""
    if actor.door not in {Door.ADMIN, Door.COMMAND}:
        raise PermissionDenied("Limits are kept in the maintenance admin.")
    before = limits().get(role, ZERO)
    row, _ = WriteOffLimit.objects.update_or_create(role=role, defaults={"amount": amount})
    audit.record(
        actor=actor, action="write_off_limit.set", object_kind="write-off limit", object_id=role,
        before={"amount": f"{before:.2f}"}, after={"amount": f"{amount:.2f}"},
    )  # fmt: skip
    return row
