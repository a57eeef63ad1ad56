"""What the mapping pages show beside the mappings: what waits for a code, and who covers what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from exceptions import selectors as exceptions
from exceptions.models import Case, Queue
from exceptions.states import CASE_OPEN
from hub.core.errors import FailureClass
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata import selectors
from hub.masterdata.models import Domain, Mapping
from hub.masterdata.states import MappingState

_MOST = 25


def missing_codes(who: Who) -> list[Case]:
    """Open mapping cases, those that hold the most first."""
    if not access.may(who, Permission.VIEW_CASES):
        return []
    rows = _waiting_for_codes(who)
    return list(rows.order_by("-held", "-amount", "-id")[:_MOST])


def _waiting_for_codes(who: Who) -> QuerySet[Case]:
    """By their queue first: the index begins with it."""
    rows = exceptions.cases(who).filter(queue=Queue.MAPPING, state__in=CASE_OPEN)
    return rows.filter(failure_class=FailureClass.MAPPING)


def canonical_name(mapping: Mapping) -> str:
    """What the canonical code is called; empty where it is not in use."""
    return dict(selectors.canonical_choices(mapping.domain)).get(mapping.canonical_code, "")


@dataclass(frozen=True, slots=True)
class Impact:
    """What waits for a mapping: open cases, what they hold, its dollars."""

    cases: list[Case]
    held: int
    amount: Decimal


def impact(who: Who, mapping: Mapping) -> Impact:
    """The open cases that this mapping would let go on."""
    subject = {"domain": mapping.domain, "system": mapping.system, "local_code": mapping.local_code}
    if mapping.facility:
        subject["facility"] = mapping.facility
    rows = _waiting_for_codes(who).filter(subject__contains=subject)
    cases = list(rows.order_by("-amount", "-id")[:_MOST])
    return Impact(cases, sum(case.held for case in cases), sum((case.amount for case in cases), Decimal("0.00")))


def same_code(who: Who, mapping: Mapping) -> QuerySet[Mapping]:
    """Other mappings of the very same local code: earlier and later days, other facilities, other proposals."""
    rows = selectors.mappings(who).filter(domain=mapping.domain, system=mapping.system, local_code=mapping.local_code)
    return rows.exclude(pk=mapping.pk).order_by("-id")[:_MOST]


def same_meaning(who: Who, mapping: Mapping) -> QuerySet[Mapping]:
    """What else means the same canonical code."""
    rows = selectors.mappings(who).filter(
        domain=mapping.domain,
        canonical_code=mapping.canonical_code,
        state__in=(MappingState.APPROVED, MappingState.PROPOSED),
    )
    return rows.exclude(pk=mapping.pk).order_by("system", "facility", "local_code")[:_MOST]


@dataclass(frozen=True, slots=True)
class CoverageTable:
    """One domain: a row a facility, with a Coverage for each of `systems`."""

    domain: str
    domains: list[str]
    systems: list[str]
    rows: list[dict[str, Any]]


def coverage_table(who: Who, wanted: str) -> CoverageTable:
    """Of the domain `wanted`, or of departments where there is no such domain."""
    cells = selectors.coverage(who)
    domains = [domain for domain in Domain.values if any(cell.domain == domain for cell in cells)]
    domain = wanted if wanted in domains else Domain.DEPARTMENT.value
    shown = [cell for cell in cells if cell.domain == domain]
    rows: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for cell in sorted(shown, key=lambda cell: cell.facility):
        rows[cell.facility][cell.system] = cell
        rows[cell.facility]["facility"] = cell.facility
    return CoverageTable(domain, domains, sorted({cell.system for cell in shown}), list(rows.values()))
