"""Where the console's pages are, for those that link to one another."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from exceptions.models import Case, Member
from hub.core.parking import Held
from hub.ledger.models import Entry
from hub.masterdata.models import DecisionTable, Mapping
from hub.records.models import Denial

#: In a filter, in place of a facility: what belongs to the whole group.
GROUP = "group"
_MEMBER_PAGES = {Held.MESSAGE.value: "console:message", Held.RUN.value: "console:run"}


class OfJourney(Protocol):
    journey_id: UUID | None


def case_url(case: Case) -> str:
    return reverse("console:case", args=[case.number])


def queue_url(**filters: str) -> str:
    return _with(reverse("console:queue"), filters)


def member_url(member: Member) -> str:
    """The page of what a case holds; empty for what has none."""
    name = _MEMBER_PAGES.get(member.kind)
    return reverse(name, args=[member.ref]) if name else ""


def journey_url(row: OfJourney) -> str:
    return reverse("console:journey", args=[row.journey_id]) if row.journey_id else ""


def mapping_url(mapping: Mapping) -> str:
    return reverse("console:mapping", args=[mapping.pk])


def mapping_version_url(mapping: Mapping, history_id: int) -> str:
    return reverse("console:mapping-version", args=[mapping.pk, history_id])


def domains_url() -> str:
    return reverse("console:domains")


def denial_url(denial: Denial) -> str:
    return reverse("console:denial", args=[denial.pk])


def denials_url(**filters: str) -> str:
    return _with(reverse("console:denials"), filters)


def decision_table_url(table: DecisionTable) -> str:
    return reverse("console:decision-table", args=[table.pk])


def entry_url(entry: Entry) -> str:
    return reverse("console:entry", args=[entry.pk])


def runs_url(**filters: str) -> str:
    return _with(reverse("console:runs"), filters)


def systems_url() -> str:
    return reverse("console:systems")


def _with(url: str, filters: dict[str, str]) -> str:
    chosen = {name: value for name, value in filters.items() if value}
    return f"{url}?{urlencode(chosen)}" if chosen else url
