"""Tokens of the API: issued, listed and revoked by the person they belong to, or for a machine by an administrator.

A token acts as its user, within that user's roles and facilities, and is shown once: only its digest is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from knox.models import AuthToken

from hub.core.errors import BusinessRefusal
from hub.governance import audit
from hub.governance.access import Actor, Door

#: Nobody needs more at once; a forgotten one is revoked first.
MOST_TOKENS = 10


@transaction.atomic
def issue(*, user: User, actor: Actor) -> str:
    """A new token that acts as `user`. The answer is the only time that anybody sees it."""
    _require_own_or_administrator(user, actor)
    if AuthToken.objects.filter(user=user).count() >= MOST_TOKENS:
        raise BusinessRefusal(
            "too-many-tokens", f"There are {MOST_TOKENS} tokens already.", hint="Revoke one that is not used any more."
        )
    made, token = AuthToken.objects.create(user=user)
    _record(actor, "access.token_issued", user, made.token_key, made.expiry)
    return cast(str, token)


@transaction.atomic
def revoke(*, user: User, token_key: str, actor: Actor) -> None:
    """End a token, named by its beginning. One that is gone already changes nothing."""
    _require_own_or_administrator(user, actor)
    gone, _ = AuthToken.objects.filter(user=user, token_key=token_key).delete()
    if gone:
        _record(actor, "access.token_revoked", user, token_key, None)


def tokens_of(user: User) -> Sequence[AuthToken]:
    """The newest first."""
    return list(AuthToken.objects.filter(user=user).order_by("-created"))


def _require_own_or_administrator(user: User, actor: Actor) -> None:
    own = actor.user is not None and actor.user.pk == user.pk
    shell = actor.door is Door.COMMAND and actor.user is None
    administrator = actor.door is Door.ADMIN and actor.user is not None and actor.user.is_superuser
    if not (own or shell or administrator):
        raise PermissionDenied("A token is issued by the person it acts as.")


def _record(actor: Actor, action: str, user: User, token_key: str, expiry: datetime | None) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_kind="user",
        object_id=user.get_username(),
        after={"token": token_key, "expires": expiry.isoformat() if expiry else ""},
    )
