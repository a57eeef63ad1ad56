"""What every console page shares: the permission it asks for, and who acts through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.http import HttpRequest

from hub.governance import access, audit
from hub.governance.access import Actor, Door, Who
from hub.governance.roles import Permission
from hub.ui.columns import Column


class Guarded:
    """Stands before a generic page: whoever holds `needs` nowhere is refused, before anything is read."""

    needs: ClassVar[Permission]
    request: HttpRequest

    def permitted(self, request: HttpRequest) -> bool:
        return access.may(request.user, self.needs)

    @property
    def who(self) -> User | AnonymousUser:
        return self.request.user

    @property
    def actor(self) -> Actor:
        return actor(self.request)

    @transaction.atomic
    def on_export(self) -> None:
        """A list that leaves as a file is written down; of its filters the names, since a word may be a patient's."""
        asked = self.request.GET
        audit.record(
            actor=self.actor,
            action="list.export",
            object_kind="list",
            object_id=self.request.path.strip("/"),
            after={"format": asked["export"], "filters": sorted({*asked} - {"export", "sort", "cursor", "view"})},
        )


def within_reach(columns: Sequence[Column], who: Who) -> list[Column]:
    """`columns` without the way to journeys for those who may not open one."""
    may = access.may(who, Permission.VIEW_JOURNEYS)
    return [column for column in columns if may or column.key != "journey"]


def actor(request: HttpRequest) -> Actor:
    """The signed-in person, as every service asks for."""
    return Actor.of(request.user, Door.PAGE)


def holds(permission: Permission) -> Callable[[HttpRequest], bool]:
    """Whether a request's person holds `permission` anywhere: for navigation entries and bulk actions."""

    def ask(request: HttpRequest) -> bool:
        return access.may(request.user, permission)

    return ask


def holds_everywhere(permission: Permission) -> Callable[[HttpRequest], bool]:
    """The same at every facility: for what belongs to the whole group."""

    def ask(request: HttpRequest) -> bool:
        return access.may(request.user, permission, "")

    return ask
