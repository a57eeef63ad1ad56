"""Systems and feeds in the maintenance admin. Changes go through the services; secrets are written, never shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from connectors import services
from connectors.models import Feed, System
from connectors.registry import CONNECTORS
from hub.governance.roles import Permission
from hub.governance.scoped_admin import ScopedAdmin, admin_actor

_REASON_LENGTH = 500


class ConfigurationForm(forms.ModelForm):  # type: ignore[type-arg]
    """`secrets` replaces what is kept; left empty, it stays. It is JSON, as the connector's README says."""

    reason = forms.CharField(max_length=_REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2}))
    secrets = forms.JSONField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Written, never shown. Leave empty to keep what is there.",
    )

    #: What `secrets` must be.
    shape: ClassVar[type[Any]] = dict

    def clean_secrets(self) -> Any:
        given = self.cleaned_data["secrets"]
        if given in (None, ""):
            return None
        if not isinstance(given, self.shape) or not all(isinstance(value, str) for value in _values(given)):
            wanted = "an object of texts" if self.shape is dict else "a list of texts, the newest first"
            raise forms.ValidationError(f"Secrets are {wanted}, as JSON.")
        return given


def _values(given: Any) -> list[Any]:
    return list(given.values()) if isinstance(given, dict) else list(given)


class SystemForm(ConfigurationForm):
    connector = forms.ChoiceField(choices=[(item.package, item.title) for item in CONNECTORS])

    class Meta:
        model = System
        fields = services.SYSTEM_FIELDS


class FeedForm(ConfigurationForm):
    shape = list

    class Meta:
        model = Feed
        fields = services.FEED_FIELDS


class ConfiguredAdmin(SimpleHistoryAdmin, ScopedAdmin):  # type: ignore[misc]
    """Seen by those who see systems, changed by those who operate them; made and removed by nobody here."""

    may_view = Permission.VIEW_SYSTEMS
    may_change = Permission.OPERATE_SYSTEMS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What belongs to the whole group asks for the permission at every facility."""
        return self._may(request, self.may_change, "" if obj is None else self.facility_of(obj))


def _changes(form: Any, allowed: Sequence[str]) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in form.changed_data if name in allowed}


@admin.register(System)
class SystemAdmin(ConfiguredAdmin):
    form = SystemForm
    list_display = ("number", "name", "code", "connector", "state", "base_url")
    list_display_links = ("name",)
    search_fields = ("code", "name")
    readonly_fields = ("code", "number", "state", "has_secrets")
    fieldsets = (
        (None, {"fields": ("code", "number", "name", "state")}),
        ("How it is reached", {"fields": ("connector", "base_url", "options", "secrets", "has_secrets")}),
        ("How hard it is pressed", {"fields": ("timeout_seconds", "max_concurrency", "rate_per_second")}),
        ("Why", {"fields": ("reason",)}),
    )

    @admin.display(boolean=True, description="Secrets are kept")
    def has_secrets(self, system: System) -> bool:
        return bool(system.sealed_secrets)

    def save_model(self, request: HttpRequest, obj: System, form: Any, change: bool) -> None:
        services.configure_system(
            code=obj.code,
            actor=admin_actor(request),
            changes=_changes(form, services.SYSTEM_FIELDS),
            secrets=form.cleaned_data["secrets"],
            reason=form.cleaned_data["reason"],
        )


@admin.register(Feed)
class FeedAdmin(ConfiguredAdmin):
    form = FeedForm
    facility_path = "facility"
    list_display = ("code", "name", "system", "transport", "contract", "state", "facility")
    search_fields = ("code", "name")
    readonly_fields = ("code", "system", "transport", "state", "has_secrets")
    fieldsets = (
        (None, {"fields": ("code", "name", "system", "transport", "contract", "facility", "state")}),
        ("Proof of sender", {"fields": ("secrets", "has_secrets")}),
        ("Limits", {"fields": ("max_bytes", "rate_per_second", "options")}),
        ("Why", {"fields": ("reason",)}),
    )

    @admin.display(boolean=True, description="Secrets are kept")
    def has_secrets(self, feed: Feed) -> bool:
        return bool(feed.sealed_secrets)

    def save_model(self, request: HttpRequest, obj: Feed, form: Any, change: bool) -> None:
        services.configure_feed(
            code=obj.code,
            actor=admin_actor(request),
            changes=_changes(form, services.FEED_FIELDS),
            secrets=form.cleaned_data["secrets"],
            reason=form.cleaned_data["reason"],
        )
