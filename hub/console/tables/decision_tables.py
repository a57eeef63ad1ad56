"""The columns and cards of the decision-table pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hub.console.links import decision_table_url
from hub.console.selectors.bench import NO_RULE, Sum, Trial
from hub.console.selectors.people import name_in
from hub.core.money import ZERO
from hub.masterdata.decision_rows import Change, RowChange, conditions, outcome_name
from hub.masterdata.decisions import Outcome
from hub.masterdata.models import DecisionTable
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.states import MappingState
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.format import money_text, when_text
from hub.ui.stats import Stat

_TONES = {
    Outcome.PATIENT_BALANCE: Tone.INFO,
    Outcome.ERP_ADJUSTMENT: Tone.POSITIVE,
    Outcome.WRITE_OFF: Tone.CAUTION,
    Outcome.KEEP: Tone.NEUTRAL,
    Outcome.REVIEW: Tone.ACCENT,
}
_CHANGES = {
    Change.ADDED: Badge("Added", Tone.POSITIVE),
    Change.REMOVED: Badge("Gone", Tone.CRITICAL),
    Change.SAME: Badge("Same", Tone.NEUTRAL),
}


def outcome_badge(outcome: str) -> Badge:
    if outcome == NO_RULE:
        return Badge("No rule: a person", Tone.CRITICAL)
    return Badge(outcome_name(outcome), _TONES[Outcome(outcome)] if outcome in set(Outcome) else Tone.NEUTRAL)


def days_in_force(table: DecisionTable) -> str:
    start, end = start_of(table.effective), end_of(table.effective)
    if start is None:
        return "From its approval on" if table.state == MappingState.PROPOSED else "Always"
    return f"Since {when_text(start)}" if end is None else f"{when_text(start)} to {when_text(end)}"


VERSION_COLUMNS = (
    Column(key="name", label="Table", value=lambda row: f"{row.name}, version {row.version}", link=decision_table_url,
           sub="note", sort="version"),
    Column(key="state", label="State", kind=Kind.BADGE, choices=MappingState, sort="state"),
    Column(key="effective", label="In force", value=days_in_force),
    Column(key="rows", label="Rows", value="row_count", kind=Kind.NUMBER),
    Column(key="proposed_by", label="Proposed by", kind=Kind.PERSON, value=lambda row: name_in(row, "proposed_by"),
           sort="proposed_by"),
    Column(key="decided_by", label="Decided by", kind=Kind.PERSON, value=lambda row: name_in(row, "decided_by"),
           sort="decided_by"),
    Column(key="decided", label="Decided", value="decided_at", kind=Kind.WHEN, sort="decided_at"),
)  # fmt: skip

ROW_COLUMNS = (
    Column(key="position", label="Row", kind=Kind.NUMBER),
    Column(key="conditions", label="When", value=conditions, css="cell-main", sub="reason"),
    Column(key="outcome", label="Then", value=lambda row: outcome_badge(row.outcome), kind=Kind.BADGE),
)

CHANGE_COLUMNS = (
    Column(key="change", label="Change", value=lambda item: _CHANGES[item.change], kind=Kind.BADGE),
    Column(key="position", label="Row", value="row.position", kind=Kind.NUMBER),
    Column(key="conditions", label="When", value=lambda item: conditions(item.row), sub="row.reason"),
    Column(key="outcome", label="Then", value=lambda item: outcome_badge(item.row.outcome), kind=Kind.BADGE),
)

OUTCOME_COLUMNS = (
    Column(key="outcome", label="Outcome", value="badge", kind=Kind.BADGE),
    Column(key="count", label="Adjustments", kind=Kind.NUMBER),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
    Column(key="before", label="In force now", value="before", kind=Kind.NUMBER),
    Column(key="amount_before", label="Amount now", kind=Kind.MONEY),
)
HIT_COLUMNS = (
    Column(key="position", label="Row", kind=Kind.NUMBER),
    Column(key="when", label="When", css="cell-main"),
    Column(key="outcome", label="Then", value="badge", kind=Kind.BADGE),
    Column(key="count", label="Decides", kind=Kind.NUMBER),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
)
MOVED_COLUMNS = (
    Column(key="from", label="In force now", value="before", kind=Kind.BADGE),
    Column(key="to", label="Would be", value="after", kind=Kind.BADGE),
    Column(key="count", label="Adjustments", kind=Kind.NUMBER),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
)
WITHOUT_COLUMNS = (
    Column(key="payer", label="Payer", css="cell-main"),
    Column(key="reason", label="Adjustment", kind=Kind.CODE),
    Column(key="count", label="Adjustments", kind=Kind.NUMBER),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
)


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    badge: Badge
    count: int
    amount: Decimal
    before: int
    amount_before: Decimal


@dataclass(frozen=True, slots=True)
class HitLine:
    position: int
    when: str
    badge: Badge
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MovedLine:
    before: Badge
    after: Badge
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class WithoutLine:
    payer: str
    reason: str
    count: int
    amount: Decimal


def outcome_lines(trial: Trial) -> list[OutcomeLine]:
    outcomes = [*Outcome, NO_RULE]
    return [
        OutcomeLine(
            outcome_badge(name),
            trial.by_outcome[name].count,
            trial.by_outcome[name].amount,
            trial.by_outcome_now[name].count,
            trial.by_outcome_now[name].amount,
        )
        for name in outcomes
        if trial.by_outcome[name].count or trial.by_outcome_now[name].count
    ]


def hit_lines(trial: Trial) -> list[HitLine]:
    """Every row, those that decide nothing too: they are dead, or a row above takes all of theirs."""
    nothing = Sum()
    return [
        HitLine(row.position, conditions(row), outcome_badge(row.outcome), found.count, found.amount)
        for row in trial.tried.rows
        for found in [trial.by_row.get(row.position, nothing)]
    ]


def moved_lines(trial: Trial) -> list[MovedLine]:
    ordered = sorted(trial.moved.items(), key=lambda item: -item[1].amount)
    return [
        MovedLine(outcome_badge(before), outcome_badge(after), found.count, found.amount)
        for (before, after), found in ordered
    ]


def without_lines(trial: Trial) -> list[WithoutLine]:
    ordered = sorted(trial.without.items(), key=lambda item: -item[1].amount)
    return [
        WithoutLine(payer, f"{group} {carc}".strip(), found.count, found.amount)
        for (payer, group, carc), found in ordered[:20]
    ]


def trial_stats(trial: Trial) -> list[Stat]:
    changed = sum(found.count for found in trial.moved.values())
    dollars = sum((found.amount for found in trial.moved.values()), ZERO)
    without = trial.by_outcome[NO_RULE]
    review = trial.by_outcome[Outcome.REVIEW]
    return [
        Stat("Adjustments", f"{trial.total.count:,}", hint=money_text(trial.total.amount)),
        Stat("Decided otherwise", f"{changed:,}", hint=money_text(dollars), tone=Tone.INFO if changed else None),
        Stat("Sent to review", f"{review.count:,}", hint=money_text(review.amount)),
        Stat("Without a rule", f"{without.count:,}", hint=money_text(without.amount),
             tone=Tone.CAUTION if without.count else Tone.POSITIVE),
    ]  # fmt: skip


def table_facts(table: DecisionTable) -> list[Fact]:
    return [
        Fact("Table", table.name),
        Fact("Version", table.version, Kind.NUMBER),
        Fact("In force", days_in_force(table)),
        Fact("Proposed by", name_in(table, "proposed_by"), Kind.PERSON),
        Fact("Decided by", name_in(table, "decided_by"), Kind.PERSON),
        Fact("Decided", table.decided_at, Kind.WHEN),
        Fact("Note", table.note),
    ]


def changed_only(changes: Iterable[RowChange]) -> list[RowChange]:
    return [item for item in changes if item.change is not Change.SAME]
