"""Where the console's pages are. One place, so that a page can be linked before it is known who draws it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from exceptions.models import Case, Member
from hub.core.parking import Held
from hub.masterdata.models import Mapping

#: In a filter, in place of a facility: what belongs to the whole group.
GROUP = "group"


def case_url(case: Case) -> str:
    return reverse("console:case", args=[case.number])


def queue_url(**filters: str) -> str:
    return _with(reverse("console:queue"), filters)


def member_url(member: Member) -> str:
    """The page of what a case holds."""
    names = {Held.MESSAGE.value: "console:message", Held.RUN.value: "console:run"}
    return _page(names.get(member.kind, ""), member.ref)


def journey_url(member: Member) -> str:
    return _page("console:journey", member.journey_id) if member.journey_id else ""


def _page(name: str, *arguments: Any) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _with(url: str, filters: dict[str, str]) -> str:
    chosen = {name: value for name, value in filters.items() if value}
    return f"{url}?{urlencode(chosen)}" if chosen else url


def runs_url(**filters: str) -> str:
    url = _page("console:runs")
    return _with(url, filters) if url else ""


def systems_url() -> str:
    return _page("console:systems")


def mapping_url(mapping: Mapping) -> str:
    return reverse("console:mapping", args=[mapping.pk])
