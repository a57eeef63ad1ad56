"""Bulk actions: one deed on the chosen rows of a list, confirmed first where it asks for it.

The rows are named by key, or `all` says every row under the present filters, also those on other pages. Either
way they are taken from the list's own scoped queryset: a key that someone made up does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from hub.core.errors import Failure
from hub.ui.badges import Tone
from hub.ui.pages import announce, is_htmx

if TYPE_CHECKING:
    from hub.ui.lists import ListView

#: Counting stops here; a confirmation says "more than" beyond it.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What came of it, in a sentence; `skipped` holds a reason for each row (or kind of row) left alone.

    With `url` nothing was done yet: the deed goes on there.
    """

    message: str
    skipped: tuple[str, ...] = ()
    url: str = ""
    #: Where a POST undoes it; empty where that cannot be.
    undo: str = ""
    #: Where its progress is seen, for what goes on after the answer.
    progress: str = ""

    @property
    def tone(self) -> Tone:
        return Tone.CAUTION if self.skipped else Tone.POSITIVE

    @property
    def text(self) -> str:
        return " ".join((self.message, *self.skipped))


def _anyone(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """`run` receives the request, the chosen rows and the cleaned form. It calls a service, which checks again."""

    name: str
    label: str
    run: Callable[[HttpRequest, QuerySet[Any], dict[str, Any]], BulkOutcome]
    icon: str = ""
    danger: bool = False
    #: The key that does it to the selected rows or, with none selected, to the current one.
    key: str = ""
    #: What its dialog's button says, where that is not the label.
    submit_label: str = ""
    #: Asked before it happens; empty with no form means it happens at once.
    confirm: str = ""
    form_class: type[Form] | None = None
    permitted: Callable[[HttpRequest], bool] = _anyone
    #: What it would do to the chosen rows, said before it is confirmed; in place of `confirm` where it says anything.
    foretell: Callable[[HttpRequest, QuerySet[Any]], str] | None = None

    @property
    def asks(self) -> bool:
        return bool(self.confirm or self.form_class)


class BulkRequest:
    """One POST of a list page, from the chosen rows to the answer."""

    def __init__(self, view: ListView, request: HttpRequest) -> None:
        self.view = view
        self.request = request
        self.action = self._find_action()
        self.rows = self._chosen_rows()

    def answer(self) -> HttpResponse:
        confirmed = "confirmed" in self.request.POST
        form = self._form(bound=confirmed)
        if self.action.asks and not confirmed:
            return self._ask(form)
        if form is not None and not form.is_valid():
            return self._ask(form, status=422)
        try:
            outcome = self.action.run(self.request, self.rows, form.cleaned_data if form else {})
        except (Failure, ValidationError) as error:
            return self._ask(form, status=409, refusal=refusal_text(error))
        return self._done(outcome)

    def _find_action(self) -> BulkAction:
        name = self.request.POST.get("bulk", "")
        known = {action.name: action for action in self.view.bulk_actions}
        if name not in known:
            raise BadRequest("This list has no such action.")
        if not known[name].permitted(self.request):
            raise PermissionDenied
        return known[name]

    def _chosen_rows(self) -> QuerySet[Any]:
        rows = self.view.filtered()
        if self.request.POST.get("all") == "1":
            return rows
        try:
            return rows.filter(pk__in=self.request.POST.getlist("ids"))
        except (ValueError, ValidationError) as error:
            raise BadRequest("These are not keys of this list.") from error

    def _form(self, *, bound: bool) -> Form | None:
        if self.action.form_class is None:
            return None
        return self.action.form_class(self.request.POST if bound else None)

    def _ask(self, form: Form | None, *, status: int = 200, refusal: str = "") -> HttpResponse:
        template = "ui/_action_dialog.html" if is_htmx(self.request) else "ui/action.html"
        everything = self.request.POST.get("all") == "1"
        context = {
            "title": self.action.label,
            "question": self._question(),
            "subject": _count_text(self.rows, self.view.row_name),
            "form": form,
            "submit_label": self.action.submit_label or self.action.label,
            "danger": self.action.danger,
            "refusal": refusal,
            "post_url": self.request.get_full_path(),
            "cancel_url": self.request.get_full_path(),
            "hidden": [
                ("bulk", self.action.name),
                ("confirmed", "1"),
                *([("all", "1")] if everything else [("ids", key) for key in self.request.POST.getlist("ids")]),
            ],
        }
        return render(self.request, template, context, status=status)

    def _question(self) -> str:
        foretold = self.action.foretell(self.request, self.rows) if self.action.foretell else ""
        return foretold or self.action.confirm

    def _done(self, outcome: BulkOutcome) -> HttpResponse:
        if outcome.url:
            return HttpResponseClientRedirect(outcome.url) if is_htmx(self.request) else redirect(outcome.url)
        if not is_htmx(self.request):
            response: HttpResponse = HttpResponseRedirect(self.request.get_full_path())
            return announce(
                self.request, response, outcome.text, outcome.tone, undo=outcome.undo, more=outcome.progress
            )
        # Nothing to swap: the dialog closes and the table asks for itself again.
        response = trigger_client_event(HttpResponse(status=204), "ui:done", {})
        return announce(self.request, response, outcome.text, outcome.tone, undo=outcome.undo, more=outcome.progress)


def refusal_text(error: Failure | ValidationError) -> str:
    """What a service said when it refused, for a person: the sentence and, where there is one, the way out."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return " ".join(filter(None, (error.message, error.hint)))


def _count_text(rows: QuerySet[Any], name: str) -> str:
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    if count > COUNT_LIMIT:
        return f"More than {COUNT_LIMIT:,} {name}s"
    return f"{count:,} {name if count == 1 else name + 's'}"
