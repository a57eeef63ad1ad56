"""Who is let in: accounts and the roles they hold. For superusers in the admin, and for commands."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from hub.governance import access, audit
from hub.governance.access import Actor, Door
from hub.governance.models import Grant


@transaction.atomic
def grant_role(*, user: User, role: str, facility: str = "", actor: Actor) -> Grant:
    """Let `user` act as `role` at `facility`, or everywhere. Granting what is held already changes nothing."""
    _require_administrator(actor)
    grant, created = Grant.objects.get_or_create(user=user, role=role, facility=facility)
    if created:
        access.forget(user)
        _record(grant, actor, "access.grant")
    return grant


@transaction.atomic
def revoke_grant(*, grant: Grant, actor: Actor) -> None:
    _require_administrator(actor)
    access.forget(grant.user)
    Grant.objects.filter(pk=grant.pk).delete()
    _record(grant, actor, "access.revoke")


@transaction.atomic
def make_account(
    *,
    username: str,
    password: str,
    name: str,
    role: str,
    facilities: Sequence[str],
    actor: Actor,
    staff: bool = False,
    superuser: bool = False,
) -> User:
    """An account that holds one role (none where `role` is empty) at `facilities`, or everywhere without any."""
    _require_administrator(actor)
    first, _, last = name.partition(" ")
    user = get_user_model().objects.create_user(
        username, password=password, first_name=first, last_name=last, is_staff=staff, is_superuser=superuser
    )
    audit.record(
        actor=actor,
        action="access.account",
        object_kind="user",
        object_id=username,
        after={"staff": staff, "superuser": superuser},
    )
    for facility in (facilities or ("",)) if role else ():
        grant_role(user=user, role=role, facility=facility, actor=actor)
    return user


def _require_administrator(actor: Actor) -> None:
    """Accounts and roles are given by superusers, in the admin, and by whoever holds the server's shell."""
    if actor.door is Door.COMMAND and actor.user is None:
        return
    if actor.door is not Door.ADMIN or actor.user is None or not actor.user.is_superuser:
        raise PermissionDenied("Roles are granted by superusers in the admin.")


def _record(grant: Grant, actor: Actor, action: str) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_kind="user",
        object_id=grant.user.get_username(),
        facility=grant.facility,
        after={"role": grant.role, "facility": grant.facility},
    )
