"""How entries and tie-outs are shown."""

from __future__ import annotations

from dataclasses import replace

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.console.links import case_url
from hub.console.selectors.ledger import AccountLine, BreakLine, EntrySource
from hub.console.selectors.runs import workflow_title
from hub.console.tables.journeys import entry_name, journey_name
from hub.console.tables.runs import run_url
from hub.console.words import count_text, place_name
from hub.core.identifiers import masked_key
from hub.core.money import ZERO
from hub.ledger.models import Entry, TieOut
from hub.ledger.states import EntryState
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact


def entry_url(entry: Entry) -> str:
    return reverse("console:entry", args=[entry.pk])


ENTRY_COLUMNS = (
    Column(key="kind", label="Entry", value=entry_name, link=entry_url, sub="description", export="id", css="cell-mid"),
    Column(
        key="key",
        label="Posting key",
        value=lambda entry: masked_key(entry.posting_key),
        kind=Kind.CODE,
        css="cell-mid",
    ),
    Column(key="facility", label="Facility", value=lambda entry: place_name(entry.facility)),
    Column(key="date", label="Effective", value="effective_date", kind=Kind.WHEN, css="nowrap"),
    Column(key="total", label="Amount", kind=Kind.MONEY),
    Column(key="state", label="State", kind=Kind.BADGE, choices=EntryState),
    Column(key="reference", label="ERP's number", value="erp_reference", kind=Kind.CODE, css="nowrap"),
    Column(key="recorded", label="Recorded", value="recorded_at", kind=Kind.WHEN),
)


def export_columns() -> tuple[Column, ...]:
    """An entry in two columns says its kind and its description; what is taken away says each by itself."""
    kind, *others = ENTRY_COLUMNS
    return (
        replace(kind, export=entry_name),
        Column(key="description", label="Description"),
        *others,
        Column(key="currency", label="Currency"),
        Column(key="posted", label="Posted", value="posted_at", kind=Kind.WHEN),
        Column(key="id", label="Id", value="pk"),
    )


def line_columns(names: dict[str, str]) -> tuple[Column, ...]:
    return (
        Column(key="account", label="Account", value="account", kind=Kind.CODE,
               sub=lambda line: names.get(line.account, "")),
        Column(key="center", label="Cost center", value="cost_center", kind=Kind.CODE),
        Column(key="payer", label="Payer"),
        Column(key="memo", label="Memo"),
        Column(key="debit", label="Debit", value=lambda line: line.debit or None, kind=Kind.MONEY),
        Column(key="credit", label="Credit", value=lambda line: line.credit or None, kind=Kind.MONEY),
    )  # fmt: skip


def entry_facts(entry: Entry, source: EntrySource) -> list[Fact]:
    facts = [
        Fact("Posting key", masked_key(entry.posting_key), Kind.CODE),
        Fact("Effective", entry.effective_date, Kind.WHEN),
        Fact("Facility", place_name(entry.facility)),
        Fact("Currency", entry.currency),
        Fact("Recorded", entry.recorded_at, Kind.WHEN),
        Fact("Posted", entry.posted_at, Kind.WHEN),
        Fact("ERP's number", entry.erp_reference, Kind.CODE),
    ]
    if source.event is not None:
        facts.append(Fact("Source event", source.event.type))
    if source.run is not None:
        facts.append(Fact("Run", workflow_title(source.run.workflow), url=run_url(source.run)))
    if source.case is not None:
        facts.append(Fact("Held by", f"Case {source.case.number}: {source.case.title}", url=case_url(source.case)))
    if source.journey is not None:
        url = reverse("console:journey", args=[source.journey.pk])
        facts.append(Fact("Journey", journey_name(source.journey), url=url))
    if entry.reverses is not None:
        facts.append(Fact("Reverses", masked_key(entry.reverses.posting_key), url=entry_url(entry.reverses)))
    if source.reversed_by is not None:
        facts.append(Fact("Reversed by", masked_key(source.reversed_by.posting_key), url=entry_url(source.reversed_by)))
    return [fact for fact in facts if fact.value not in ("", None)]


# --- tie-out ------------------------------------------------------------------------------------------------
def tie_out_url(tie_out: TieOut) -> str:
    return reverse("console:tie-out", args=[tie_out.pk])


def tie_out_badge(tie_out: TieOut) -> Badge:
    """Money differs, or entries do though the sums agree, or all is well."""
    if tie_out.difference != ZERO:
        return Badge("Does not tie out", Tone.CRITICAL, "scale")
    return (
        Badge(count_text(len(tie_out.breaks), "break"), Tone.CAUTION)
        if tie_out.breaks
        else Badge("Ties out", Tone.POSITIVE)
    )


def agreement(line: AccountLine) -> Badge:
    return Badge("Agrees", Tone.POSITIVE) if line.agrees else Badge("Differs", Tone.CRITICAL)


ACCOUNT_COLUMNS = (
    Column(key="account", label="Account", kind=Kind.CODE, sub="name"),
    Column(key="sd", label="Subledger debit", value="subledger_debit", kind=Kind.MONEY),
    Column(key="sc", label="Subledger credit", value="subledger_credit", kind=Kind.MONEY),
    Column(key="ed", label="ERP debit", value="erp_debit", kind=Kind.MONEY),
    Column(key="ec", label="ERP credit", value="erp_credit", kind=Kind.MONEY),
    Column(key="difference", label="Difference", kind=Kind.MONEY),
    Column(key="agrees", label="", value=agreement, kind=Kind.BADGE),
)


def _broken(line: BreakLine) -> str:
    return f"{entry_name(line.entry)}: {line.entry.description}" if line.entry else masked_key(line.posting_key)


def _why(line: BreakLine) -> SafeString | str:
    """A case that holds the entry says more than that it has not arrived."""
    if line.case is None:
        return line.reason
    return format_html('held by <a href="{}">case {}</a>: {}', case_url(line.case), line.case.number, line.case.title)


BREAK_COLUMNS = (
    Column(
        key="entry",
        label="Entry",
        value=_broken,
        link=lambda line: entry_url(line.entry) if line.entry else "",
        sub=lambda line: masked_key(line.posting_key),
    ),
    Column(key="facility", label="Facility", value=lambda line: place_name(line.entry.facility) if line.entry else ""),
    Column(key="date", label="Effective", value="entry.effective_date", kind=Kind.WHEN, css="nowrap"),
    Column(key="reason", label="Why", value=_why),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
    Column(key="state", label="Now", value="entry.state", kind=Kind.BADGE, choices=EntryState),
)

TIE_OUT_COLUMNS = (
    Column(key="at", label="Compared", kind=Kind.WHEN, link=tie_out_url),
    Column(key="by", label="By", kind=Kind.PERSON),
    Column(key="result", label="Result", value=tie_out_badge, kind=Kind.BADGE),
    Column(key="difference", label="Difference", kind=Kind.MONEY),
    Column(key="breaks", label="Breaks", value=lambda row: len(row.breaks), kind=Kind.NUMBER),
)
