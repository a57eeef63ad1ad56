"""The search box on top of every page. It posts: what people search for may name a patient, and URLs are logged."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from hub.console.forms.find import FindForm
from hub.console.selectors.search import MOST, Hit, search
from hub.ui.pages import Empty, PageView

_HINT = (
    "Account, patient, member, appointment, visit, order, claim, payer claim, certification, trace and control numbers,"
    " case numbers, file names, posting keys, references of other systems, and ids: whole, or their first characters."
)
_MANY = {"Delivery": "Deliveries", "Entry": "Entries"}


class Search(PageView):
    """One hit leads straight to it; several are listed; none says what can be searched for."""

    title = "Search"
    template_name = "console/search/page.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FindForm(request.POST)
        found = search(request.user, form.cleaned_data["q"]) if form.is_valid() else []
        if len(found) == 1:
            return HttpResponseRedirect(found[0].url)
        return render(request, self.template_name, self.get_context_data(hits=found, searched=form.is_valid()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hits: list[Hit] = kwargs.pop("hits", [])
        searched = kwargs.pop("searched", False)
        title = "Nothing found in your facilities" if searched else "Search"
        kinds = list(dict.fromkeys(hit.kind for hit in hits))
        return super().get_context_data(
            groups=[_group(kind, [hit for hit in hits if hit.kind == kind]) for kind in kinds],
            empty=Empty(title, _HINT, "search-x" if searched else "search"),
            **kwargs,
        )


def _group(kind: str, hits: list[Hit]) -> tuple[str, list[Hit], bool]:
    """What a kind is called, its hits, and whether there may be more of it than are shown."""
    return (kind if len(hits) == 1 else _MANY.get(kind, f"{kind}s")), hits, len(hits) >= MOST
