"""The left navigation: apps add their pages to it when they start, and each request sees what it may.

navigation.register(NavItem("cases", "Work queue", "inbox", "console:cases", section="Work",
                            visible=lambda request: request.user.has_perm("exceptions.view_case")))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse


def _always(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class NavItem:
    """One page. `key` marks it as current (a view's `nav`); `count` is shown beside it and must be cheap; `go` is the
    letter that leads there after a "g"."""

    key: str
    label: str
    icon: str
    url_name: str
    section: str = ""
    order: int = 100
    visible: Callable[[HttpRequest], bool] = _always
    count: Callable[[HttpRequest], int | None] | None = None
    go: str = ""


@dataclass(frozen=True, slots=True)
class NavLink:
    """An item as one request sees it."""

    label: str
    icon: str
    url: str
    current: bool
    count: int | None
    go: str = ""


@dataclass(frozen=True, slots=True)
class NavSection:
    title: str
    links: tuple[NavLink, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """The search box on top. It posts, since what people search for may name a patient and URLs are logged."""

    url_name: str
    placeholder: str


_items: dict[str, NavItem] = {}
_search: list[Search] = []


def register(item: NavItem) -> None:
    """Add `item`, or replace the one with its key. Sections stand in the order of their first item."""
    _items[item.key] = item


def register_search(search: Search) -> None:
    _search[:] = [search]


def search_box() -> Search | None:
    return _search[0] if _search else None


def sections(request: HttpRequest, current: str = "") -> list[NavSection]:
    """What `request` may see; `current` is a key, else the longest address that the path starts with."""
    seen = [item for item in sorted(_items.values(), key=lambda item: item.order) if item.visible(request)]
    urls = {item.key: reverse(item.url_name) for item in seen}
    here = current or _by_path(request.path, urls)
    titles = list(dict.fromkeys(item.section for item in seen))
    return [
        NavSection(title, tuple(_link(item, urls, here, request) for item in seen if item.section == title))
        for title in titles
    ]


def _by_path(path: str, urls: dict[str, str]) -> str:
    fitting = [key for key, url in urls.items() if path == url or (url != "/" and path.startswith(url))]
    return max(fitting, key=lambda key: len(urls[key]), default="")


def _link(item: NavItem, urls: dict[str, str], here: str, request: HttpRequest) -> NavLink:
    count = item.count(request) if item.count else None
    return NavLink(item.label, item.icon, urls[item.key], item.key == here, count, item.go)
