"""The columns of the coverage pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exceptions.models import Case
from hub.console.links import case_url, mapping_url
from hub.console.selectors.coverage import CodeRow, Held, Overview
from hub.console.tables.mappings import days_text, domain_name
from hub.console.words import place_name
from hub.masterdata.coverage import Cell
from hub.masterdata.models import Domain
from hub.masterdata.suggestions import Suggestion
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.format import NOTHING, badge, icon, money_text
from hub.ui.stats import Stat

#: From here on a cell is green, and from there on no longer red. House default.
GOOD, POOR = 0.995, 0.9


def percent_text(rate: float | None) -> str:
    """`99.2 %`; never rounded up to a hundred."""
    if rate is None:
        return "–"
    shown = f"{int(rate * 1000) / 10:.1f}".removesuffix(".0")
    return f"{shown} %"


def rate_tone(cell: Cell) -> Tone:
    if cell.rate is None:
        return Tone.NEUTRAL if not cell.expected_unmapped else Tone.CAUTION
    if cell.rate >= GOOD:
        return Tone.POSITIVE
    return Tone.CAUTION if cell.rate >= POOR else Tone.CRITICAL


def label_of(domain: str) -> str:
    return str(Domain(domain).label) if domain in Domain.values else domain


def cell_url(cell: Cell, days: int) -> str:
    names = {"facility": cell.facility, "system": cell.system, "domain": cell.domain, "days": days}
    return f"{reverse('console:coverage-cell')}?{urlencode(names)}"


def matrix_columns(table: Overview, days: int) -> tuple[Column, ...]:
    """A facility a row, a system a column."""
    facility = Column(key="facility", label="Facility", value=lambda row: place_name(row["facility"]), css="cell-main")
    return (facility, *(_system_column(system, days) for system in table.systems))


def _system_column(system: str, days: int) -> Column:
    return Column(key=system, label=system, value=lambda row: _drawn(row.get(system), days), kind=Kind.HTML)


def _drawn(cell: Cell | None, days: int) -> SafeString:
    if cell is None:
        return NOTHING
    shown = badge(Badge(percent_text(cell.rate) if cell.codes else "not seen", rate_tone(cell)))
    said = [f"{cell.mapped:,}\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{cell.codes:,}"] if cell.codes else []
    said += [f"{cell.proposed:,} proposed"] if cell.proposed else []
    said += [f"{cell.expected:,} expected"] if cell.expected else []
    return format_html(
        '<a href="{}">{}</a><span class="cell-sub">{}</span>', cell_url(cell, days), shown, " · ".join(said)
    )


def overview_stats(table: Overview, days: int) -> list[Stat]:
    total = table.total
    return [
        Stat(
            "Meaning found", percent_text(total.rate), hint=f"of {total.count:,} codes sent in {days} days",
            tone=rate_tone(total),
        ),
        Stat(
            "Codes mapped", f"{total.mapped:,}", hint=f"of {total.codes:,} different ones",
            tone=Tone.CAUTION if total.missing else Tone.POSITIVE,
        ),
        Stat(
            "Held for a code", f"{table.held.count:,}", hint=f"{money_text(table.held.amount)} at risk",
            tone=Tone.CAUTION if table.held.count else None, url=reverse("console:coverage-unmapped"),
        ),
        Stat(
            "Expected, never seen", f"{total.expected:,}",
            hint=f"{total.expected_unmapped:,} of them without a mapping",
            url=reverse("console:coverage-never-seen"),
        ),
    ]  # fmt: skip


#: One line a facility, system and domain: what the export of the matrix holds.
CELL_COLUMNS = (
    Column(key="facility", label="Facility", value=lambda row: place_name(row[0].facility)),
    Column(key="system", label="System", value=lambda row: row[0].system),
    Column(key="domain", label="Domain", value=lambda row: label_of(row[0].domain)),
    Column(key="rate", label="Meaning found", value=lambda row: percent_text(row[0].rate)),
    Column(key="codes", label="Codes seen", value=lambda row: row[0].codes, kind=Kind.NUMBER),
    Column(key="mapped", label="Codes mapped", value=lambda row: row[0].mapped, kind=Kind.NUMBER),
    Column(key="count", label="Times sent", value=lambda row: row[0].count, kind=Kind.NUMBER),
    Column(key="mapped_count", label="Times with a meaning", value=lambda row: row[0].mapped_count, kind=Kind.NUMBER),
    Column(key="proposed", label="Proposed", value=lambda row: row[0].proposed, kind=Kind.NUMBER),
    Column(key="expected", label="Expected, not seen", value=lambda row: row[0].expected, kind=Kind.NUMBER),
    Column(key="held", label="Held", value=lambda row: row[1].count, kind=Kind.NUMBER),
    Column(key="amount", label="At risk", value=lambda row: row[1].amount, kind=Kind.MONEY),
)


def cell_table_rows(table: Overview) -> list[tuple[Cell, Held]]:
    return [(cell, table.held_in.get((cell.facility, cell.system, cell.domain), Held())) for cell in table.cells]


# --- one cell ---


def _standing_badge(row: CodeRow) -> Badge:
    code = row.code
    if code.mapped:
        return Badge("By a rule", Tone.INFO) if code.by_rule else Badge("Mapped", Tone.POSITIVE)
    if code.proposed:
        return Badge("Proposed", Tone.ACCENT)
    return Badge("Missing", Tone.CRITICAL if row.held.count else Tone.CAUTION)


def propose_url(domain: str, system: str, facility: str, local_code: str, best: Suggestion | None = None) -> str:
    """The dialog, filled in with what the code probably means; why it does is kept as the proposal's note."""
    names = {"system": system, "facility": facility, "local_code": local_code, "canonical": f"{domain}:"}
    if best is not None:
        names |= {"canonical": f"{domain}:{best.code}", "note": f"{best.percent} % sure: {best.reason}"[:200]}
    return f"{reverse('console:mapping-propose')}?{urlencode(names)}"


def propose_button(url: str, label: str) -> SafeString:
    """The dialog of a proposal, filled in."""
    return format_html(
        '<a class="button button-small" role="button" href="{}" hx-get="{}" hx-target="#dialog" hx-swap="innerHTML"'
        ' hx-push-url="false">{}{}</a>',
        url, url, icon("plus"), label,
    )  # fmt: skip


def suggestion_cell(best: Suggestion | None) -> SafeString:
    if best is None:
        return NOTHING
    said = best.reason[:1].upper() + best.reason[1:]
    return format_html(
        '<strong>{}</strong> {}<span class="cell-sub">{} % sure. {}</span>',
        best.code, best.name, best.percent, said,
    )  # fmt: skip


def _may_see(columns: Sequence[Column], *, may_propose: bool) -> tuple[Column, ...]:
    return tuple(column for column in columns if may_propose or column.key != "propose")


def code_columns(*, may_propose: bool) -> tuple[Column, ...]:
    return _may_see(_CODE_COLUMNS, may_propose=may_propose)


def _meaning(row: CodeRow) -> SafeString:
    if row.code.mapped:
        return format_html("<code>{}</code>", row.code.means)
    return suggestion_cell(row.suggestions[0] if row.suggestions else None)


def _propose(row: CodeRow) -> SafeString:
    if row.code.mapped or row.code.proposed:
        return NOTHING
    return propose_button(propose_url(*row.code.key, next(iter(row.suggestions), None)), "Propose")


_CODE_COLUMNS = (
    Column(key="code", label="Local code", value=lambda row: row.code.local_code, sub="name", css="cell-main"),
    Column(key="domain", label="Domain", value=lambda row: label_of(row.code.domain)),
    Column(key="standing", label="State", value=_standing_badge, kind=Kind.BADGE),
    Column(
        key="means", label="Means, or probably means", kind=Kind.HTML, value=_meaning,
        export=lambda row: row.code.means or (f"{row.suggestions[0].code}?" if row.suggestions else ""),
    ),
    Column(key="propose", label="Propose", kind=Kind.HTML, hide_label=True, value=_propose),
    Column(key="count", label="Times sent", value="code.count", kind=Kind.NUMBER),
    Column(key="last_seen", label="Last seen", value="code.last_seen", kind=Kind.WHEN),
    Column(key="held", label="Held", value=lambda row: row.held.count or None, kind=Kind.NUMBER),
    Column(key="amount", label="At risk", value=lambda row: row.held.amount or None, kind=Kind.MONEY),
)  # fmt: skip


# --- the lists ---


def unmapped_columns(found: Mapping[Any, Sequence[Suggestion]], *, may_propose: bool) -> tuple[Column, ...]:
    def best(case: Case) -> Suggestion | None:
        return next(iter(found.get(case.pk, ())), None)

    columns = (
        Column(key="code", label="Missing", value="local_code", link=case_url, sort="local_code"),
        Column(key="held", label="Held", kind=Kind.NUMBER, sort="held"),
        Column(key="amount", label="At risk", kind=Kind.MONEY, sort="amount"),
        Column(
            key="probably", label="Probably means", kind=Kind.HTML,
            value=lambda case: suggestion_cell(best(case)),
        ),
        Column(
            key="propose", label="Propose", kind=Kind.HTML, hide_label=True,
            value=lambda case: propose_button(_proposal_of(case, best(case)), "Propose"),
        ),
        Column(key="domain", label="Domain", value=lambda case: label_of(case.domain), sort="domain"),
        Column(key="system", label="System", value="sender", sort="sender"),
        Column(key="facility", label="Facility", value=lambda case: place_name(case.facility), sort="facility"),
        Column(key="opened_at", label="Age", kind=Kind.AGE, sort="opened_at"),
    )  # fmt: skip
    return _may_see(columns, may_propose=may_propose)


def _proposal_of(case: Case, best: Suggestion | None) -> str:
    subject = case.subject
    key = (subject.get("domain", ""), subject.get("system", ""), subject.get("facility", ""), subject["local_code"])
    return propose_url(*key, best)


UNUSED_COLUMNS = (
    Column(key="local_code", label="Local code", link=mapping_url, sort="local_code", sub="note"),
    Column(key="domain", label="Domain", value=domain_name, sort="domain"),
    Column(key="system", label="System", sort="system"),
    Column(key="facility", label="Facility", value=lambda row: place_name(row.facility), sort="facility"),
    Column(key="canonical_code", label="Means", kind=Kind.CODE, sort="canonical_code"),
    Column(key="effective", label="In effect", value=days_text),
    Column(key="last_seen", label="Last seen", kind=Kind.WHEN),
)
NEVER_SEEN_COLUMNS = (
    Column(key="local_code", label="Local code", sort="local_code", sub="name", css="cell-main"),
    Column(key="domain", label="Domain", value=lambda row: label_of(row.domain), sort="domain"),
    Column(key="system", label="System", sort="system"),
    Column(key="facility", label="Facility", value=lambda row: place_name(row.facility), sort="facility"),
    Column(key="listed_by", label="Listed by", kind=Kind.PERSON),
    Column(key="listed_at", label="Listed", kind=Kind.AGE, sort="listed_at"),
)
