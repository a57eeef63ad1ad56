"""Who may do what, where. Pages, admin, API and commands all ask here.

A grant gives a role at one facility or, with none named, at all of them; `roles.PERMISSIONS` says what a role may
do. Two exceptions, and no others: a superuser counts as every role in the maintenance admin (and there only: the
console and the API show a superuser what was granted, like anybody), and so does whoever runs a management command,
since the shell of the server is already all of it.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet

from hub.governance.models import Grant
from hub.governance.roles import PERMISSIONS, Permission

_Row = TypeVar("_Row", bound=Model)
_Scopes = dict[str, frozenset[str] | None]

#: Where a user object keeps its grants. It lives for one request, and so does the cache.
_CACHE = "_hub_scopes"
_NOWHERE: frozenset[str] = frozenset()


class Door(StrEnum):
    """How a person came in."""

    PAGE = "page"
    ADMIN = "admin"
    API = "api"
    COMMAND = "command"
    RULE = "rule"  # a rule that people keep, carried out by the hub


def name_of(user: User) -> str:
    """What people call them; the username where nobody entered a name."""
    return user.get_full_name() or user.get_username()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door. Every service that changes something asks for one."""

    username: str
    user: User | None
    door: Door

    @property
    def name(self) -> str:
        return name_of(self.user) if self.user else self.username

    @classmethod
    def of(cls, user: User | AnonymousUser, door: Door) -> Self:
        """The signed-in `user`. Raises PermissionDenied for nobody."""
        if isinstance(user, AnonymousUser):
            raise PermissionDenied("Sign in first.")
        return cls(user.get_username(), user, door)

    @classmethod
    def command(cls, user: User | None = None) -> Self:
        """Whoever runs a management command: `user` where it was named, else the operating system's name."""
        return cls(user.get_username() if user else f"shell:{getpass.getuser()}", user, Door.COMMAND)

    @classmethod
    def rule(cls, name: str) -> Self:
        """The hub itself, known as `name`, carrying out what people keep as a rule. It holds no permission."""
        return cls(name, None, Door.RULE)


Who = Actor | User | AnonymousUser


def facilities(who: Who, permission: Permission) -> frozenset[str] | None:
    """The codes of the facilities where `who` holds `permission`; None means all, an empty set means nowhere."""
    if isinstance(who, Actor):
        if _counts_as_every_role(who):
            return None
        return facilities(who.user, permission) if who.user else _NOWHERE
    return _scopes(who).get(permission, _NOWHERE)


def may(who: Who, permission: Permission, facility: str | None = None) -> bool:
    """Whether `who` holds `permission` at `facility`.

    Without a facility it asks "anywhere at all?", which opens a page. An empty one belongs to a thing of the whole
    group (a mapping for every facility, say) and asks for a grant at all of them.
    """
    scope = facilities(who, permission)
    if scope is None:
        return True
    return bool(scope) if facility is None else facility in scope


def require(who: Who, permission: Permission, facility: str | None = None) -> None:
    """Raise PermissionDenied unless `may`."""
    if may(who, permission, facility):
        return
    place = {None: "", "": " for every facility"}.get(facility, f" at {facility}")
    raise PermissionDenied(f"This asks for the permission {permission.value}{place}.")


def scoped(
    queryset: QuerySet[_Row],
    who: Who,
    permission: Permission,
    field: str = "facility",
    *,
    shared: bool = False,
) -> QuerySet[_Row]:
    """The rows of `queryset` whose facility code `field` lies where `who` holds `permission`.

    Rows without a facility belong to the whole group; `shared` shows them to everyone with a grant anywhere.
    """
    scope = facilities(who, permission)
    if scope is None:
        return queryset
    if not scope:
        return queryset.none()
    return queryset.filter(Q(**{f"{field}__in": sorted(scope | {""} if shared else scope)}))


def forget(user: Any) -> None:
    """Drop the cached grants of a user object, after they were changed."""
    vars(user).pop(_CACHE, None)


def _counts_as_every_role(actor: Actor) -> bool:
    if actor.door is Door.COMMAND:
        return actor.user is None
    return actor.door is Door.ADMIN and actor.user is not None and actor.user.is_active and actor.user.is_superuser


def _scopes(user: User | AnonymousUser) -> _Scopes:
    """Permission to the facilities it is held at, one query per user object."""
    if not user.is_authenticated or not user.is_active:
        return {}
    cached: _Scopes | None = vars(user).get(_CACHE)
    if cached is None:
        cached = vars(user)[_CACHE] = _read_scopes(user)
    return cached


def _read_scopes(user: User) -> _Scopes:
    scopes: _Scopes = {}
    for role, facility in Grant.objects.filter(user_id=user.pk).values_list("role", "facility"):
        for permission in PERMISSIONS[role]:
            held = scopes.get(permission, _NOWHERE)
            scopes[permission] = None if held is None or not facility else held | {facility}
    return scopes
