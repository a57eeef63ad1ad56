"""Accounts and grants, the audit chain, contracts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from hub.governance import audit, limits, services
from hub.governance.models import AuditEntry, Contract, Grant, WriteOffLimit
from hub.governance.roles import Permission
from hub.governance.scoped_admin import ScopedAdmin, admin_actor

# Roles are grants with a facility; Django's groups would be a second way that nothing asks.
admin.site.unregister(Group)
admin.site.unregister(User)


class SuperuserOnly(ModelAdmin):  # type: ignore[misc]
    """Who may do what is for superusers alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    has_add_permission = has_module_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


class GrantsOfAccount(TabularInline):  # type: ignore[misc]
    """Shown beside the account; given and taken back under Grants, one audited act each."""

    model = Grant
    extra = 0
    fields = ("role", "facility", "granted_at")
    readonly_fields = fields
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class AccountAdmin(UserAdmin, SuperuserOnly):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (GrantsOfAccount,)
    list_display = ("username", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "grants__role")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May come in", {"fields": ("is_active", "is_staff", "is_superuser")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account is dismissed by making it inactive: what it did keeps its name."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        told = [name for name in form.changed_data if "password" not in name]
        before = {name: form.initial.get(name) for name in told}
        services.change_account(user=obj, actor=admin_actor(request), before=before)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The one place that Django calls after a password was set, which no `save_model` sees."""
        if request.resolver_match and request.resolver_match.url_name == "auth_user_password_change":
            services.record_password_change(user=obj, actor=admin_actor(request))
        return super().log_change(request, obj, message)


@admin.register(Grant)
class GrantAdmin(SuperuserOnly):
    list_display = ("user", "role", "facility", "granted_at")
    list_filter = ("role", "facility")
    search_fields = ("user__username", "user__last_name", "facility")
    autocomplete_fields = ("user",)
    fields = ("user", "role", "facility")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A grant is given or taken back, each an act of its own; it is never rewritten."""
        return False

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        made = services.grant_role(user=obj.user, role=obj.role, facility=obj.facility, actor=admin_actor(request))
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        services.revoke_grant(grant=obj, actor=admin_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        for grant in queryset:
            services.revoke_grant(grant=grant, actor=admin_actor(request))


@admin.register(WriteOffLimit)
class WriteOffLimitAdmin(SuperuserOnly):
    """What a role may give up alone; a role without a row has its house default."""

    list_display = ("role", "amount")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A limit is set to another amount, never taken away: what would hold then?"""
        return False

    def save_model(self, request: HttpRequest, obj: WriteOffLimit, form: Any, change: bool) -> None:
        made = limits.set_limit(role=obj.role, amount=obj.amount, actor=admin_actor(request))
        obj.pk = made.pk


@admin.register(AuditEntry)
class AuditEntryAdmin(ScopedAdmin):
    may_view = Permission.VIEW_AUDIT
    facility_path = "facility"
    list_display = ("sequence", "at", "actor", "door", "action", "object_kind", "object_id", "facility", "reason")
    list_filter = ("door", "action", "object_kind", "facility")
    search_fields = ("actor", "action", "object_id", "reason")
    actions_list = ("verify",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @action(description="Verify the chain", permissions=["view"], icon="verified")  # type: ignore[untyped-decorator]
    def verify(self, request: HttpRequest) -> HttpResponse:
        """Read the whole chain and say whether it holds."""
        broken = audit.verify()
        if broken is None:
            head = audit.head()
            messages.success(request, f"The chain holds. Head: {head.sequence}:{head.hash}")
        else:
            messages.error(request, f"The chain is broken at entry {broken}.")
        return HttpResponseRedirect(reverse("admin:governance_auditentry_changelist"))


@admin.register(Contract)
class ContractAdmin(ScopedAdmin):
    may_view = Permission.VIEW_SYSTEMS
    may_change = Permission.OPERATE_SYSTEMS
    list_display = ("name", "version", "owner", "lifecycle")
    list_filter = ("lifecycle", "owner")
    search_fields = ("name", "owner")
    readonly_fields = ("name", "version", "schema", "classification")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Contracts come with the code; what people decide is their owner and lifecycle."""
        return False
