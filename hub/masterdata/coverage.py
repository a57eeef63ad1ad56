"""How much of what systems send has a meaning: of the codes seen, how many are mapped, by facility, system and domain.

Read from the tallies of codes by day (`code_tally`), never from messages; whether a code means something is asked of
the crosswalk in memory, so mappings of every facility, rules and defaults count as they do when work is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import Exact

from hub.core.clock import today
from hub.core.errors import MappingMissing
from hub.governance.access import Who, facilities, scoped
from hub.governance.roles import Permission
from hub.masterdata.code_models import CodeDay, LocalCode
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.models import Mapping, Match
from hub.masterdata.snapshot import Crosswalk
from hub.masterdata.states import WAITING, MappingState

#: Domain, system, facility (empty: a facility's own code, or none stated), local code.
Key = tuple[str, str, str, str]

_SEEN = """
SELECT domain, system, facility, local_code, sum(count)::bigint, max(day) FROM (
    SELECT domain, system, facility, local_code, count, day FROM masterdata_codeday WHERE day > %(since)s
    UNION ALL
    SELECT domain, system, facility, local_code, count, day FROM masterdata_codesighting WHERE day > %(since)s
) AS counted
 WHERE (%(everywhere)s OR facility = ANY(%(places)s::text[]))
   AND (%(cell)s::text[] IS NULL OR ARRAY[system, facility]::text[] = %(cell)s::text[])
 GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class CodeStanding:
    """One code: how often it came, whether it means something, and whether a proposal waits."""

    domain: str
    system: str
    facility: str
    local_code: str
    count: int
    last_seen: date | None
    means: str
    by_rule: bool
    proposed: bool

    @property
    def key(self) -> Key:
        return self.domain, self.system, self.facility, self.local_code

    @property
    def mapped(self) -> bool:
        return bool(self.means)


@dataclass(slots=True)
class Cell:
    """Facility × system × domain. `expected` codes are listed and never came; they count in no rate."""

    facility: str
    system: str
    domain: str
    codes: int = 0
    mapped: int = 0
    count: int = 0
    mapped_count: int = 0
    proposed: int = 0
    expected: int = 0
    expected_unmapped: int = 0

    def add(self, code: CodeStanding) -> None:
        self.proposed += code.proposed and not code.mapped
        if not code.count:
            self.expected += 1
            self.expected_unmapped += not code.mapped
            return
        self.codes += 1
        self.mapped += code.mapped
        self.count += code.count
        self.mapped_count += code.count if code.mapped else 0

    def include(self, other: Cell) -> None:
        for name in ("codes", "mapped", "count", "mapped_count", "proposed", "expected", "expected_unmapped"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def missing(self) -> int:
        return self.codes - self.mapped

    @property
    def rate(self) -> float | None:
        """Of what came, the share that means something, weighted by how often it came; None where nothing came."""
        return self.mapped_count / self.count if self.count else None


@dataclass(slots=True)
class Matrix:
    """Cells by (facility, system, domain)."""

    cells: dict[tuple[str, str, str], Cell] = field(default_factory=dict)

    def add(self, code: CodeStanding) -> None:
        key = (code.facility, code.system, code.domain)
        if key not in self.cells:
            self.cells[key] = Cell(*key)
        self.cells[key].add(code)


def standing(who: Who, *, days: int, cell: tuple[str, str] | None = None, on: date | None = None) -> list[CodeStanding]:
    """Every code seen in the last `days`, and every listed one that was not, at the facilities of `who`.

    `cell` asks for one (system, facility) only.
    """
    on = on or today()
    scope = facilities(who, Permission.VIEW_MAPPINGS)
    if scope is not None and not scope:
        return []
    places = sorted(scope | {""}) if scope is not None else []
    seen = _seen(on - timedelta(days=days), None if scope is None else places, cell)
    for key in _listed(who, cell):
        seen.setdefault(key, (0, None))
    return _judged(seen, on)


def _seen(since: date, places: Sequence[str] | None, cell: tuple[str, str] | None) -> dict[Key, tuple[int, Any]]:
    values: dict[str, Any] = {
        "since": since,
        "everywhere": places is None,
        "places": list(places or ()),
        "cell": cell and list(cell),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, values)
        return {(domain, system, place, code): (count, day) for domain, system, place, code, count, day in cursor}


def _listed(who: Who, cell: tuple[str, str] | None) -> list[Key]:
    rows = scoped(LocalCode.objects.order_by(), who, Permission.VIEW_MAPPINGS, shared=True)
    if cell is not None:
        rows = rows.filter(system=cell[0], facility=cell[1])
    return list(rows.values_list("domain", "system", "facility", "local_code"))


def _judged(seen: dict[Key, tuple[int, Any]], on: date) -> list[CodeStanding]:
    crosswalk, waiting = snapshot(fresh=True), _waiting()
    found = []
    for key, (count, day) in seen.items():
        domain, system, place, code = key
        means, by_rule = _meaning(crosswalk, key, on)
        proposed = key in waiting or (domain, system, "", code) in waiting
        found.append(CodeStanding(domain, system, place, code, count, day, means, by_rule, proposed))
    return found


def _meaning(crosswalk: Crosswalk, key: Key, on: date) -> tuple[str, bool]:
    """What the code means on `on`, and whether a rule says so and no mapping of its own."""
    domain, system, place, code = key
    try:
        means = crosswalk.resolve(domain, system, place, code, on)
    except MappingMissing:
        return "", False
    own = any((domain, system, where, code) in crosswalk.mappings for where in (place, ""))
    return means, not own


def _waiting() -> set[Key]:
    rows = Mapping.objects.filter(state__in=WAITING).order_by()
    return set(rows.values_list("domain", "system", "facility", "local_code"))


def matrix(codes: Iterable[CodeStanding]) -> Matrix:
    found = Matrix()
    for code in codes:
        found.add(code)
    return found


def unused_mappings(who: Who, *, days: int, on: date | None = None) -> QuerySet[Mapping]:
    """The approved mappings of one code whose code did not come for `days`; younger ones had no time to."""
    since = (on or today()) - timedelta(days=days)
    came_ever = CodeDay.objects.filter(
        Q(facility=OuterRef("facility")) | Q(Exact(OuterRef("facility"), Value(""))),
        domain=OuterRef("domain"), system=OuterRef("system"), local_code=OuterRef("local_code"),
    )  # fmt: skip
    came = came_ever.filter(day__gt=since)
    rows = Mapping.objects.filter(
        Q(effective__endswith=None) | Q(effective__endswith__gt=on or today()),
        Q(decided_at=None) | Q(decided_at__date__lte=since),
        state=MappingState.APPROVED,
        match=Match.EXACT,
    )
    last = came_ever.order_by("-day").values("day")[:1]
    return scoped(
        rows.exclude(Exists(came)).annotate(last_seen=Subquery(last)), who, Permission.VIEW_MAPPINGS, shared=True
    )


def never_seen(who: Who) -> QuerySet[LocalCode]:
    """The listed codes that no message ever brought, as far as counts are kept."""
    came = CodeDay.objects.filter(
        domain=OuterRef("domain"), system=OuterRef("system"), local_code=OuterRef("local_code"),
        facility=OuterRef("facility"),
    )  # fmt: skip
    return scoped(LocalCode.objects.exclude(Exists(came)), who, Permission.VIEW_MAPPINGS, shared=True)
