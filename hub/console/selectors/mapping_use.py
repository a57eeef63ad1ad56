"""Where a mapping is used: what the tallies of codes and the notes of rules can prove, and from when on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Max, Min, Sum

from hub.console.selectors.mapping_impact import RECENT, seen
from hub.core.clock import today
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata.code_models import CodeDay
from hub.masterdata.models import Mapping, Match, RuleUse
from hub.masterdata.states import MappingState

_MOST_PLACES = 50
_MOST_CODES = 25
#: Of a rule's uses the latest are looked at: a default may take every message.
_MOST_USES = 2000


@dataclass(frozen=True, slots=True)
class PlaceUse:
    """How often the local codes came at a facility in the last 30 days, and when last."""

    facility: str
    count: int
    last: date


@dataclass(frozen=True, slots=True)
class RuledCode:
    """A local code that the rule resolved, in how many of its latest messages, and one of these."""

    local_code: str
    canonical_code: str
    count: int
    message_id: UUID


@dataclass(frozen=True, slots=True)
class RuledUse:
    """A code of one message, and the rule that resolved it: None where it is no longer there."""

    use: RuleUse
    rule: Mapping | None


@dataclass(frozen=True, slots=True)
class Use:
    """`since` is the first day on which anything was counted; None where nothing was yet."""

    places: list[PlaceUse]
    codes: list[RuledCode]
    since: date | None
    shadowed: tuple[str, ...] = ()


def use_of(who: Who, mapping: Mapping) -> Use:
    """At which facilities it is used: those whose own mapping of the code goes before it are left out and named."""
    shadowed = tuple(_own_mappings(mapping))
    rows = CodeDay.objects.filter(seen(mapping)).exclude(facility__in=shadowed)
    if (scope := access.facilities(who, Permission.VIEW_MAPPINGS)) is not None:
        rows = rows.filter(facility__in=[*scope, ""])
    since = CodeDay.objects.aggregate(first=Min("day"))["first"]
    if mapping.match != Match.EXACT:
        return Use([], _ruled(mapping), since, shadowed)
    recent = rows.filter(day__gt=today() - RECENT).order_by().values_list("facility")
    sums = recent.annotate(count=Sum("count"), last=Max("day")).order_by("-count", "facility")[:_MOST_PLACES]
    return Use([PlaceUse(place, count, last) for place, count, last in sums], [], since, shadowed)


def _own_mappings(mapping: Mapping) -> list[str]:
    """Facilities with an approved mapping of their own of the very same code, which goes first there."""
    if mapping.facility or mapping.match != Match.EXACT:
        return []
    rows = Mapping.objects.filter(
        domain=mapping.domain, system=mapping.system, match=Match.EXACT, local_code=mapping.local_code,
        state=MappingState.APPROVED, effective__contains=today(),
    ).exclude(facility="")  # fmt: skip
    return sorted(set(rows.values_list("facility", flat=True)))


def _ruled(mapping: Mapping) -> list[RuledCode]:
    latest = RuleUse.objects.filter(mapping_id=mapping.pk).order_by("-pk").values("pk")[:_MOST_USES]
    rows = RuleUse.objects.filter(pk__in=latest).order_by().values_list("local_code", "canonical_code")
    sums = rows.annotate(count=Count("pk"), newest=Max("pk")).order_by("-count", "local_code")[:_MOST_CODES]
    found = list(sums)
    messages = dict(RuleUse.objects.filter(pk__in=[row[3] for row in found]).values_list("pk", "message_id"))
    return [RuledCode(code, canonical, count, messages[newest]) for code, canonical, count, newest in found]


def resolved_by_rules(message_ids: Sequence[UUID]) -> list[RuledUse]:
    """The codes of messages that no mapping of their own resolved, with the rule that did."""
    uses = list(RuleUse.objects.filter(message_id__in=message_ids).order_by("pk")[:_MOST_PLACES])
    rules = Mapping.objects.in_bulk({use.mapping_id for use in uses}) if uses else {}
    return [RuledUse(use, rules.get(use.mapping_id)) for use in uses]
