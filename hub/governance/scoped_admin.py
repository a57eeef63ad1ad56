"""The maintenance admin's own base: permissions and facility scope by grants, every change through an audited service.

Django's model permissions are not used. Who is staff may come in; what they find is what their grants allow, and a
superuser counts as every role here (`access`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from hub.governance import access, services
from hub.governance.access import Actor, Door
from hub.governance.roles import Permission


def admin_actor(request: HttpRequest) -> Actor:
    """The signed-in member of staff."""
    return Actor.of(request.user, Door.ADMIN)


class ScopedAdmin(ModelAdmin):  # type: ignore[misc]
    """`facility_path` leads to the facility's code; without one, rows belong to the whole group.

    Rows of the whole group are seen by whoever holds `may_view` anywhere, and changed by whoever holds
    `may_change` everywhere. Nothing is deleted: what is out of use is made inactive.
    """

    may_view: ClassVar[Permission]
    may_change: ClassVar[Permission | None] = None
    facility_path: ClassVar[str] = ""
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True

    def facility_of(self, instance: Model) -> str:
        """The facility that `instance` belongs to; empty for the whole group."""
        value: Any = instance
        for name in filter(None, self.facility_path.split("__")):
            value = getattr(value, name)
        return value if self.facility_path else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if not self.facility_path:
            return rows
        return access.scoped(rows, admin_actor(request), self.may_view, self.facility_path, shared=True)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.may_view)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.may_view)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.may_change, None if self.facility_path else "")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.may_change, None if obj is None else self.facility_of(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        changed = {name: form.initial.get(name) for name in form.changed_data} if change else {}
        services.save_governed(
            instance=obj,
            actor=admin_actor(request),
            permission=self._changes(),
            facility=self.facility_of(obj),
            before=changed,
            created=not change,
        )

    def _changes(self) -> Permission:
        if self.may_change is None:
            raise TypeError(f"{type(self).__name__} is read-only")
        return self.may_change

    def _may(self, request: HttpRequest, permission: Permission | None, facility: str | None = None) -> bool:
        # The sign-in page asks too, before anybody is signed in.
        if permission is None or not request.user.is_authenticated:
            return False
        return access.may(admin_actor(request), permission, facility)
