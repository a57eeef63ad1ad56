"""The columns and cards of the denial pages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse

from hub.console.links import denial_url, denials_url
from hub.console.selectors.denials import RUNNING
from hub.console.words import place_name
from hub.core.clock import now
from hub.core.identifiers import masked_identifier
from hub.records.models import Denial
from hub.records.states import DenialStage
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.format import duration_text, money_text

_SOON, _NEAR = timedelta(days=7), timedelta(days=30)
NOT_KNOWN = "Not known"


def limit_badge(denial: Denial) -> Badge | None:
    """Days left to appeal; none once nothing runs."""
    if denial.stage not in RUNNING:
        return None
    left = denial.appeal_due_at - now()
    if left <= timedelta(0):
        return Badge(f"{duration_text(left)} over", Tone.CRITICAL)
    tone = Tone.CRITICAL if left <= _SOON else Tone.CAUTION if left <= _NEAR else Tone.NEUTRAL
    return Badge(f"{duration_text(left)} left", tone)


def codes(denial: Denial) -> str:
    return " ".join(filter(None, (denial.group_code, denial.carc, denial.rarc))) or "no reason given"


def root_cause(denial: Denial) -> str:
    return (denial.root_cause or NOT_KNOWN).capitalize()


def _level(denial: Denial) -> str:
    return f"level {denial.appeal_level}, {denial.appeal_reference}" if denial.appeal_level else ""


DENIAL_COLUMNS = (
    Column(key="family", label="Denial", value=lambda row: row.family.capitalize(), link=denial_url, sub=codes,
           sort="family"),
    Column(key="payer", label="Payer", sort="payer"),
    Column(key="root_cause", label="Leads back to", value=root_cause, sort="root_cause"),
    Column(key="facility", label="Facility", value=lambda row: place_name(row.facility), sort="facility"),
    Column(key="amount", label="Denied", kind=Kind.MONEY, sort="amount"),
    Column(key="limit", label="Appeal limit", value=limit_badge, kind=Kind.BADGE, sort="appeal_due_at",
           export="appeal_due_at"),
    Column(key="stage", label="Stage", kind=Kind.BADGE, choices=DenialStage, sort="stage", sub=_level),
    Column(key="recovered", label="Recovered", value=lambda row: row.recovered or None, kind=Kind.MONEY,
           sort="recovered"),
    Column(key="denied", label="Denied on", value="denied_at", kind=Kind.WHEN, sort="denied_at"),
)  # fmt: skip

CAUSE_COLUMNS = (
    Column(key="cause", label="Leads back to", value=lambda row: (row.root_cause or NOT_KNOWN).capitalize(),
           link=lambda row: denials_url(root_cause=row.root_cause or "unknown", stage="any")),
    Column(key="count", label="Denials", kind=Kind.NUMBER),
    Column(key="amount", label="Denied", kind=Kind.MONEY),
    Column(key="running", label="Running", kind=Kind.NUMBER),
    Column(key="overturned", label="Overturned", kind=Kind.NUMBER,
           sub=lambda row: "" if row.won is None else f"{row.won}% of those at an end"),
    Column(key="recovered", label="Recovered", kind=Kind.MONEY),
)  # fmt: skip

DECISION_COLUMNS = (
    Column(key="when", label="Paid on", value="remittance.paid_on", kind=Kind.WHEN),
    Column(key="trace", label="Remittance", value="remittance.trace_number", kind=Kind.CODE),
    Column(key="kind", label="Decision", value=lambda row: row.kind.capitalize()),
    Column(key="charge", label="Charged", kind=Kind.MONEY),
    Column(key="paid", label="Paid", kind=Kind.MONEY),
    Column(key="codes", label="Adjustments", value=lambda row: _adjustments(row.adjustments)),
)


def _adjustments(rows: list[dict[str, str]]) -> str:
    return "; ".join(f"{row['group']} {row['reason']} {money_text(Decimal(row['amount']))}" for row in rows)


def denial_facts(denial: Denial) -> list[Fact]:
    journey = reverse("console:journey", args=[denial.journey_id])
    return [
        Fact("Payer", denial.payer),
        Fact("Claim", masked_identifier(denial.claim.key), Kind.CODE, url=journey),
        Fact("Facility", place_name(denial.facility)),
        Fact("Reason", codes(denial), Kind.CODE),
        Fact("Leads back to", root_cause(denial), url=denials_url(root_cause=denial.root_cause, stage="any")),
        Fact("Denied", denial.denied_at, Kind.WHEN),
        Fact("Appeal by", denial.appeal_due_at, Kind.WHEN),
        Fact("Appeal", _level(denial) or "none yet"),
        Fact("Sent", denial.appealed_at, Kind.WHEN),
        Fact("Ended", denial.resolved_at, Kind.WHEN),
    ]
