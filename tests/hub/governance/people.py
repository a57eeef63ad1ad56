"""The cast: Alice is granted something, Bob something else, Mallory nothing."""

from __future__ import annotations

from django.contrib.auth.models import User

from hub.governance.access import Actor, Door
from hub.governance.models import Grant
from hub.governance.roles import Role


def person(name: str, *roles: Role, facility: str = "", **values: bool) -> User:
    """A user who holds `roles` at `facility`, or everywhere."""
    user = User.objects.create_user(name, **values)
    Grant.objects.bulk_create(Grant(user=user, role=role, facility=facility) for role in roles)
    return user


def actor(name: str, *roles: Role, facility: str = "", door: Door = Door.PAGE, **values: bool) -> Actor:
    return Actor.of(person(name, *roles, facility=facility, **values), door)
