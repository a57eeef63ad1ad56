"""The columns and cards of the mapping pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from hub.console.links import case_url, mapping_url
from hub.console.words import place_name
from hub.masterdata.import_plan import Kind as RowKind
from hub.masterdata.import_plan import RowPlan
from hub.masterdata.imports import ImportPreview
from hub.masterdata.models import Domain, Mapping
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.selectors import Coverage, HistoryEntry
from hub.masterdata.states import MappingState
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.format import when_text
from hub.ui.stats import Stat
from hub.ui.timeline import TimelineItem

EVERYWHERE = "Every facility"
_ROW_BADGES = {
    RowKind.NEW: Badge("New", Tone.POSITIVE),
    RowKind.CHANGED: Badge("Changed", Tone.CAUTION),
    RowKind.SAME: Badge("Same", Tone.NEUTRAL),
    RowKind.ERROR: Badge("Wrong", Tone.CRITICAL),
}
_HISTORY_LOOKS = {
    "Created": ("plus", Tone.ACCENT),
    "Changed": ("pencil", Tone.INFO),
    "Deleted": ("trash-2", Tone.CRITICAL),
}


def domain_name(mapping: Mapping) -> str:
    return str(Domain(mapping.domain).label) if mapping.domain in Domain.values else mapping.domain


def days_text(mapping: Mapping) -> str:
    """`since Jan 1, 2024`, `until …`, `always`."""
    start, end = start_of(mapping.effective), end_of(mapping.effective)
    if start is None and end is None:
        return "Always"
    if end is None:
        return f"Since {_day(start)}"
    return f"Until {_day(end)}" if start is None else f"{_day(start)} to {_day(end)}"


def _day(day: date | None) -> str:
    return when_text(day) if day else ""


MAPPING_COLUMNS = (
    Column(key="local_code", label="Local code", link=mapping_url, sort="local_code", sub="note"),
    Column(key="domain", label="Domain", value=domain_name, sort="domain"),
    Column(key="system", label="System", sort="system"),
    Column(key="facility", label="Facility", value=lambda row: row.facility or EVERYWHERE, sort="facility"),
    Column(key="canonical_code", label="Means", kind=Kind.CODE, sort="canonical_code"),
    Column(key="effective", label="In effect", value=days_text),
    Column(key="state", label="State", kind=Kind.BADGE, choices=MappingState, sort="state"),
    Column(key="proposed_by", label="Proposed by", kind=Kind.PERSON, sort="proposed_by"),
    Column(key="updated_at", label="Changed", kind=Kind.AGE, sort="updated_at"),
)

#: Mappings beside another one: without what they share with it.
RELATED_COLUMNS = (
    Column(key="local_code", label="Local code", link=mapping_url),
    Column(key="system", label="System"),
    Column(key="facility", label="Facility", value=lambda row: row.facility or EVERYWHERE),
    Column(key="canonical_code", label="Means", kind=Kind.CODE),
    Column(key="effective", label="In effect", value=days_text),
    Column(key="state", label="State", kind=Kind.BADGE, choices=MappingState),
)

MISSING_COLUMNS = (
    Column(key="title", label="Missing", link=case_url),
    Column(key="facility", label="Facility", value=lambda case: place_name(case.facility)),
    Column(key="held", label="Held", kind=Kind.NUMBER),
    Column(key="amount", label="At risk", kind=Kind.MONEY),
    Column(key="opened", label="Age", value="opened_at", kind=Kind.AGE),
)

IMPORT_COLUMNS = (
    Column(key="number", label="Row", kind=Kind.NUMBER),
    Column(key="kind", label="Would be", value=lambda row: _ROW_BADGES[row.kind], kind=Kind.BADGE),
    Column(key="local", label="Local code", value="wanted.local_code", sub=lambda row: _where(row)),
    Column(key="means", label="Means", value="wanted.canonical_code", kind=Kind.CODE),
    Column(key="days", label="In effect", value=lambda row: _import_days(row)),
    Column(key="why", label="What changes, or why not", value=lambda row: "; ".join(_why(row))),
)  # fmt: skip


def _where(row: RowPlan) -> str:
    wanted = row.wanted
    return " · ".join(filter(None, (wanted.domain, wanted.system, wanted.facility or EVERYWHERE)))


def _import_days(row: RowPlan) -> str:
    return "" if row.kind is RowKind.ERROR else days_text(row.wanted)


def _why(row: RowPlan) -> list[str]:
    changes = [f"{change.field}: {change.old or 'none'} → {change.new or 'none'}" for change in row.changes]
    return [*row.reasons, *changes]


def import_order(rows: Sequence[RowPlan]) -> list[RowPlan]:
    """What is wrong first, what stays as it is last."""
    order = (RowKind.ERROR, RowKind.CHANGED, RowKind.NEW, RowKind.SAME)
    return sorted(rows, key=lambda row: order.index(row.kind))


def import_stats(preview: ImportPreview) -> list[Stat]:
    return [
        Stat(f"{badge.label} rows", f"{preview.counts[kind.value]:,}", tone=badge.tone)
        for kind, badge in _ROW_BADGES.items()
    ]


def mapping_facts(mapping: Mapping) -> list[Fact]:
    return [
        Fact("Local code", mapping.local_code, Kind.CODE),
        Fact("Means", mapping.canonical_code, Kind.CODE),
        Fact("Domain", domain_name(mapping)),
        Fact("System", mapping.system),
        Fact("Facility", mapping.facility or EVERYWHERE),
        Fact("In effect", days_text(mapping)),
        Fact("Proposed by", mapping.proposed_by, Kind.PERSON),
        Fact("Decided by", mapping.decided_by, Kind.PERSON),
        Fact("Decided", mapping.decided_at, Kind.WHEN),
        Fact("Note", mapping.note),
    ]


def history_items(entries: Iterable[HistoryEntry]) -> list[TimelineItem]:
    return [_history_item(entry) for entry in entries]


def _history_item(entry: HistoryEntry) -> TimelineItem:
    icon, tone = _HISTORY_LOOKS.get(entry.kind, ("circle-dot", Tone.NEUTRAL))
    changes = [
        f"{change.field.replace('_', ' ')}: {change.old or 'none'} → {change.new or 'none'}" for change in entry.changes
    ]
    return TimelineItem(
        entry.at, entry.kind, text="; ".join(changes), actor=entry.who, icon=icon, tone=tone, quote=entry.reason
    )


# --- coverage -----------------------------------------------------------------------------------------------
def coverage_columns(systems: list[str]) -> tuple[Column, ...]:
    """A facility a row, a system a column."""
    facility = Column(
        key="facility", label="Facility", value=lambda row: row["facility"] or EVERYWHERE, css="cell-main"
    )
    return (facility, *(_coverage_column(system) for system in systems))


def _coverage_column(system: str) -> Column:
    return Column(key=system, label=system, value=lambda row: coverage_badge(row.get(system)), kind=Kind.BADGE)


def coverage_badge(cell: Coverage | None) -> Badge | None:
    """`9 of 10`, green where nothing is missing; none where the system has no such codes at all."""
    if cell is None or not cell.total:
        return None
    waiting = f" +{cell.proposed}" if cell.proposed else ""
    if not cell.mapped:
        return Badge(f"None{waiting}")
    tone = Tone.POSITIVE if cell.mapped >= cell.total else Tone.CAUTION
    return Badge(f"{cell.mapped} of {cell.total}{waiting}", tone)
