"""One deed on one object: ask, check that nothing changed meanwhile, let the service do it, say what happened.

The page only asks. `perform` calls a service, which holds the permission, the transaction and the audit; what
it refuses (a Failure, a ValidationError, PermissionDenied) is explained in the dialog.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from hub.core.errors import Failure
from hub.ui.badges import Tone
from hub.ui.bulk import refusal_text
from hub.ui.details import find_in_scope
from hub.ui.pages import PageView, announce, is_htmx


class ActionView(PageView):
    template_name = "ui/action.html"
    dialog_template: ClassVar[str] = "ui/_action_dialog.html"

    #: What will happen and to what, in one sentence.
    question: ClassVar[str] = ""
    submit_label: ClassVar[str] = ""
    danger: ClassVar[bool] = False
    form_class: ClassVar[type[Form] | None] = None
    lookup_field: ClassVar[str] = "pk"
    #: The counter that every change of the object raises; empty for objects without one.
    version_field: ClassVar[str] = "version"

    object: Any

    # --- what an action overrides ---------------------------------------------------------------------------
    def get_queryset(self) -> QuerySet[Any]:
        """The objects this person may see; whether they may act is `may_act`, then the service."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it acts on")

    def may_act(self) -> bool:
        return True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        """Call the service with the cleaned form; return what happened, for the toast.

        `version` is the one the person saw. The service makes its change conditional on it; the check on this
        page only explains a conflict early.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")

    def get_question(self) -> str:
        return self.question

    def get_initial(self) -> dict[str, Any]:
        return {}

    def get_form(self, data: Any = None) -> Form | None:
        return None if self.form_class is None else self.form_class(data, initial=self.get_initial())

    def get_success_url(self) -> str:
        return str(self.object.get_absolute_url())

    def get_undo_url(self) -> str:
        """Where a POST undoes what was just done; empty where that cannot be."""
        return ""

    def get_cancel_url(self) -> str:
        return self.get_success_url()

    # --- requests -------------------------------------------------------------------------------------------
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.object = find_in_scope(self.get_queryset(), self.lookup_field, kwargs[self.lookup_field])
            if not self.may_act():
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask(self.get_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(request.POST)
        if self.changed_meanwhile():
            return self.ask(form, status=409, refusal="This was changed while you were looking at it.")
        if form is not None and not form.is_valid():
            return self.ask(form, status=422)
        try:
            said = self.carry_out(form.cleaned_data if form else {}, version=self.seen_version())
        except (Failure, ValidationError) as error:
            return self.ask(form, status=409, refusal=refusal_text(error))
        return self.answer(said)

    def carry_out(self, data: dict[str, Any], *, version: int | None) -> str:
        """Around `perform`, for what is done at every deed of a kind."""
        return self.perform(data, version=version)

    def answer(self, said: str) -> HttpResponse:
        """After the deed: what happened as a toast, with the way back where there is one."""
        return announce(self.request, self.leave(), said, Tone.POSITIVE, undo=self.get_undo_url())

    def leave(self) -> HttpResponse:
        """To where its person goes on. Where the address says that they stay (see `previews.STAY`), only a deed that
        leads to another place than it came from leads there."""
        url = self.get_success_url()
        if is_htmx(self.request) and "stay" in self.request.GET and url == self.get_cancel_url():
            return trigger_client_event(HttpResponse(status=204), "ui:done", {})
        return HttpResponseClientRedirect(url) if is_htmx(self.request) else HttpResponseRedirect(url)

    def ask(self, form: Form | None, *, status: int = 200, refusal: str = "") -> HttpResponse:
        context = self.get_context_data(form=form, refusal=refusal, stale=self.changed_meanwhile())
        template = self.dialog_template if is_htmx(self.request) else self.template_name
        return self.response_class(self.request, [template], context, status=status)

    # --- the version ----------------------------------------------------------------------------------------
    def seen_version(self) -> int | None:
        """The version of the object that the person's form was made from."""
        written = self.request.POST.get("version", "")
        return int(written) if written.isdecimal() else None

    def current_version(self) -> int | None:
        return getattr(self.object, self.version_field, None) if self.version_field else None

    def changed_meanwhile(self) -> bool:
        seen = self.seen_version()
        return seen is not None and seen != self.current_version()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version = self.current_version()
        return super().get_context_data(
            object=self.object,
            question=self.get_question(),
            submit_label=self.submit_label or self.get_title(),
            danger=self.danger,
            post_url=self.request.get_full_path(),
            cancel_url=self.get_cancel_url(),
            hidden=[] if version is None else [("version", version)],
            **kwargs,
        )
