"""Who sees what in the navigation, and where they are."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from hub.ui import navigation
from hub.ui.navigation import NavItem

pytestmark = pytest.mark.urls("tests.hub.ui.site")


@pytest.fixture(autouse=True)
def items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    navigation.register(NavItem("list", "List", "inbox", "ui:gallery-list", section="Work", order=20))
    navigation.register(NavItem("all", "Parts", "layers", "ui:gallery", section="Home", order=10))
    navigation.register(NavItem("staff", "Door", "lock", "ui:gallery-door", section="Work", visible=is_staff))


def is_staff(request: HttpRequest) -> bool:
    return request.user.is_staff


def asked(path: str, *, staff: bool = False) -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    request.user.is_staff = staff  # type: ignore[misc]
    return request


def current(path: str, key: str = "") -> list[str]:
    sections = navigation.sections(asked(path), key)
    return [link.label for section in sections for link in section.links if link.current]


def test_sections_stand_in_the_order_of_their_items() -> None:
    sections = navigation.sections(asked("/"))
    assert [(section.title, [link.label for link in section.links]) for section in sections] == [
        ("Home", ["Parts"]),
        ("Work", ["List"]),
    ]


def test_an_item_is_shown_to_those_who_may_use_it() -> None:
    labels = [link.label for section in navigation.sections(asked("/", staff=True)) for link in section.links]
    assert "Door" in labels


def test_the_longest_address_that_fits_is_current() -> None:
    assert current("/ui/gallery/list/7/") == ["List"]
    assert current("/ui/gallery/other/") == ["Parts"]
    assert current("/elsewhere/") == []


def test_a_page_can_name_its_item() -> None:
    assert current("/elsewhere/", "list") == ["List"]


def test_registering_again_replaces() -> None:
    navigation.register(NavItem("list", "Queue", "inbox", "ui:gallery-list"))
    labels = [link.label for section in navigation.sections(asked("/")) for link in section.links]
    assert labels == ["Parts", "Queue"]
