"""The columns and tiles of the onboarding pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.console.selectors.people import name_in
from hub.console.tables.coverage import label_of
from hub.onboarding.checklist import Check
from hub.onboarding.models import Onboarding
from hub.onboarding.progress import Step
from hub.onboarding.selectors import Channel, ListedCode
from hub.onboarding.states import OnboardingState, StepState
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.format import NOTHING, badge, money_text
from hub.ui.stats import Stat
from hub.ui.timeline import Stage


def onboarding_url(row: Onboarding) -> str:
    return reverse("console:onboarding-open", args=[row.pk])


def step_url(onboarding: Onboarding, step: str) -> str:
    return reverse(f"console:onboarding-{step}", args=[onboarding.pk])


ONBOARDING_COLUMNS = (
    Column(key="facility", label="Facility", link=onboarding_url, sub="name", sort="facility"),
    Column(key="state", label="State", kind=Kind.BADGE, choices=OnboardingState, sort="state"),
    Column(key="opened_at", label="Begun", kind=Kind.AGE, sort="opened_at"),
    Column(key="opened_by", label="By", kind=Kind.PERSON, value=lambda row: name_in(row, "opened_by")),
    Column(key="asked_by", label="Declared ready by", kind=Kind.PERSON, value=lambda row: name_in(row, "asked_by")),
    Column(key="live_by", label="Let go by", kind=Kind.PERSON, value=lambda row: name_in(row, "live_by")),
    Column(key="live_at", label="Live since", kind=Kind.WHEN, sort="live_at"),
)


def stages(onboarding: Onboarding, steps: Sequence[Step], here: str) -> list[Stage]:
    """The flow from left to right; where one is stands in its title."""
    return [
        Stage(
            title=f"{number} {step.title}",
            note=f"{step.said} (here)" if step.key == here else step.said,
            tone=StepState(step.state).tone if step.state in (StepState.DONE, StepState.NEXT) else None,
            url=step_url(onboarding, step.key),
        )
        for number, step in enumerate(steps, 1)
    ]


# --- feeds ---


def _proof(row: Channel) -> Badge:
    return Badge("Proven", Tone.POSITIVE) if row.proven else Badge("Unproven", Tone.CRITICAL)


def _tried(row: Channel) -> Badge | None:
    if not row.asked:
        return None
    if row.link.tried_at is None:
        return Badge("Not tried", Tone.CAUTION)
    return Badge("Answered", Tone.POSITIVE) if row.link.tried_well else Badge("Failed", Tone.CRITICAL)


def _address(row: Channel) -> str:
    if row.feed.transport == "webhook":
        return f"POST /in/v1/{row.feed.code}"
    if row.feed.transport == "mllp":
        return "MSH-3 " + ", ".join(row.feed.options.get("senders", ()) or ["any"])
    return row.feed.system.base_url


FEED_COLUMNS = (
    Column(key="name", label="Feed", value="feed.name", sub="feed.system.name", css="cell-main"),
    Column(key="address", label="How it comes", value=_address, kind=Kind.CODE),
    Column(
        key="own", label="Belongs to",
        value=lambda row: Badge("The clinic", Tone.ACCENT) if row.link.own else Badge("The group"), kind=Kind.BADGE,
    ),
    Column(key="state", label="State", value="feed.state", kind=Kind.BADGE, choices="connectors.FeedState"),
    Column(key="proof", label="Sender", value=_proof, kind=Kind.BADGE),
    Column(key="tried", label="Connection", value=_tried, kind=Kind.BADGE, sub=lambda row: row.link.tried_said),
)  # fmt: skip

# --- codes ---


def lists_table(listed: Sequence[ListedCode]) -> list[dict[str, Any]]:
    """A row a system and domain."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in listed:
        row = found.setdefault(
            (one.row.system, one.row.domain),
            {"system": one.row.system, "domain": one.row.domain, "codes": 0, "mapped": 0, "proposed": 0},
        )
        row["codes"] += 1
        row["mapped"] += bool(one.means)
        row["proposed"] += one.proposed and not one.means
    return [found[key] for key in sorted(found)]


LIST_COLUMNS = (
    Column(key="system", label="System", css="cell-main"),
    Column(key="domain", label="Domain", value=lambda row: label_of(row["domain"])),
    Column(key="codes", label="Codes", kind=Kind.NUMBER),
    Column(key="mapped", label="Mapped", kind=Kind.NUMBER),
    Column(key="proposed", label="Proposed", kind=Kind.NUMBER),
    Column(
        key="open", label="Open", value=lambda row: row["codes"] - row["mapped"] - row["proposed"], kind=Kind.NUMBER
    ),
)
PROPOSED_COLUMNS = (
    Column(key="code", label="Local code", value="local_code", sub="note", css="cell-main",
           link=lambda row: reverse("console:mapping", args=[row.pk])),
    Column(key="domain", label="Domain", value=lambda row: label_of(row.domain)),
    Column(key="system", label="System"),
    Column(key="canonical_code", label="Would mean", kind=Kind.CODE),
    Column(key="state", label="State", kind=Kind.BADGE, choices="masterdata.MappingState"),
    Column(key="proposed_by", label="Proposed by", kind=Kind.PERSON),
)  # fmt: skip

# --- dry run ---

RUN_COLUMNS = (
    Column(key="at", label="When", kind=Kind.WHEN, link=lambda row: f"?run={row.pk}"),
    Column(key="feed", label="Feed", kind=Kind.CODE),
    Column(key="by", label="By", kind=Kind.PERSON, value=lambda row: name_in(row, "by")),
    Column(key="messages", label="Messages", kind=Kind.NUMBER),
    Column(key="clean", label="Outcome", kind=Kind.BADGE,
           value=lambda row: Badge("Clean", Tone.POSITIVE) if row.is_clean else Badge("Not clean", Tone.CAUTION)),
    Column(key="digest", label="Seal", value=lambda row: row.digest[:16], kind=Kind.CODE),
)  # fmt: skip


def _came_of(row: Mapping[str, Any]) -> Badge:
    if row["repeats"]:
        return Badge("Repeated", Tone.NEUTRAL)
    if row["fault"]:
        return Badge("Refused" if row["parsed"] else "Not understood", Tone.CRITICAL)
    return Badge("Codes missing", Tone.CAUTION) if row["missing"] else Badge("Goes through", Tone.POSITIVE)


def _why(row: Mapping[str, Any]) -> str:
    if row["repeats"]:
        return f"The same message as {row['repeats']}."
    if row["fault"]:
        return str(row["fault"])
    return ", ".join(f"{label_of(one['domain']).lower()} {one['local_code']}" for one in row["missing"])


def _counted(found: Mapping[str, int]) -> SafeString:
    if not found:
        return NOTHING
    return format_html("{}", ", ".join(f"{name} × {count}" if count > 1 else name for name, count in found.items()))


MESSAGE_COLUMNS = (
    Column(key="name", label="Message", css="cell-main",
           sub=lambda row: f"contract {row['contract_version']}" if row["contract_version"] else ""),
    Column(key="came", label="Outcome", value=_came_of, kind=Kind.BADGE),
    Column(key="why", label="What stands in the way", value=_why),
    Column(key="events", label="Events", value=lambda row: _counted(row["events"]), kind=Kind.HTML),
    Column(key="runs", label="Runs", value=lambda row: _counted(row["runs"]), kind=Kind.HTML),
    Column(key="amount", label="Dollars", value=lambda row: Decimal(row["amount"]), kind=Kind.MONEY),
)  # fmt: skip
MISSING_COLUMNS = (
    Column(key="local_code", label="Local code", css="cell-main"),
    Column(key="domain", label="Domain", value=lambda row: label_of(row["domain"])),
    Column(key="messages", label="Messages", kind=Kind.NUMBER),
)


def report_stats(report: Mapping[str, Any]) -> list[Stat]:
    totals = report["totals"]
    whole = totals["clean"] == totals["messages"]
    return [
        Stat("Messages that go through", f"{totals['clean']:,}", hint=f"of {totals['messages']:,}",
             tone=Tone.POSITIVE if whole else Tone.CAUTION),
        Stat("Events", f"{sum(totals['events'].values()):,}", hint=", ".join(sorted(totals["events"])) or "none"),
        Stat("Runs", f"{sum(totals['runs'].values()):,}", hint=", ".join(sorted(totals["runs"])) or "none"),
        Stat("Dollars", money_text(Decimal(totals["amount"])), hint="charges, and what such visits bring"),
    ]  # fmt: skip


# --- checklist ---


def check_columns(onboarding: Onboarding) -> tuple[Column, ...]:
    def where(row: Check) -> SafeString:
        if row.ok or not row.step:
            return NOTHING
        return format_html('<a class="button button-small" href="{}">Mend it</a>', step_url(onboarding, row.step))

    return (
        Column(
            key="ok", label="So", kind=Kind.HTML,
            value=lambda row: badge(Badge("Yes", Tone.POSITIVE) if row.ok else Badge("Open", Tone.CAUTION)),
        ),
        Column(key="label", label="Check", sub="said", css="cell-main"),
        Column(key="where", label="Mend it", kind=Kind.HTML, hide_label=True, value=where),
    )  # fmt: skip
