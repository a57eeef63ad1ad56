"""The people who hold a permission somewhere: who may be given work, and who may decide about what others ask for."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from hub.governance.roles import PERMISSIONS, Permission, Role


def holders(permission: Permission, facility: str | None = None) -> QuerySet[User]:
    """Active people who hold `permission` at `facility` (None: anywhere), by name; machines are no people."""
    roles = [role for role, held in PERMISSIONS.items() if permission in held and role != Role.MACHINE]
    granted = Q(grants__role__in=roles)
    if facility is not None:
        granted &= Q(grants__facility__in={"", facility})
    people = User.objects.filter(granted, is_active=True).distinct()
    return people.order_by("first_name", "last_name", "username")
