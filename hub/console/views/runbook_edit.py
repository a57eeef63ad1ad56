"""Writing runbooks: the text on the left, what it will look like on the right, and what it is bound to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from exceptions.runbooks import selectors, services
from exceptions.runbooks.models import Runbook
from exceptions.runbooks.states import SafeAction
from hub.console.forms.runbooks import NewRunbookForm, RunbookForm, binding_forms, bindings_of
from hub.console.guard import Guarded
from hub.console.selectors.runbooks import preview
from hub.console.tables.runbooks import runbook_url
from hub.console.views.runbooks import may_edit
from hub.core.errors import Failure
from hub.governance.roles import Permission
from hub.ui.bulk import refusal_text
from hub.ui.details import find_in_scope
from hub.ui.pages import Crumb, PageView, announce

_TEMPLATE = """- [ ] The first thing to look at. {test-connection}
- [ ] What to do about it.

When it is over, write into the case what it was.
"""


class RunbookEditor(Guarded, PageView):
    """What writing a new one and the next version of one have in common."""

    needs = Permission.EDIT_RUNBOOKS
    nav = "runbooks"
    template_name = "console/runbooks/edit.html"
    form_class: type[RunbookForm] = RunbookForm

    def permitted(self, request: HttpRequest) -> bool:
        return may_edit(request.user)

    def initial(self) -> dict[str, Any]:
        raise NotImplementedError

    def bindings(self) -> list[dict[str, str]]:
        raise NotImplementedError

    def write(self, values: dict[str, Any]) -> Runbook:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask(self.form_class(initial=self.initial()), binding_forms(initial=self.bindings()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form, bindings = self.form_class(request.POST), binding_forms(request.POST)
        if not (form.is_valid() and bindings.is_valid()):
            return self.ask(form, bindings, status=422)
        try:
            runbook = self.write(form.cleaned_data | {"bindings": bindings_of(bindings), "actor": self.actor})
        except (Failure, ValidationError) as error:
            return self.ask(form, bindings, status=409, refusal=refusal_text(error))
        said = f"Version {runbook.version} of {runbook.title} is in use."
        return announce(request, HttpResponseRedirect(runbook_url(runbook)), said)

    def ask(self, form: RunbookForm, bindings: Any, *, status: int = 200, refusal: str = "") -> HttpResponse:
        body = form["body"].value() or ""
        context = self.get_context_data(
            form=form, bindings=bindings, refusal=refusal, guide=preview(self.who, body), version=self.seen(),
            actions_known=SafeAction.choices, cancel_url=self.cancel_url(),
        )  # fmt: skip
        return self.render_to_response(context, status=status)

    def seen(self) -> int | None:
        return None

    def cancel_url(self) -> str:
        return reverse("console:runbooks")


class NewRunbook(RunbookEditor):
    title = "Write a runbook"
    form_class = NewRunbookForm

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Runbooks", reverse("console:runbooks")), Crumb("New")]

    def initial(self) -> dict[str, Any]:
        return {"body": _TEMPLATE}

    def bindings(self) -> list[dict[str, str]]:
        return []

    def write(self, values: dict[str, Any]) -> Runbook:
        return services.create(**values)


class EditRunbook(RunbookEditor):
    @property
    def runbook(self) -> Runbook:
        if not hasattr(self, "_runbook"):
            self._runbook: Runbook = find_in_scope(selectors.runbooks(), "code", self.kwargs["code"])  # type: ignore[assignment]
        return self._runbook

    def get_title(self) -> str:
        return f"Edit: {self.runbook.title}"

    def get_crumbs(self) -> list[Crumb]:
        return [
            Crumb("Runbooks", reverse("console:runbooks")),
            Crumb(self.runbook.code, runbook_url(self.runbook)),
            Crumb("Edit"),
        ]

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.runbook, name) for name in ("title", "summary", "body")}

    def bindings(self) -> list[dict[str, str]]:
        return list(self.runbook.bindings)

    def write(self, values: dict[str, Any]) -> Runbook:
        return services.write(code=self.runbook.code, version=self.seen(), **values)

    def seen(self) -> int | None:
        """The version that the writer began with: it stays in the form when somebody else was quicker."""
        written = self.request.POST.get("version", "")
        return int(written) if written.isdecimal() and len(written) < 10 else self.runbook.version

    def cancel_url(self) -> str:
        return runbook_url(self.runbook)


class PreviewRunbook(Guarded, PageView):
    """What a text will look like; a fragment of the editor."""

    needs = Permission.EDIT_RUNBOOKS
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = {"guide": preview(self.who, request.POST.get("body", "")[:20_000])}
        return render(request, "console/runbooks/_preview.html", context)
