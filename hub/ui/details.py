"""The generic detail page: one object in its reader's scope, its facts, its panels and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from hub.ui.columns import Kind
from hub.ui.pages import OutOfScope, PageView


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a description list; `kind` draws the value as a column would."""

    label: str
    value: Any
    kind: Kind = Kind.TEXT
    url: str = ""
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Panel:
    """A card of the page, drawn by `template` with `context`. With `lazy_url` it is fetched after the page."""

    title: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    icon: str = ""
    count: int | None = None
    note: str = ""
    lazy_url: str = ""
    #: Without padding, for tables and waterfalls.
    flush: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool = False
    count: int | None = None


class DetailView(PageView):
    template_name = "ui/detail.html"
    lookup_field: ClassVar[str] = "pk"

    object: Any

    # --- what a page overrides ------------------------------------------------------------------------------
    def get_queryset(self) -> QuerySet[Any]:
        """The objects this person may see."""
        raise NotImplementedError(f"{type(self).__name__} does not say which objects it shows")

    def get_facts(self) -> list[Fact]:
        """The card on the right."""
        return []

    def get_meta(self) -> list[Fact]:
        """The quiet line under the title: a few short facts."""
        return []

    def get_panels(self) -> list[Panel]:
        return []

    def get_aside(self) -> list[Panel]:
        """Panels of the right column, below the facts."""
        return []

    def get_tabs(self) -> list[Tab]:
        return []

    # --- requests -------------------------------------------------------------------------------------------
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        self.object = find_in_scope(self.get_queryset(), self.lookup_field, self.kwargs[self.lookup_field])
        return self.render_to_response(self.get_context_data(**kwargs))

    def get_title(self) -> str:
        return self.title or str(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            object=self.object,
            facts=self.get_facts(),
            meta=self.get_meta(),
            panels=self.get_panels(),
            aside=self.get_aside(),
            tabs=self.get_tabs(),
            **kwargs,
        )


def find_in_scope(visible: QuerySet[Any], field_name: str, value: Any) -> Model:
    """The object among those `visible`. Raises OutOfScope if it exists elsewhere, Http404 if nowhere."""
    wanted = {field_name: value}
    try:
        found: Model | None = visible.filter(**wanted).first()
        if found is not None:
            return found
        if visible.model._base_manager.filter(**wanted).exists():
            raise OutOfScope(OutOfScope.__doc__)
    except (ValueError, ValidationError) as error:
        raise Http404 from error
    raise Http404
