"""Mappings in the maintenance admin: proposed, decided and imported through the same services as everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import action, display

from hub.core.clock import today
from hub.core.errors import Failure
from hub.governance.roles import Permission
from hub.governance.scoped_admin import ScopedAdmin, admin_actor
from hub.masterdata import imports, services
from hub.masterdata.forms import DecisionForm, ImportForm, ProposalForm
from hub.masterdata.mapping_csv import LARGEST_BYTES, csv_lines, export_mappings
from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, in_words, start_of
from hub.masterdata.states import MappingState

_FIELDS = ("domain", "system", "facility", "local_code", "canonical_code")
_MOST_SHOWN = 500


class MappingAdmin(SimpleHistoryAdmin, ScopedAdmin):  # type: ignore[misc]
    """A mapping is never rewritten by hand: it is proposed here and decided about from the list."""

    may_view = Permission.VIEW_MAPPINGS
    may_change = Permission.PROPOSE_MAPPINGS
    facility_path = "facility"
    form = ProposalForm
    action_form = DecisionForm
    actions = ("approve", "replace", "reject", "retire", "withdraw", "export")
    actions_list = ("import_file",)
    list_display = (
        "domain", "system", "shown_place", "local_code", "canonical_code", "shown_days", "shown_state", "proposed_by",
        "decided_by",
    )  # fmt: skip
    list_filter = ("state", "domain", "system", "facility")
    search_fields = ("local_code", "canonical_code", "note")
    history_list_display = ("state", "canonical_code", "effective")

    @display(  # type: ignore[untyped-decorator]
        description="State",
        ordering="state",
        label={
            MappingState.PROPOSED.label: "warning",
            MappingState.REVIEWED.label: "info",
            MappingState.APPROVED.label: "success",
            MappingState.REJECTED.label: "danger",
            MappingState.RETIRED.label: "info",
        },
    )
    def shown_state(self, mapping: Mapping) -> str:
        return mapping.get_state_display()

    @admin.display(description="Effective", ordering="effective")
    def shown_days(self, mapping: Mapping) -> str:
        return unbroken(in_words(start_of(mapping.effective), end_of(mapping.effective)))

    @admin.display(description="Facility", ordering="facility")
    def shown_place(self, mapping: Mapping) -> str:
        return mapping.facility or "Every facility"

    # --- proposing ------------------------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Mapping | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": (*_FIELDS, "effective_from", "effective_until", "note")})]
        decided = ("state", "proposed_by", "decided_by", "decided_at", "updated_at")
        return [(None, {"fields": (*_FIELDS, "effective", "note")}), ("Decision", {"fields": decided})]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the list offers its actions; the page of one mapping is for reading."""
        return obj is None and super().has_change_permission(request)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def save_model(self, request: HttpRequest, obj: Mapping, form: Any, change: bool) -> None:
        made = services.propose_mapping(
            actor=admin_actor(request), **{name: form.cleaned_data[name] for name in form.cleaned_data}
        )
        vars(obj).update(vars(made))

    # --- deciding -------------------------------------------------------------------------------------------
    @admin.action(description="Approve", permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Mapping]) -> None:
        self._each(request, chosen, lambda one, values: services.approve_mapping(mapping=one, **values))

    @admin.action(description="Approve, and end what they replace", permissions=["change"])
    def replace(self, request: HttpRequest, chosen: QuerySet[Mapping]) -> None:
        self._each(request, chosen, lambda one, values: services.approve_mapping(mapping=one, replace=True, **values))

    @admin.action(description="Reject", permissions=["change"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Mapping]) -> None:
        self._each(request, chosen, lambda one, values: services.reject_mapping(mapping=one, **values))

    @admin.action(description="Retire from the given day on, or from today", permissions=["change"])
    def retire(self, request: HttpRequest, chosen: QuerySet[Mapping]) -> None:
        on = DecisionForm.base_fields["on"].clean(request.POST.get("on", "")) or today()
        self._each(request, chosen, lambda one, values: services.retire_mapping(mapping=one, on=on, **values))

    @admin.action(description="Retire for all days: they were a mistake", permissions=["change"])
    def withdraw(self, request: HttpRequest, chosen: QuerySet[Mapping]) -> None:
        self._each(request, chosen, lambda one, values: services.retire_mapping(mapping=one, **values))

    def _each(
        self,
        request: HttpRequest,
        chosen: QuerySet[Mapping],
        deed: Callable[[Mapping, dict[str, Any]], Mapping],
    ) -> None:
        """Do it to each; what is refused is said and stops nothing else."""
        values = {"actor": admin_actor(request), "reason": request.POST.get("reason", "").strip()}
        done = 0
        for mapping in chosen.order_by("pk"):
            try:
                deed(mapping, values)
                done += 1
            except (Failure, ValidationError, PermissionDenied) as error:
                messages.warning(request, f"{mapping.local_code}: {_said(error)}")
        if done:
            messages.success(request, f"{done} mapping{'s' if done > 1 else ''} changed.")

    # --- files ----------------------------------------------------------------------------------------------
    @admin.action(description="Export as CSV", permissions=["view"])
    def export(self, request: HttpRequest, chosen: QuerySet[Mapping]) -> StreamingHttpResponse:
        return csv_download(export_mappings(chosen), "mappings")

    @action(description="Import CSV or Excel", permissions=["add"], icon="upload_file", url_path="import")  # type: ignore[untyped-decorator]
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Choose a file, see what each row would do, then apply it whole."""
        if request.method == "POST" and "token" in request.POST:
            return self._apply(request)
        form = ImportForm(request.POST or None, request.FILES or None)
        preview = None
        if request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                content = upload.read(LARGEST_BYTES + 1)
                preview = imports.preview_import(content=content, actor=admin_actor(request), name=upload.name)
            except ValidationError as error:
                form.add_error("file", error)
        return self._import_page(request, form, preview)

    def _apply(self, request: HttpRequest) -> HttpResponse:
        try:
            counts = imports.apply_import(token=request.POST["token"], actor=admin_actor(request))
        except Failure as refusal:
            messages.error(request, _said(refusal))
            return HttpResponseRedirect(request.path)
        messages.success(request, f"Imported: {counts['new']} new, {counts['changed']} changed.")
        return HttpResponseRedirect(reverse("admin:masterdata_mapping_changelist"))

    def _import_page(
        self, request: HttpRequest, form: ImportForm, preview: imports.ImportPreview | None
    ) -> TemplateResponse:
        shown = [row for row in preview.rows if row.kind.value != "same"][:_MOST_SHOWN] if preview else []
        context = {
            **self.admin_site.each_context(request),
            "title": "Import mappings",
            "opts": self.opts,
            "form": form,
            "preview": preview,
            "shown": shown,
        }
        return TemplateResponse(request, "admin/masterdata/mapping/import.html", context)


def unbroken(text: str) -> SafeString:
    """Days on one line: a date that breaks at its hyphens makes three lines of a row."""
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


def csv_download(rows: Iterable[list[str]], name: str) -> StreamingHttpResponse:
    """A file named after what it holds and the business day."""
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name)}-{today():%Y-%m-%d}.csv"'
    return response


def _said(error: Exception) -> str:
    if isinstance(error, Failure):
        return f"{error.message} {error.hint}".strip()
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return str(error)
