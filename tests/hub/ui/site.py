"""The gallery as a site of its own, since DEBUG is off in tests, and pages on sign-ins to try the generic views."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.urls import include, path, reverse

from hub import urls
from hub.core.errors import BusinessRefusal
from hub.ui.actions import ActionView
from hub.ui.columns import Kind
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.pages import Action


def visible() -> QuerySet[Any]:
    """Only the staff is in anyone's scope."""
    return get_user_model().objects.filter(is_staff=True)


class PersonDetail(DetailView):
    def get_queryset(self) -> QuerySet[Any]:
        return visible()

    def get_title(self) -> str:
        return str(self.object.username)

    def get_facts(self) -> list[Fact]:
        return [Fact("Joined", self.object.date_joined, Kind.WHEN), Fact("Last seen", self.object.last_login, Kind.AGE)]

    def get_panels(self) -> list[Panel]:
        return [
            Panel("Name", "ui/_facts.html", {"facts": [Fact("Last name", self.object.last_name)]}),
            Panel("Later", lazy_url="/later/"),
        ]

    def get_actions(self) -> list[Action]:
        return [Action("Rename", reverse("rename", args=[self.object.pk]), primary=True)]


class RenameForm(Form):
    name = forms.CharField(max_length=10)


class Rename(ActionView):
    """The last name stands in for a version: "1", "2", …"""

    title = "Rename"
    question = "The sign-in changes."
    form_class = RenameForm

    def get_queryset(self) -> QuerySet[Any]:
        return visible()

    def may_act(self) -> bool:
        return bool(self.object.is_active)

    def current_version(self) -> int | None:
        return int(self.object.last_name or 0)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        if data["name"] == "taken":
            raise BusinessRefusal("name-taken", "Someone has this name.", hint="Choose another.")
        if data["name"] == "root":
            raise PermissionDenied
        found = visible().filter(pk=self.object.pk, last_name=str(version))
        assert found.update(username=data["name"], last_name=str((version or 0) + 1)) == 1
        return f"Renamed to {data['name']}."

    def get_success_url(self) -> str:
        return reverse("person", args=[self.object.pk])


urlpatterns = [
    path("ui/", include("hub.ui.gallery.urls")),
    path("people/<str:pk>/", PersonDetail.as_view(), name="person"),
    path("people/<str:pk>/rename/", Rename.as_view(), name="rename"),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
