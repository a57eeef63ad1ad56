"""The four sides of a run, fetched by its page: source, canonical event, request, response."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hub.console.guard import Guarded
from hub.console.selectors import runs as selectors
from hub.console.tables.sides import sides
from hub.governance.roles import Permission
from hub.ui.details import find_in_scope
from hub.ui.pages import PageView
from orchestration.models import Run


class RunSides(Guarded, PageView):
    """A fragment of the run's page."""

    needs = Permission.VIEW_RUNS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run: Run = find_in_scope(selectors.runs(self.who), "pk", self.kwargs["pk"])  # type: ignore[assignment]
        cause, story = selectors.cause(self.who, run), selectors.story(run)
        shown = sides(run, cause, story, request.GET.get("delivery", ""))
        return render(request, "console/runs/_sides.html", {"sides": shown})
