"""One KPI as its page shows it: by facility, by part, with what it is made from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from hub.governance.access import Who
from hub.kpis.definitions import BY_KPI, DEFINITIONS, Definition, Kpi
from hub.kpis.figures import Figure, Period, TrendPoint, combined
from hub.kpis.models import WHOLE_GROUP
from hub.kpis.proofs import Proof, proofs
from hub.kpis.selectors import Headline, Source, freshness, headline, latest


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source system over the reader's facilities; `silent` are those that it has not spoken of for long."""

    system: str
    facilities: int
    silent: list[str]
    received_at: datetime

    @property
    def is_silent(self) -> bool:
        return bool(self.silent)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The figures of one KPI by facility, largest first, and by part (an age, an interface) over all of them."""

    headline: Headline
    by_facility: list[Figure]
    by_part: list[Figure]
    sources: list[SourceState]

    @property
    def definition(self) -> Definition:
        return self.headline.definition

    @property
    def trend(self) -> list[TrendPoint]:
        return self.headline.trend

    @property
    def as_of(self) -> datetime:
        return self.headline.as_of


def kpi_named(name: str) -> Kpi | None:
    return Kpi(name) if name in set(Kpi) else None


def breakdown(who: Who, kpi: Kpi) -> Breakdown:
    figures, _ = latest(who, kpi)
    places = [figure for figure in figures if not figure.part and figure.facility != WHOLE_GROUP]
    return Breakdown(
        headline=headline(who, kpi),
        by_facility=sorted(places, key=lambda figure: (-(figure.value or 0), figure.facility)),
        by_part=_by_part(BY_KPI[kpi], figures),
        sources=_by_system(freshness(who, kpi)),
    )


def breakdowns(who: Who) -> list[Breakdown]:
    """Every KPI, in its fixed order."""
    return [breakdown(who, definition.kpi) for definition in DEFINITIONS]


def _by_system(sources: list[Source]) -> list[SourceState]:
    """Those that have been silent for long first."""
    groups: defaultdict[str, list[Source]] = defaultdict(list)
    for source in sources:
        groups[source.system].append(source)
    found = [
        SourceState(
            system,
            facilities=len(group),
            silent=sorted(source.facility for source in group if source.stale),
            received_at=max(source.received_at for source in group),
        )
        for system, group in groups.items()
    ]
    return sorted(found, key=lambda state: (not state.is_silent, state.received_at))


def _by_part(definition: Definition, figures: list[Figure]) -> list[Figure]:
    """The rows of the whole where the reader sees the whole, else the facilities' rows put together."""
    parted = [figure for figure in figures if figure.part]
    whole = [figure for figure in parted if figure.facility == WHOLE_GROUP]
    groups: defaultdict[str, list[Figure]] = defaultdict(list)
    for figure in whole or parted:
        groups[figure.part].append(figure)
    return [combined(definition, groups[part]) for part in groups]


def rows_behind(who: Who, kpi: Kpi, facility: str = "") -> list[Proof]:
    """What the KPI counts now, over the window that its number is of. `facility` is as somebody wrote it."""
    return proofs(who, kpi, Period.last(), facility if facility.isprintable() else "")
