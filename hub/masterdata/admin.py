"""Reference data and fees, kept by stewards: each change is audited, and what waited for it goes on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from simple_history.admin import SimpleHistoryAdmin

from hub.governance import access
from hub.governance.roles import Permission
from hub.governance.scoped_admin import ScopedAdmin, admin_actor
from hub.masterdata import changes
from hub.masterdata.forms import NpiForm
from hub.masterdata.mapping_admin import MappingAdmin, csv_download, unbroken
from hub.masterdata.models import (
    Account,
    CostCenter,
    DenialReason,
    Department,
    DomainPolicy,
    Facility,
    Fee,
    Location,
    Mapping,
    Payer,
    PayerRule,
    Provider,
    ServiceLine,
)
from hub.masterdata.policy_admin import DomainPolicyAdmin
from hub.masterdata.ranges import end_of, in_words, start_of
from hub.masterdata.reference_csv import export_reference
from hub.masterdata.rule_form import PayerRuleForm
from hub.masterdata.rule_kinds import KINDS


class MasterDataAdmin(SimpleHistoryAdmin, ScopedAdmin):  # type: ignore[misc]
    may_view = Permission.VIEW_MAPPINGS
    may_change = Permission.APPROVE_MAPPINGS
    actions = ("export",)

    @admin.action(description="Export as CSV", permissions=["view"])
    def export(self, request: HttpRequest, chosen: QuerySet[Any]) -> StreamingHttpResponse:
        return csv_download(export_reference(chosen), str(self.opts.verbose_name_plural))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changes.announce()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only facilities that the member of staff may change things at can be chosen."""
        if db_field.name == "facility":
            places = access.facilities(admin_actor(request), self._changes())
            every: QuerySet[Facility] = Facility.objects.all()
            kwargs["queryset"] = every if places is None else every.filter(code__in=places)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReferenceAdmin(MasterDataAdmin):
    list_display: tuple[str, ...] = ("code", "name", "active")
    list_filter: tuple[str, ...] = ("active",)
    search_fields: tuple[str, ...] = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A code never changes its meaning, so it is not rewritten: make a new one and retire this."""
        return ("code",) if obj else ()


@admin.register(Facility)
class FacilityAdmin(ReferenceAdmin):
    form = NpiForm
    facility_path = "code"
    list_display = ("code", "name", "kind", "city", "npi", "charge_grace_days", "active")
    list_filter = ("kind", "active")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A new facility is a matter of the whole group."""
        return self._may(request, self.may_change, "")


@admin.register(ServiceLine)
class ServiceLineAdmin(ReferenceAdmin):
    pass


@admin.register(Department)
class DepartmentAdmin(ReferenceAdmin):
    list_display = ("code", "name", "service_line", "active")
    list_filter = ("service_line", "active")
    list_select_related = ("service_line",)


@admin.register(CostCenter)
class CostCenterAdmin(ReferenceAdmin):
    facility_path = "facility__code"
    list_display = ("code", "name", "facility", "department", "active")
    list_filter = ("facility", "department", "active")
    list_select_related = ("facility", "department")


@admin.register(Location)
class LocationAdmin(ReferenceAdmin):
    facility_path = "facility__code"
    list_display = ("code", "name", "facility", "place_of_service", "active")
    list_filter = ("facility", "place_of_service", "active")
    list_select_related = ("facility",)


@admin.register(Provider)
class ProviderAdmin(ReferenceAdmin):
    form = NpiForm
    list_display = ("code", "last_name", "first_name", "npi", "taxonomy", "active")
    search_fields = ("code", "name", "npi")


@admin.register(Payer)
class PayerAdmin(ReferenceAdmin):
    list_display = ("code", "name", "payer_class", "payer_id", "appeal_days", "timely_filing_days", "active")
    list_filter = ("payer_class", "active")


@admin.register(Account)
class AccountAdmin(ReferenceAdmin):
    list_display = ("code", "name", "kind", "active")
    list_filter = ("kind", "active")


@admin.register(Fee)
class FeeAdmin(MasterDataAdmin):
    list_display = ("service_line", "visit_type", "payer", "amount", "shown_days")
    list_filter = ("service_line", "visit_type", "payer")
    list_select_related = ("service_line", "payer")

    @admin.display(description="Effective", ordering="effective")
    def shown_days(self, fee: Fee) -> str:
        return unbroken(in_words(start_of(fee.effective), end_of(fee.effective)))


@admin.register(DenialReason)
class DenialReasonAdmin(MasterDataAdmin):
    list_display = ("carc", "family", "root_cause", "advice")
    list_filter = ("family", "root_cause")
    search_fields = ("carc", "family", "advice")


@admin.register(PayerRule)
class PayerRuleAdmin(MasterDataAdmin):
    form = PayerRuleForm
    facility_path = "facility"
    list_display = ("code", "payer", "transaction", "shown_kind", "message", "shown_days", "active")
    list_filter = ("transaction", "kind", "payer", "active")
    search_fields = ("code", "message")
    fieldsets = (
        (None, {"fields": ("code", ("transaction", "payer", "facility"), ("effective", "active"))}),
        ("What it asks", {"fields": ("kind", "parameters", "message", "note")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Cases name a rule by its code."""
        return ("code",) if obj else ()

    @admin.display(description="Kind", ordering="kind")
    def shown_kind(self, rule: PayerRule) -> str:
        return KINDS[rule.kind].title if rule.kind in KINDS else rule.kind

    @admin.display(description="Effective", ordering="effective")
    def shown_days(self, rule: PayerRule) -> str:
        return unbroken(in_words(start_of(rule.effective), end_of(rule.effective)))


admin.site.register(Mapping, MappingAdmin)
admin.site.register(DomainPolicy, DomainPolicyAdmin)
