"""The columns and cards of the mapping pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.urls import reverse

from hub.console.links import case_url, domains_url, mapping_url, mapping_version_url
from hub.console.selectors.mapping_use import RuledCode
from hub.console.selectors.people import name_in
from hub.console.words import place_name
from hub.core.clock import today
from hub.masterdata.bulk_change import Line
from hub.masterdata.domains import Policy
from hub.masterdata.import_plan import Kind as RowKind
from hub.masterdata.import_plan import RowPlan
from hub.masterdata.imports import ImportPreview
from hub.masterdata.models import Domain, Mapping, Match
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.selectors import HistoryEntry
from hub.masterdata.states import WAITING, MappingState
from hub.ui.badges import Badge, Tone, badge_for
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
_DECISION_LOOKS = {
    MappingState.REVIEWED.value: ("eye", Tone.INFO),
    MappingState.APPROVED.value: ("check", Tone.POSITIVE),
    MappingState.REJECTED.value: ("x", Tone.CAUTION),
    MappingState.RETIRED.value: ("archive", Tone.NEUTRAL),
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


def life_badge(mapping: Mapping) -> Badge:
    """Its state; of an approved one what its days make of it: scheduled, effective or ended."""
    if mapping.state != MappingState.APPROVED:
        return badge_for(mapping.state, MappingState)
    start, end, day = start_of(mapping.effective), end_of(mapping.effective), today()
    if start is not None and start > day:
        return Badge("Scheduled", Tone.INFO)
    if end is not None and end <= day:
        return Badge("Ended", Tone.NEUTRAL)
    return Badge("Effective", Tone.POSITIVE)


def code_note(mapping: Mapping) -> str:
    """What stands under a code: that it is a rule, and its note."""
    rules = {Match.PREFIX.value: "Rule: every other code that begins so", Match.DEFAULT.value: "Rule: any other code"}
    return " · ".join(filter(None, (rules.get(mapping.match, ""), mapping.note)))


MAPPING_COLUMNS = (
    Column(key="local_code", label="Local code", link=mapping_url, sort="local_code", sub=code_note),
    Column(key="domain", label="Domain", value=domain_name, sort="domain"),
    Column(key="system", label="System", sort="system"),
    Column(key="facility", label="Facility", value=lambda row: row.facility or EVERYWHERE, sort="facility"),
    Column(key="canonical_code", label="Means", kind=Kind.CODE, sort="canonical_code"),
    Column(key="effective", label="In effect", value=days_text),
    Column(key="state", label="State", kind=Kind.BADGE, value=life_badge, sort="state"),
    Column(key="proposed_by", label="Proposed by", kind=Kind.PERSON, value=lambda row: name_in(row, "proposed_by"),
           sort="proposed_by"),
    Column(key="updated_at", label="Changed", kind=Kind.AGE, sort="updated_at"),
)  # fmt: skip

#: Mappings beside another one: without what they share with it.
RELATED_COLUMNS = (
    Column(key="local_code", label="Local code", link=mapping_url, sub=code_note),
    Column(key="system", label="System"),
    Column(key="facility", label="Facility", value=lambda row: row.facility or EVERYWHERE),
    Column(key="canonical_code", label="Means", kind=Kind.CODE),
    Column(key="effective", label="In effect", value=days_text),
    Column(key="state", label="State", kind=Kind.BADGE, value=life_badge),
)

MISSING_COLUMNS = (
    Column(key="title", label="Missing", link=case_url),
    Column(key="facility", label="Facility", value=lambda case: place_name(case.facility)),
    Column(key="held", label="Held", kind=Kind.NUMBER),
    Column(key="amount", label="At risk", kind=Kind.MONEY),
    Column(key="opened", label="Age", value="opened_at", kind=Kind.AGE),
)

#: The chosen mappings of one change, and what it does to each.
CHANGE_COLUMNS = (
    Column(key="local", label="Local code", value="mapping.local_code", link=lambda line: mapping_url(line.mapping)),
    Column(
        key="where", label="Of", value=lambda line: f"{line.mapping.system} · {line.mapping.facility or EVERYWHERE}"
    ),
    Column(key="means", label="Means", value="mapping.canonical_code", kind=Kind.CODE),
    Column(key="days", label="In effect", value=lambda line: days_text(line.mapping)),
    Column(key="state", label="State", value=lambda line: life_badge(line.mapping), kind=Kind.BADGE),
    Column(key="outcome", label="What happens", value=lambda line: change_badge(line), kind=Kind.BADGE),
    Column(key="why", label="In words", value=lambda line: line.fault or line.outcome),
)


def _place(mapping: Mapping) -> str:
    return f"{mapping.system} · {mapping.facility or EVERYWHERE}"


def change_badge(line: Line) -> Badge | None:
    if line.fault:
        return Badge("Cannot be", Tone.CRITICAL)
    return Badge("Changes", Tone.CAUTION) if line.outcome else None


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


def mapping_facts(mapping: Mapping, policy: Policy) -> list[Fact]:
    owner = mapping.owner or policy.owner or (policy.steward.get_full_name() if policy.steward else "")
    return [
        Fact("Local code", mapping.local_code, Kind.CODE),
        Fact("Speaks of", str(Match(mapping.match).label)),
        Fact("Means", mapping.canonical_code, Kind.CODE),
        Fact("Domain", domain_name(mapping), url=domains_url()),
        Fact("System", mapping.system),
        Fact("Facility", mapping.facility or EVERYWHERE),
        Fact("In effect", days_text(mapping)),
        Fact("Answers for it", owner),
        Fact("A change takes", policy.in_words),
        Fact("Proposed by", name_in(mapping, "proposed_by"), Kind.PERSON),
        *([Fact("Reviewed by", name_in(mapping, "reviewed_by"), Kind.PERSON)] if mapping.reviewed_by else []),
        *_decision(mapping),
        Fact("Note", mapping.note),
    ]


def _decision(mapping: Mapping) -> list[Fact]:
    """Who decided and when; nothing while it waits."""
    if mapping.state in WAITING:
        return []
    said = {MappingState.REJECTED.value: "Turned down by", MappingState.RETIRED.value: "Retired by"}
    return [
        Fact(said.get(mapping.state, "Approved by"), name_in(mapping, "decided_by"), Kind.PERSON),
        Fact("Decided", mapping.decided_at, Kind.WHEN),
    ]


def history_items(mapping: Mapping, entries: Iterable[HistoryEntry]) -> list[TimelineItem]:
    """Each entry leads to the mapping as it stood then."""
    return [_history_item(mapping, entry) for entry in entries]


def _history_item(mapping: Mapping, entry: HistoryEntry) -> TimelineItem:
    """A decision is called by its name; what else changed stands below."""
    decided = next((one.new for one in entry.changes if one.field == "state" and one.new in MappingState.values), "")
    title = str(MappingState(decided).label) if decided else entry.kind
    icon, tone = _DECISION_LOOKS.get(decided) or _HISTORY_LOOKS.get(entry.kind, ("circle-dot", Tone.NEUTRAL))
    changes = [
        f"{change.field.replace('_', ' ')}: {change.old or 'none'} → {change.new or 'none'}"
        for change in entry.changes
        if change.field != "state"
    ]
    return TimelineItem(
        entry.at, title, text="; ".join(changes), actor=entry.who, icon=icon, tone=tone, quote=entry.reason,
        url=mapping_version_url(mapping, entry.pk),
    )  # fmt: skip


def version_lines(mapping: Mapping) -> list[str]:
    """A version of a mapping line by line, to be laid beside another."""
    return [
        f"Local code: {mapping.local_code}",
        f"Speaks of: {Match(mapping.match).label}",
        f"Means: {mapping.canonical_code}",
        f"System: {mapping.system}",
        f"Facility: {mapping.facility or EVERYWHERE}",
        f"In effect: {days_text(mapping)}",
        f"State: {MappingState(mapping.state).label}",
        f"Answers for it: {mapping.owner or 'the owner of its domain'}",
        f"Note: {mapping.note or 'none'}",
    ]


# --- where used ---------------------------------------------------------------------------------------------
PLACE_COLUMNS = (
    Column(key="facility", label="Facility", value=lambda use: place_name(use.facility), css="cell-main"),
    Column(key="count", label="Came", kind=Kind.NUMBER),
    Column(key="last", label="Last", kind=Kind.WHEN),
)
RULED_COLUMNS = (
    Column(key="local_code", label="Local code", kind=Kind.CODE),
    Column(key="canonical_code", label="Taken as", kind=Kind.CODE),
    Column(key="count", label="Messages", kind=Kind.NUMBER),
    Column(key="message", label="The latest", value=lambda code: "Message", link=lambda code: message_page(code)),
)


def message_page(code: RuledCode) -> str:
    return reverse("console:message", args=[code.message_id])
