"""Mappings from a file: a preview of every row first, then all of it or nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from hub.console.forms.mappings import ApplyForm, ImportForm
from hub.console.guard import Guarded
from hub.console.mapping_files import FORMATS, download
from hub.console.selectors.places import system_choices
from hub.console.tables.mappings import IMPORT_COLUMNS, import_order, import_stats
from hub.core.errors import Failure
from hub.governance.roles import Permission
from hub.masterdata import imports
from hub.masterdata.imports import ImportPreview
from hub.masterdata.mapping_csv import template
from hub.ui.bulk import refusal_text
from hub.ui.pages import Crumb, PageView, announce
from hub.ui.tables import build_table

#: Rows of a preview that the page shows, the wrong ones first; the counts are of all of them.
_ROWS_SHOWN = 400


class ImportMappings(Guarded, PageView):
    needs = Permission.PROPOSE_MAPPINGS
    title = "Import mappings"
    lead = "Choose a file and see what each row would do. Nothing changes before you confirm: all of it, or nothing."
    nav = "mappings"
    template_name = "console/mappings/import.html"

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Mappings", reverse("console:mappings")), Crumb("Import")]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(form, status=422)
        file = form.cleaned_data["file"]
        try:
            preview = imports.preview_import(
                content=file.read(), actor=self.actor, name=file.name, systems=dict(system_choices()).keys()
            )
        except ValidationError as error:
            form.add_error("file", error)
            return self.show(form, status=422)
        return self.show(form, preview=preview, name=file.name)

    def show(self, form: ImportForm, *, status: int = 200, **extra: Any) -> HttpResponse:
        return self.response_class(
            self.request, [self.template_name], self.get_context_data(form=form, **extra), status=status
        )

    def get_context_data(self, *, preview: ImportPreview | None = None, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**{"form": ImportForm(), **kwargs})
        if preview is not None:
            shown = import_order(preview.rows)[:_ROWS_SHOWN]
            context |= {
                "preview": preview,
                "stats": import_stats(preview),
                "table": build_table(IMPORT_COLUMNS, shown),
                "not_shown": len(preview.rows) - len(shown),
                "apply_form": ApplyForm(initial={"token": preview.token}),
            }
        return context


class ApplyImport(ImportMappings):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("console:mapping-import"))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ApplyForm(request.POST)
        if not form.is_valid():
            return self.show(
                ImportForm(), status=422, refusal="This preview is no longer there. Choose the file again."
            )
        try:
            counts = imports.apply_import(actor=self.actor, **form.cleaned_data)
        except Failure as failure:
            return self.show(ImportForm(), status=409, refusal=refusal_text(failure))
        said = f"Imported: {counts['new']:,} new, {counts['changed']:,} changed, {counts['same']:,} as they were."
        return announce(request, HttpResponseRedirect(reverse("console:mappings")), said)


class ImportTemplate(Guarded, PageView):
    """An empty table with one example, as CSV or as a workbook that says how it is filled in."""

    needs = Permission.PROPOSE_MAPPINGS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        kind = request.GET.get("format", "xlsx")
        if kind not in FORMATS:
            raise Http404
        return download(template(), name="mappings-template", kind=kind)
