"""The domains of reference data: who answers for each, who decides what is right, and what a change takes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Max

from hub.masterdata.models import (
    CANONICAL,
    DecisionTable,
    DenialReason,
    Domain,
    DomainPolicy,
    Fee,
    Gaps,
    Mapping,
    PayerRule,
)
from hub.masterdata.states import WAITING, MappingState

#: The domains in which money changes places: two people decide, unless the domain's policy says otherwise.
TWO_PEOPLE_BY_DEFAULT = frozenset({Domain.PAYER, Domain.ACCOUNT})


@dataclass(frozen=True, slots=True)
class OtherKind:
    """Reference data without local codes. `change` says how many people a change of it takes, and where."""

    key: str
    label: str
    model: type[Any]
    change: str


#: What else is kept and owned, beside the domains of the crosswalk.
OTHERS = (
    OtherKind("fee", "Fees", Fee, "One person, in the admin"),
    OtherKind("payer_rule", "Payer rules", PayerRule, "One person, in the admin"),
    OtherKind("denial_reason", "Denial reasons", DenialReason, "One person, in the admin"),
    OtherKind("decision_table", "Decision tables", DecisionTable, "Two people"),
)
OTHER_KINDS = {kind.key: kind for kind in OTHERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a domain asks of a change. Without a row the house's own defaults.

    `loosened_by` let one person be enough where it were two: they at least do not approve what they proposed.
    """

    domain: str
    two_people: bool
    review: bool = False
    only_steward: bool = False
    gaps: str = Gaps.SHOWN
    owner: str = ""
    steward: User | None = None
    authority: str = ""
    version: int = 0
    loosened_by: str = ""

    @property
    def in_words(self) -> str:
        """`Two people · review first · only its owner approves`."""
        words = ["Two people" if self.two_people else "One person"]
        words += ["review first"] if self.review else []
        words += ["only its owner approves"] if self.only_steward else []
        words += {Gaps.CONFIRMED.value: ["gaps confirmed"], Gaps.REFUSED.value: ["no gaps"]}.get(self.gaps, [])
        return " · ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOverview:
    """One line of the page of domains. `changed_at` is None where nothing has been mapped yet."""

    key: str
    label: str
    policy: Policy
    how: str
    codes: int
    mapped: int
    rules: int
    waiting: int
    changed_at: datetime | None
    is_mapped: bool


def policy_of(domain: str) -> Policy:
    row = DomainPolicy.objects.filter(domain=domain).select_related("steward").first()
    return _policy(domain, row, _loosened([domain])[domain])


def policies() -> dict[str, Policy]:
    """Of every domain, in two queries."""
    rows = {row.domain: row for row in DomainPolicy.objects.select_related("steward")}
    keys = (*Domain.values, *OTHER_KINDS)
    loosened = _loosened(keys)
    return {key: _policy(key, rows.get(key), loosened[key]) for key in keys}


def _policy(domain: str, row: DomainPolicy | None, loosened_by: str) -> Policy:
    if row is None:
        return Policy(domain=domain, two_people=domain in TWO_PEOPLE_BY_DEFAULT)
    return Policy(
        domain=domain,
        two_people=row.two_people,
        review=row.review,
        only_steward=row.only_steward,
        gaps=row.gaps,
        owner=row.owner,
        steward=row.steward,
        authority=row.authority,
        version=row.version,
        loosened_by="" if row.two_people else loosened_by,
    )


def _loosened(domains: Collection[str]) -> dict[str, str]:
    """Domain to who last made one person enough in it; empty where nobody did."""
    two = {domain: domain in TWO_PEOPLE_BY_DEFAULT for domain in domains}
    who = dict.fromkeys(domains, "")
    rows = DomainPolicy.history.filter(domain__in=domains).order_by("history_id")
    for domain, asked, username in rows.values_list("domain", "two_people", "history_user__username"):
        if two[domain] != asked:
            who[domain] = "" if asked else username or ""
        two[domain] = asked
    return who


def label_of(domain: str) -> str:
    """What people call it; its own key where it is none."""
    if domain in OTHER_KINDS:
        return OTHER_KINDS[domain].label
    return str(Domain(domain).label) if domain in Domain.values else domain


def overview() -> list[DomainOverview]:
    """Every domain with its counts: a fixed number of queries, over reference data only."""
    known, counts = policies(), _mapping_counts()
    mapped = [_of_domain(domain, known[domain], counts.get(domain, {})) for domain in Domain.values]
    return [*mapped, *(_of_other(kind, known[kind.key]) for kind in OTHERS)]


def _mapping_counts() -> dict[str, dict[str, Any]]:
    """Domain to how many mappings are approved, are rules, wait, and when the last one changed."""
    found: dict[str, dict[str, Any]] = {}
    rows = (
        Mapping.objects.order_by()
        .values_list("domain", "state", "match")
        .annotate(count=Count("id"), changed=Max("updated_at"))
    )
    for domain, state, match, count, changed in rows:
        sums = found.setdefault(domain, {"approved": 0, "rules": 0, "waiting": 0, "changed": changed})
        sums["changed"] = max(sums["changed"], changed)
        if state == MappingState.APPROVED:
            sums["approved"] += count
            sums["rules"] += count if match != "exact" else 0
        if state in WAITING:
            sums["waiting"] += count
    return found


def _of_domain(domain: str, policy: Policy, counts: dict[str, Any]) -> DomainOverview:
    return DomainOverview(
        key=domain,
        label=label_of(domain),
        policy=policy,
        how=policy.in_words,
        codes=CANONICAL[domain]._default_manager.filter(active=True).count(),
        mapped=counts.get("approved", 0),
        rules=counts.get("rules", 0),
        waiting=counts.get("waiting", 0),
        changed_at=counts.get("changed"),
        is_mapped=True,
    )


def _of_other(kind: OtherKind, policy: Policy) -> DomainOverview:
    rows = kind.model._default_manager
    waiting = rows.filter(state__in=WAITING).count() if kind.model is DecisionTable else 0
    return DomainOverview(
        key=kind.key,
        label=kind.label,
        policy=policy,
        how=kind.change,
        codes=rows.count(),
        mapped=0,
        rules=0,
        waiting=waiting,
        changed_at=kind.model.history.order_by("-history_id").values_list("history_date", flat=True).first(),
        is_mapped=False,
    )
