"""Reads: which onboardings there are, and the facts that their steps and checklist are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from connectors.models import Feed, Transport
from connectors.registry import connector
from connectors.states import FeedState
from exceptions.teams.models import Team
from hub.core.clock import today
from hub.core.errors import MappingMissing
from hub.core.npi import is_npi
from hub.core.sealing import open_json
from hub.governance.access import Who, scoped
from hub.governance.roles import Permission
from hub.ledger.accounts import LEDGER_ACCOUNTS
from hub.masterdata.code_models import LocalCode
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.models import Account, CostCenter, Department, Domain, Facility, Location, Mapping
from hub.masterdata.states import WAITING
from hub.onboarding.models import DryRun, Onboarding, OnboardingFeed


def onboardings(who: Who) -> QuerySet[Onboarding]:
    """Those of the facilities whose mappings `who` may see."""
    return scoped(Onboarding.objects.all(), who, Permission.VIEW_MAPPINGS)


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code of the clinic's lists: what it means today, and whether a proposal waits."""

    row: LocalCode
    means: str
    proposed: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed of the clinic, with what is known of it."""

    link: OnboardingFeed
    feed: Feed

    @property
    def proven(self) -> bool:
        """Whether the hub can tell who sends: a secret, a line that names its sender, or a far side that it asks."""
        if connector(self.feed.system.connector).signed:
            return bool(open_json(self.feed.sealed_secrets))
        if self.feed.transport == Transport.MLLP:
            return bool(self.feed.options.get("senders")) or not self.link.own
        return True

    @property
    def asked(self) -> bool:
        """Whether the hub calls it, so that the connection can be tried."""
        return self.feed.transport == Transport.POLL

    @property
    def paused(self) -> bool:
        return self.feed.state == FeedState.PAUSED


class Facts:
    """What is so, read once for a page or a decision."""

    def __init__(self, onboarding: Onboarding) -> None:
        self.onboarding = onboarding

    @cached_property
    def facility(self) -> Facility | None:
        return Facility.objects.filter(code=self.onboarding.facility).first()

    @cached_property
    def channels(self) -> list[Channel]:
        links = list(self.onboarding.feeds.all())
        feeds = Feed.objects.select_related("system").in_bulk([one.feed for one in links], field_name="code")
        return [Channel(one, feeds[one.feed]) for one in links if one.feed in feeds]

    @cached_property
    def systems(self) -> list[str]:
        return sorted({one.link.system for one in self.channels})

    @cached_property
    def listed(self) -> list[ListedCode]:
        """The clinic's codes of its systems; of facilities' own codes those that are this one's or nobody's."""
        place = self.onboarding.facility
        rows = LocalCode.objects.filter(
            Q(facility=place) | Q(facility="", domain=Domain.FACILITY), system__in=self.systems
        )
        crosswalk, waiting, on = snapshot(fresh=True), self._waiting, today()
        found = []
        for row in rows:
            try:
                means = crosswalk.resolve(row.domain, row.system, row.facility, row.local_code, on)
            except MappingMissing:
                means = ""
            if row.domain == Domain.FACILITY and means not in ("", place):
                continue
            found.append(ListedCode(row, means, (row.domain, row.system, row.local_code) in waiting))
        return found

    @cached_property
    def _waiting(self) -> set[tuple[str, str, str]]:
        rows = Mapping.objects.filter(
            state__in=WAITING, system__in=self.systems, facility__in=(self.onboarding.facility, "")
        )
        return set(rows.values_list("domain", "system", "local_code"))

    @property
    def mapped(self) -> list[ListedCode]:
        return [one for one in self.listed if one.means]

    @property
    def open_codes(self) -> list[ListedCode]:
        """Neither mapped nor proposed."""
        return [one for one in self.listed if not one.means and not one.proposed]

    @property
    def proposed(self) -> list[ListedCode]:
        return [one for one in self.listed if one.proposed and not one.means]

    @property
    def coverage(self) -> int:
        """Percent of the listed codes that mean something, rounded down; 0 without a list."""
        return 100 * len(self.mapped) // len(self.listed) if self.listed else 0

    @cached_property
    def dry_runs(self) -> dict[str, DryRun]:
        """The latest of each feed."""
        rows = self.onboarding.dry_runs.defer("sealed_report").order_by("feed", "-id").distinct("feed")
        return {row.feed: row for row in rows}

    @cached_property
    def departments_without_cost_center(self) -> list[Department]:
        """Departments that the clinic's codes lead to and whose revenue has nowhere to go."""
        used = {one.means for one in self.listed if one.row.domain == Domain.DEPARTMENT and one.means}
        held = CostCenter.objects.filter(facility__code=self.onboarding.facility).values("department__code")
        return list(Department.objects.filter(code__in=used).exclude(code__in=held).order_by("code"))

    @cached_property
    def has_location(self) -> bool:
        return Location.objects.filter(facility__code=self.onboarding.facility, active=True).exists()

    @cached_property
    def missing_accounts(self) -> list[str]:
        known = set(Account.objects.filter(active=True, code__in=LEDGER_ACCOUNTS).values_list("code", flat=True))
        return [code for code in LEDGER_ACCOUNTS if code not in known]

    @cached_property
    def teams(self) -> list[Team]:
        """Those with people in them that answer for the clinic's cases, or for those of the whole group."""
        places = ("", self.onboarding.facility)
        return list(Team.objects.filter(facility__in=places, members__isnull=False).distinct().order_by("name"))

    @property
    def lacking(self) -> list[str]:
        """What the facility's record lacks before claims can name it."""
        place = self.facility
        if place is None:
            return ["the facility itself"]
        lacks = {
            "a billing NPI": not is_npi(place.npi),
            "a tax id": not place.tax_id,
            "its address": not (place.address and place.city and place.region and place.postal_code),
        }
        return [name for name, missing in lacks.items() if missing]


def other_feeds(onboarding: Onboarding) -> list[tuple[str, str]]:
    """(code, name) of the feeds of the group, and of this facility, that do not bring its messages yet."""
    known = onboarding.feeds.values("feed")
    rows = (
        Feed.objects.filter(facility__in=("", onboarding.facility))
        .exclude(code__in=known)
        .exclude(transport__in=("answer", "files"))
    )
    return [(code, f"{system}: {name}") for code, system, name in rows.values_list("code", "system__name", "name")]


def report_of(run: DryRun) -> dict[str, Any]:
    found: dict[str, Any] = open_json(run.sealed_report)
    return found
