"""Saved views of a list and its chosen columns: read with the page, changed by the page's own POST.

They are a person's conveniences: they show nothing that the list itself would not show, so no permission is asked
and nothing is audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import BadRequest
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from hub.ui.badges import Tone
from hub.ui.columns import Column
from hub.ui.models import NAME_LENGTH, QUERY_LENGTH, SavedView
from hub.ui.pages import announce

if TYPE_CHECKING:
    from hub.ui.lists import ListView

#: The list without any view, also for someone whose list opens with one.
PLAIN = "view="
#: More than these would be no convenience any more.
MOST_VIEWS = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """What one person keeps of one list."""

    views: tuple[SavedView, ...] = ()
    columns: tuple[str, ...] = ()
    own: frozenset[int] = field(default_factory=frozenset)

    @property
    def first(self) -> SavedView | None:
        return next((view for view in self.views if view.pk in self.own and view.first), None)


def kept(user: User | AnonymousUser, name: str) -> Kept:
    """One query, whatever is kept."""
    if isinstance(user, AnonymousUser):
        return Kept()
    rows = list(SavedView.objects.filter(Q(owner=user) | Q(shared=True), list_name=name).order_by("name", "id"))
    columns: list[str] = next((row.columns for row in rows if not row.name and row.owner_id == user.pk), [])
    return Kept(
        views=tuple(row for row in rows if row.name),
        columns=tuple(columns),
        own=frozenset(row.pk for row in rows if row.owner_id == user.pk),
    )


def shown(columns: Sequence[Column], chosen: Sequence[str]) -> list[Column]:
    """The columns a person sees, in the list's own order: the usual ones, or those chosen and the one that links."""
    if not chosen:
        return [column for column in columns if not column.extra]
    return [column for column in columns if column.key in chosen or column.link is not None]


class KeepRequest:
    """One POST of a list page that keeps something: a view, no view any more, the first view, or the columns."""

    def __init__(self, view: ListView, request: HttpRequest) -> None:
        self._view, self._request = view, request
        if isinstance(request.user, AnonymousUser):
            raise BadRequest("Nobody is signed in.")
        self._user: User = request.user

    def answer(self) -> HttpResponse:
        deeds = {
            "view": self._save,
            "forget": self._forget,
            "first": self._open_first,
            "columns": self._choose_columns,
            "usual-columns": self._show_usual_columns,
        }
        deed = deeds.get(self._request.POST["keep"])
        if deed is None:
            raise BadRequest("This list keeps no such thing.")
        said, query, tone = deed()
        address = f"{self._request.path}?{query}" if query else self._request.path
        return announce(self._request, HttpResponseRedirect(address), said, tone)

    @transaction.atomic
    def _save(self) -> tuple[str, str, Tone]:
        name = self._request.POST.get("name", "").strip()[:NAME_LENGTH]
        query = self._query()
        if not name:
            return "Give the view a name.", query, Tone.CAUTION
        if self._mine().count() > MOST_VIEWS:
            return f"You keep {MOST_VIEWS} views of this list; forget one first.", query, Tone.CAUTION
        first = "first" in self._request.POST
        if first:
            self._mine().update(first=False)
        SavedView.objects.update_or_create(
            owner=self._user,
            list_name=self._view.key,
            name=name,
            defaults={"query": query, "shared": "shared" in self._request.POST, "first": first},
        )
        return f"View “{name}” is kept.", query, Tone.POSITIVE

    def _forget(self) -> tuple[str, str, Tone]:
        view = self._named()
        view.delete()
        return f"View “{view.name}” is forgotten.", PLAIN, Tone.POSITIVE

    @transaction.atomic
    def _open_first(self) -> tuple[str, str, Tone]:
        view = self._named()
        first = not view.first
        self._mine().update(first=False)
        SavedView.objects.filter(pk=view.pk).update(first=first)
        said = f"This list opens with “{view.name}” from now on." if first else "This list opens as it is again."
        return said, view.query or PLAIN, Tone.POSITIVE

    def _choose_columns(self) -> tuple[str, str, Tone]:
        known = self._view.get_columns()
        chosen = [column.key for column in known if column.key in self._request.POST.getlist("columns")]
        if not chosen or chosen == [column.key for column in shown(known, ())]:
            return self._show_usual_columns()
        SavedView.objects.update_or_create(
            owner=self._user, list_name=self._view.key, name="", defaults={"columns": chosen}
        )
        return f"{len(chosen)} of {len(known)} columns are shown.", self._query() or PLAIN, Tone.POSITIVE

    def _show_usual_columns(self) -> tuple[str, str, Tone]:
        self._mine().filter(name="").delete()
        return "The usual columns are shown.", self._query() or PLAIN, Tone.POSITIVE

    def _mine(self) -> Any:
        return SavedView.objects.filter(owner=self._user, list_name=self._view.key)

    def _named(self) -> SavedView:
        number = self._request.POST.get("id", "")
        view: SavedView | None = self._mine().exclude(name="").filter(pk=number if number.isdecimal() else 0).first()
        if view is None:
            raise BadRequest("This view is not there any more, or somebody else's.")
        return view

    def _query(self) -> str:
        """What the reader looks at, reduced to what this list knows: its filters and its order."""
        given = QueryDict(self._request.POST.get("query", "").removeprefix("?")[: 2 * QUERY_LENGTH])
        known = {"sort", *self._view.filter_names()}
        wanted = QueryDict(mutable=True)
        for name, values in given.lists():
            if name in known:
                wanted.setlist(name, [value for value in values if value])
        return wanted.urlencode()[:QUERY_LENGTH]
