"""One change of many mappings: a preview of each first, then all of it or nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from hub.console.choices import kept_choice
from hub.console.forms.mapping_bulk import ChangeForm
from hub.console.guard import Guarded
from hub.console.tables.mappings import CHANGE_COLUMNS
from hub.console.words import count_text
from hub.core.errors import Failure
from hub.governance.roles import Permission
from hub.masterdata import bulk_change, selectors
from hub.masterdata.bulk_change import Line
from hub.masterdata.models import Mapping
from hub.ui.bulk import refusal_text
from hub.ui.pages import Crumb, PageView, announce
from hub.ui.tables import build_table

_SALT = "console.mapping-bulk"


class ChangeMappings(Guarded, PageView):
    needs = Permission.PROPOSE_MAPPINGS
    title = "Change mappings"
    lead = "Say what changes and see what that does to each. Nothing changes before you confirm: all of it, or nothing."
    nav = "mappings"
    template_name = "console/mappings/change.html"

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Mappings", reverse("console:mappings")), Crumb("Change")]

    def chosen(self) -> QuerySet[Mapping]:
        """What was chosen, as far as the person may see it; none where the choice is somebody else's or too old."""
        ids = kept_choice(self.kwargs["token"], self.who.get_username())
        return selectors.mappings(self.who).filter(pk__in=ids).order_by("pk")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            if "apply" in request.POST:
                return self.apply(form)
            ids = [mapping.pk for mapping in self.chosen()]
            lines = bulk_change.preview(ids=ids, wanted=form.wanted(), actor=self.actor)
        except (Failure, ValidationError) as error:
            return self.show(form, status=409, refusal=refusal_text(error))
        return self.show(form, lines=lines)

    def apply(self, form: ChangeForm) -> HttpResponse:
        ids = [mapping.pk for mapping in self.chosen()]
        lines = bulk_change.apply(
            ids=ids, wanted=form.wanted(), versions=self.seen(), actor=self.actor, reason=form.cleaned_data["reason"]
        )
        said = f"{count_text(len(lines), 'mapping')} changed."
        return announce(self.request, HttpResponseRedirect(reverse("console:mappings")), said)

    def seen(self) -> dict[int, int]:
        """The versions that the preview showed, as the page gave them along."""
        try:
            text = Signer(salt=_SALT).unsign(self.request.POST.get("seen", ""))
        except BadSignature as error:
            raise ValidationError("Look at the preview once more, then confirm.") from error
        pairs = (pair.split(":") for pair in text.split(",") if pair)
        return {int(key): int(version) for key, version in pairs}

    def form(self, data: Any = None) -> ChangeForm:
        domains = set(self.chosen().order_by().values_list("domain", flat=True).distinct())
        return ChangeForm(data, domain=domains.pop() if len(domains) == 1 else "")

    def show(
        self, form: ChangeForm | None, *, status: int = 200, lines: list[Line] | None = None, refusal: str = ""
    ) -> HttpResponse:
        faults = [line for line in lines or [] if line.fault]
        shown = sorted(lines or [Line(one, "") for one in self.chosen()], key=lambda line: not line.fault)
        seen = ",".join(f"{line.mapping.pk}:{line.mapping.version}" for line in lines or [])
        context = self.get_context_data(
            form=form or self.form(),
            lines=lines,
            faults=len(faults),
            count=count_text(len(shown), "mapping"),
            table=build_table(CHANGE_COLUMNS, shown),
            seen=Signer(salt=_SALT).sign(seen) if lines and not faults else "",
            refusal=refusal,
        )
        return self.response_class(self.request, [self.template_name], context, status=status)
