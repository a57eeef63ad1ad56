"""A message as a test fixture: asked for with a reason, shown or given as a file, never kept."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from hub.console.forms.fixture import FILE, FixtureForm
from hub.console.selectors.payload import plain_view
from hub.console.views.message_actions import MessageAction
from hub.core.errors import Failure
from hub.governance.roles import Permission
from hub.ui.bulk import refusal_text
from orchestration.fixtures import Fixture, make_fixture


class MakeFixture(MessageAction):
    """Proved clean, and to meet the end that the message met, before anything is given."""

    needs = Permission.MAKE_FIXTURES
    title = "Copy without the persons in it"
    question = (
        "Names, numbers, days and addresses are replaced, free text is dropped. It is given only if nothing of a person"
        " is left and it still ends as the message does. Your name and your reason go into the audit."
    )
    submit_label = "Make the fixture"
    form_class = FixtureForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FixtureForm(request.POST)
        if not form.is_valid():
            return self.ask(form, status=422)
        try:
            made = make_fixture(message_id=self.object.pk, actor=self.actor, reason=form.cleaned_data["reason"])
        except (Failure, ValidationError) as error:
            return self.ask(form, status=409, refusal=refusal_text(error))
        response = _file(made) if form.cleaned_data["give"] == FILE else self._page(made)
        response["Cache-Control"] = "no-store"
        return response

    def _page(self, made: Fixture) -> HttpResponse:
        text = made.body.decode("utf-8", errors="replace")
        context = self.get_context_data(made=made, text=text, payload=plain_view(made.body))
        return self.response_class(self.request, ["console/messages/fixture.html"], context)


def _file(made: Fixture) -> HttpResponse:
    """Never as what a browser would open."""
    response = HttpResponse(made.body, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=made.name)
    return response
