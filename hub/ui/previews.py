"""The summary of one row, for the pane beside a list: what it is, what can be done about it, what happened last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from hub.ui.details import Fact, find_in_scope
from hub.ui.pages import Action, PageView
from hub.ui.timeline import TimelineItem

#: With this in its address an action leaves its person where they are: the list stays, and asks for itself again.
STAY = "stay=1"


class Preview(PageView):
    """A fragment; its list names its address in `preview_url`. Everything it shows is also on the row's own page."""

    template_name = "ui/_preview.html"
    lookup_field: ClassVar[str] = "pk"

    object: Any

    # --- what a preview overrides ---------------------------------------------------------------------------
    def get_queryset(self) -> QuerySet[Any]:
        """The objects this person may see."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it summarizes")

    def get_title(self) -> str:
        return self.title or str(self.object)

    def get_url(self) -> str:
        return str(self.object.get_absolute_url())

    def get_line(self) -> str:
        """The quiet line above the title."""
        return ""

    def get_text(self) -> str:
        """A sentence or two: what is the matter."""
        return ""

    def get_facts(self) -> list[Fact]:
        return []

    def get_entries(self) -> list[TimelineItem]:
        """What happened last, the newest first."""
        return []

    # --- requests -------------------------------------------------------------------------------------------
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = find_in_scope(self.get_queryset(), self.lookup_field, self.kwargs[self.lookup_field])
        return self.render_to_response(self.get_context_data(**kwargs))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(
            object=self.object,
            url=self.get_url(),
            line=self.get_line(),
            text=self.get_text(),
            facts=self.get_facts(),
            entries=self.get_entries(),
            **kwargs,
        )
        return context | {"actions": [staying(action) for action in context["actions"]]}


def staying(action: Action) -> Action:
    """The same action, after which its person stays in the list."""
    if not (action.dialog or action.at_once):
        return action
    return replace(action, url=f"{action.url}{'&' if '?' in action.url else '?'}{STAY}")
