"""How domains are kept, in the maintenance admin: through the same service as on the console's page of domains."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from hub.governance.roles import Permission
from hub.governance.scoped_admin import ScopedAdmin, admin_actor
from hub.masterdata import policy_services
from hub.masterdata.changes import LONGEST_REASON
from hub.masterdata.domains import label_of
from hub.masterdata.models import Domain, DomainPolicy

_KEPT_BY = ("owner", "steward", "authority")
_DECIDED = ("two_people", "review", "only_steward", "gaps")


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the service would refuse is said here, beside its field. `seen` is the version that the page showed."""

    reason = forms.CharField(max_length=LONGEST_REASON, widget=UnfoldAdminTextInputWidget)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = DomainPolicy
        fields = (*_KEPT_BY, *_DECIDED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "seen" in self.fields:  # who may only read has a form without fields
            self.fields["seen"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("only_steward") and values.get("steward") is None:
            raise ValidationError({"steward": "Where only the owner approves, somebody must be named."})
        current = DomainPolicy.objects.values_list("version", flat=True).get(pk=self.instance.pk)
        if values.get("seen") not in (None, current):
            raise ValidationError("Somebody else changed this while you were looking at it: open it anew.")
        return values


class DomainPolicyAdmin(SimpleHistoryAdmin, ScopedAdmin):  # type: ignore[misc]
    """The domains are given, so that none is added here."""

    may_view = Permission.VIEW_MAPPINGS
    may_change = Permission.APPROVE_MAPPINGS
    form = PolicyForm
    list_display = ("shown_domain", "owner", "steward", "authority", "two_people", "review", "only_steward", "gaps")
    list_select_related = ("steward",)
    search_fields = ("domain", "owner", "authority")

    def shown_domain(self, policy: DomainPolicy) -> str:
        return label_of(policy.domain)

    shown_domain.short_description = "Domain"  # type: ignore[attr-defined]
    shown_domain.admin_order_field = "domain"  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """History stands; an earlier policy is set again as a change of its own."""
        return True

    def get_fieldsets(self, request: HttpRequest, obj: DomainPolicy | None = None) -> Any:
        asks = [("reason", "seen")] if self.has_change_permission(request, obj) else []
        parts: list[tuple[str, dict[str, tuple[str, ...]]]] = [("Who answers for it", {"fields": _KEPT_BY})]
        if obj is not None and obj.domain in Domain.values:
            parts.append(("What a change takes", {"fields": _DECIDED}))
        return [*parts, *(("Why", {"fields": fields}) for fields in asks)]

    def save_model(self, request: HttpRequest, obj: DomainPolicy, form: Any, change: bool) -> None:
        asked = {name: form.cleaned_data[name] for name in (*_KEPT_BY, *_DECIDED) if name in form.cleaned_data}
        policy_services.set_policy(
            domain=obj.domain,
            actor=admin_actor(request),
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["seen"],
            **asked,
        )
