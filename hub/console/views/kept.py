"""Deeds on what leads keep: one form for a new row and for one that is there, and its removal."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from hub.console.guard import Guarded
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.pages import PageView


class Kept(Guarded, ActionView):
    """Without a `pk` in its address it makes a new row: `object` is then one that is not stored."""

    needs: ClassVar[Permission] = Permission.MANAGE_TEAMS
    nav = "team"
    submit_label = "Keep"
    model: ClassVar[type[Model]]
    #: Where it leads, and what it is called there.
    place: ClassVar[str]
    #: The fields of the row that its form shows.
    shown: ClassVar[tuple[str, ...]] = ()

    @property
    def is_new(self) -> bool:
        return self.lookup_field not in self.kwargs

    def get_queryset(self) -> QuerySet[Any]:
        return self.model._default_manager.all()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.is_new:
            return super().dispatch(request, *args, **kwargs)
        self.object = self.model()
        return PageView.dispatch(self, request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """What the row holds; other rows by their keys, as the choices of a form have them."""
        if self.is_new:
            return {}
        values = {name: getattr(self.object, name) for name in self.shown}
        return {name: value.pk if isinstance(value, Model) else value for name, value in values.items()}

    @property
    def key(self) -> Any:
        """The row's key for its service; None for a new one."""
        return None if self.is_new else self.object.pk

    def get_success_url(self) -> str:
        return reverse(f"console:{self.place}")


class Removed(Kept):
    """Takes a row away."""

    danger = True
    submit_label = "Remove"
    version_field = ""
