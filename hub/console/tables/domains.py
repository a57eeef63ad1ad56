"""The columns of the page of domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.console.words import person_name
from hub.masterdata.domains import DomainOverview
from hub.ui.columns import Column, Kind


@dataclass(frozen=True, slots=True)
class DomainLine:
    """A domain as the table shows it."""

    overview: DomainOverview
    #: Whether the reader may come into the maintenance admin, where some kinds are kept.
    staff: bool = False

    @property
    def url(self) -> str:
        """Where its mappings, or its rows, are."""
        if self.overview.is_mapped:
            return f"{reverse('console:mappings')}?domain={self.overview.key}"
        if self.overview.key == "decision_table":
            return reverse("console:decision-tables")
        return reverse(f"admin:masterdata_{self.overview.key.replace('_', '')}_changelist") if self.staff else ""

    @property
    def owner(self) -> str:
        policy = self.overview.policy
        return " · ".join(filter(None, (policy.owner, person_name(policy.steward)))) or "Nobody yet"

    @property
    def mapped(self) -> int | None:
        return self.overview.mapped if self.overview.is_mapped else None

    @property
    def rules(self) -> str:
        count = self.overview.rules
        return f"{count:,} {'rule' if count == 1 else 'rules'} among them" if count else ""

    @property
    def changed_at(self) -> datetime | None:
        return self.overview.changed_at


def domain_lines(rows: Sequence[DomainOverview], *, staff: bool) -> list[DomainLine]:
    return [DomainLine(row, staff) for row in rows]


def _waiting(line: DomainLine) -> Any:
    count, key = line.overview.waiting, line.overview.key
    if not count:
        return ""
    if not line.overview.is_mapped:
        return f"{count:,}"
    url = f"{reverse('console:mappings')}?domain={key}&state=waiting"
    return format_html('<a href="{}">{} to decide</a>', url, f"{count:,}")


def _edit(line: DomainLine) -> SafeString:
    url = reverse("console:domain-policy", args=[line.overview.key])
    return format_html(
        '<a class="button button-small" role="button" href="{0}" hx-get="{0}" hx-target="#dialog" hx-swap="innerHTML"'
        ' hx-push-url="false">Edit<span class="visually-hidden"> {1}</span></a>',
        url,
        line.overview.label,
    )


DOMAIN_COLUMNS = (
    Column(key="label", label="Domain", value="overview.label", link=lambda line: line.url, css="cell-main"),
    Column(key="owner", label="Answers for it"),
    Column(key="authority", label="Authority", value=lambda line: line.overview.policy.authority or "Not said yet"),
    Column(key="how", label="A change takes", value="overview.how"),
    Column(key="codes", label="Codes in use", value="overview.codes", kind=Kind.NUMBER),
    Column(key="mapped", label="Mapped", kind=Kind.NUMBER, sub="rules"),
    Column(key="waiting", label="Proposals", value=_waiting, kind=Kind.HTML, export=lambda line: line.overview.waiting),
    Column(key="changed_at", label="Last change", kind=Kind.AGE),
)


def policy_columns() -> tuple[Column, ...]:
    """The same for those who may change how a domain is kept."""
    return (*DOMAIN_COLUMNS, Column(key="edit", label="Edit", value=_edit, kind=Kind.HTML, hide_label=True))
