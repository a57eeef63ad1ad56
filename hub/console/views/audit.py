"""The audit: every human act, in a chain that shows where it was touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from hub.console.filters.audit import AuditFilter
from hub.console.guard import Guarded
from hub.console.selectors.audit import numbers_of
from hub.console.services import VERIFY_ACTION, verify_audit
from hub.console.tables.audit import audit_columns, audit_facts, changes, export_columns
from hub.governance import access
from hub.governance.models import AuditEntry
from hub.governance.roles import Permission
from hub.ui.badges import Tone
from hub.ui.columns import Column
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Crumb, Empty, PageView, announce


class AuditList(Guarded, ListView):
    needs = Permission.VIEW_AUDIT
    title = "Audit"
    lead = "Who did what, when, through which door and why. Each entry seals the one before it."
    nav = "audit"
    template_name = "console/audit/list.html"
    order = "-sequence"
    filterset_class = AuditFilter
    empty = Empty("Nobody has done anything yet", "Every act of a person appears here.", "shield-check")

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return access.scoped(AuditEntry.objects.all(), self.who, Permission.VIEW_AUDIT)

    def get_columns(self) -> Sequence[Column]:
        return export_columns() if self.request.GET.get("export") else audit_columns({})

    def get_page_columns(self) -> Sequence[Column]:
        return audit_columns(numbers_of(self.page.rows))

    def get_presets(self) -> list[Preset]:
        return [
            Preset("All"),
            Preset("Glass broken", "action=message.break_glass"),
            Preset("Cases", "action=case."),
            Preset("Mappings", "action=mapping."),
            Preset("Systems", "action=system."),
            Preset("Access", "action=access."),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        verified = AuditEntry.objects.filter(action=VERIFY_ACTION).order_by("-sequence").first()
        may_verify = access.may(self.who, Permission.VIEW_AUDIT, "")
        return super().get_context_data(verified=verified, may_verify=may_verify, **kwargs)


class VerifyAudit(Guarded, PageView):
    needs = Permission.VIEW_AUDIT
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = verify_audit(actor=self.actor)
        response = HttpResponseRedirect(reverse("console:audit"))
        if found.broken_at is None:
            return announce(request, response, f"The chain holds: {found.entries:,} entries, each sealed by the next.")
        return announce(request, response, f"The chain is broken at entry {found.broken_at:,}.", Tone.CRITICAL)


class AuditPage(Guarded, DetailView):
    needs = Permission.VIEW_AUDIT
    nav = "audit"
    lookup_field = "sequence"
    object: AuditEntry

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return access.scoped(AuditEntry.objects.all(), self.who, Permission.VIEW_AUDIT)

    def get_title(self) -> str:
        return self.object.action

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Audit", reverse("console:audit")), Crumb(f"{self.object.sequence}")]

    def get_facts(self) -> list[Fact]:
        return audit_facts(self.object, numbers_of([self.object]))

    def get_panels(self) -> list[Panel]:
        panels = []
        if self.object.reason:
            panels.append(
                Panel("Reason", "console/audit/_reason.html", {"reason": self.object.reason}, icon="message-square")
            )
        if rows := changes(self.object):
            context = {"rows": rows, "left_label": "Before", "right_label": "After"}
            panels.append(Panel("What changed", "ui/_diff.html", context, icon="file-diff", flush=True))
        return panels
