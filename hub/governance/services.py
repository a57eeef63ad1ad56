"""Who is let in, by superusers in the admin and by commands; and the audited save of what people maintain there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model

from hub.governance import access, audit
from hub.governance.access import Actor, Door, require
from hub.governance.models import Grant
from hub.governance.roles import Permission


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


@transaction.atomic
def save_governed(
    *,
    instance: Model,
    actor: Actor,
    permission: Permission,
    facility: str,
    before: Mapping[str, Any],
    created: bool,
) -> None:
    """Save a row that people maintain by hand. `before` holds the old values of the fields that change."""
    require(actor, permission, facility)
    if not (created or before):
        return
    instance.save()
    names = before or [field.name for field in instance._meta.concrete_fields if field.editable]
    audit.record(
        actor=actor,
        action=f"{instance._meta.model_name}.{'add' if created else 'change'}",
        object_kind=str(instance._meta.model_name),
        object_id=str(getattr(instance, "code", instance.pk)),
        facility=facility,
        before=before,
        after={name: _stored(instance, name) for name in names},
    )


@transaction.atomic
def change_account(*, user: User, actor: Actor, before: Mapping[str, Any]) -> None:
    """Save what an administrator changed about an account; a password is never among the values."""
    _require_administrator(actor)
    user.save()
    audit.record(
        actor=actor,
        action="access.account",
        object_kind="user",
        object_id=user.get_username(),
        before=before,
        after={name: getattr(user, name, None) for name in before},
    )


@transaction.atomic
def record_password_change(*, user: User, actor: Actor) -> None:
    """An administrator set somebody's password. Only that it happened is kept."""
    _require_administrator(actor)
    audit.record(actor=actor, action="access.password", object_kind="user", object_id=user.get_username())


def _stored(instance: Model, name: str) -> Any:
    """A field's value as its column has it: the key, for another row."""
    field: Any = instance._meta.get_field(name)
    return getattr(instance, field.attname)


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
