"""The columns of journeys and of what belongs to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hub.console.selectors.journeys import Standing
from hub.console.selectors.runs import step_title, workflow_title
from hub.console.tables.messages import message_url
from hub.console.tables.runs import run_url
from hub.console.words import place_name
from hub.core.identifiers import masked_identifier, masked_key
from hub.ledger.models import Entry
from hub.ledger.states import EntryState
from hub.records.models import Charge, Claim, ClaimPayment, Event, Journey
from hub.records.states import (
    AppointmentStatus,
    AuthorizationStatus,
    ChargeStatus,
    ClaimStatus,
    CoverageStatus,
    EncounterStatus,
    PaymentStatus,
)
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.format import duration_text, money_text
from orchestration.states import RUN_FINAL, RunState

_PAYMENT_KINDS = {
    "adjudicated": Badge("Paid", Tone.POSITIVE),
    "denied": Badge("Denied", Tone.CRITICAL),
    "reversed": Badge("Taken back", Tone.CAUTION),
}


def journey_url(journey: Journey) -> str:
    return reverse("console:journey", args=[journey.pk])


def journey_name(journey: Journey) -> str:
    return masked_identifier(journey.account_number) or f"Journey {str(journey.pk)[-8:]}"


def journey_columns(standings: Mapping[Any, Standing]) -> tuple[Column, ...]:
    def standing(journey: Journey) -> Standing:
        return standings.get(journey.pk, Standing("Nothing yet", None))

    return (
        Column(key="account", label="Account", value=journey_name, link=journey_url),
        Column(key="facility", label="Facility", value=lambda journey: place_name(journey.facility)),
        Column(key="stage", label="Stands at", value=lambda journey: standing(journey).stage),
        Column(key="amount", label="Dollars", value=lambda journey: standing(journey).amount, kind=Kind.MONEY),
        Column(key="opened", label="Opened", value="opened_at", kind=Kind.AGE),
    )


APPOINTMENT_COLUMNS = (
    Column(key="key", label="Appointment", value=lambda row: masked_key(row.key), kind=Kind.CODE),
    Column(key="starts", label="Starts", value="starts_at", kind=Kind.WHEN),
    Column(key="department", label="Department", sub="visit_type"),
    Column(key="provider", label="Provider"),
    Column(key="payer", label="Payer"),
    Column(key="expected", label="Expected", value="expected_amount", kind=Kind.MONEY),
    Column(key="status", label="State", kind=Kind.BADGE, choices=AppointmentStatus),
)

_ASKED = {True: "required", False: "not required", None: "not said"}

COVERAGE_COLUMNS = (
    Column(key="payer", label="Payer", css="cell-main", sub="plan"),
    Column(key="asked", label="Answered", value="occurred_at", kind=Kind.WHEN,
           sub=lambda row: f"for {row.for_date:%b} {row.for_date.day}" if row.for_date else ""),
    Column(key="copay", label="Copay", kind=Kind.MONEY),
    Column(key="coinsurance", label="Coinsurance", value=lambda row: percent(row.coinsurance), css="num"),
    Column(key="deductible", label="Deductible left", value="deductible_remaining", kind=Kind.MONEY),
    Column(key="authorization", label="Authorization", value=lambda row: _ASKED[row.authorization_required]),
    Column(key="status", label="State", kind=Kind.BADGE, choices=CoverageStatus, sub="rejection"),
)  # fmt: skip


def percent(fraction: Decimal | None) -> str:
    return "" if fraction is None else f"{(fraction * 100).normalize():f} %"


AUTHORIZATION_COLUMNS = (
    Column(key="payer", label="Payer", css="cell-main"),
    Column(key="procedures", label="For", value=lambda row: ", ".join(row.procedure_codes), kind=Kind.CODE,
           sub=lambda row: "expedited" if row.expedited else ""),
    Column(key="requested", label="Requested", value="requested_at", kind=Kind.WHEN),
    Column(key="decided", label="Decided", value="decided_at", kind=Kind.WHEN,
           sub=lambda row: since(row.requested_at, row.decided_at)),
    Column(key="number", label="Number", value=lambda row: masked_identifier(row.certification_number),
           kind=Kind.CODE),
    Column(key="until", label="Valid until", value="valid_until", kind=Kind.WHEN, css="nowrap"),
    Column(key="status", label="State", kind=Kind.BADGE, choices=AuthorizationStatus, sub="reason"),
)  # fmt: skip

ESTIMATE_COLUMNS = (
    Column(key="payer", label="Payer", css="cell-main"),
    Column(key="made", label="Made", value="occurred_at", kind=Kind.WHEN),
    Column(key="amount", label="Expected", kind=Kind.MONEY),
    Column(key="patient", label="Patient", value="patient_share", kind=Kind.MONEY),
    Column(key="payer_share", label="Payer pays", kind=Kind.MONEY),
    Column(key="basis", label="Follows from"),
)

ENCOUNTER_COLUMNS = (
    Column(key="visit", label="Visit", value=lambda row: masked_identifier(row.visit_number), kind=Kind.CODE),
    Column(key="started", label="Began", value="started_at", kind=Kind.WHEN),
    Column(key="ended", label="Ended", value="ended_at", kind=Kind.WHEN),
    Column(key="department", label="Department"),
    Column(key="provider", label="Provider"),
    Column(key="payer", label="Payer"),
    Column(key="status", label="State", kind=Kind.BADGE, choices=EncounterStatus),
)


def charge_lag(charge: Charge) -> str:
    days = (charge.captured_at.date() - charge.service_date).days
    return "same day" if days <= 0 else f"{days} d"


CHARGE_COLUMNS = (
    Column(
        key="procedure", label="Procedure", value="procedure_code", kind=Kind.CODE,
        sub=lambda charge: ", ".join(charge.modifiers),
    ),
    Column(key="service", label="Service date", value="service_date", kind=Kind.WHEN, css="nowrap"),
    Column(key="captured", label="Captured", value="captured_at", kind=Kind.WHEN, sub=charge_lag),
    Column(key="department", label="Department"),
    Column(key="units", label="Units", value=lambda charge: f"{charge.units.normalize():f}", css="num"),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
    Column(key="status", label="State", kind=Kind.BADGE, choices=ChargeStatus),
)  # fmt: skip


def since(earlier: datetime | None, later: datetime | None) -> str:
    """`2 d later`, empty where either is missing."""
    return f"{duration_text(later - earlier)} later" if earlier and later and later > earlier else ""


CLAIM_COLUMNS = (
    Column(
        key="claim", label="Claim", value=lambda claim: masked_identifier(claim.key), kind=Kind.CODE, sub="payer"
    ),
    Column(key="amount", label="Charged", kind=Kind.MONEY),
    Column(key="submitted", label="Sent", value="submitted_at", kind=Kind.WHEN),
    Column(key="accepted", label="Accepted", value="accepted_at", kind=Kind.WHEN,
           sub=lambda claim: since(claim.submitted_at, claim.accepted_at)),
    Column(key="adjudicated", label="Decided", value="adjudicated_at", kind=Kind.WHEN,
           sub=lambda claim: since(claim.accepted_at, claim.adjudicated_at)),
    Column(key="paid", label="Paid", kind=Kind.MONEY,
           sub=lambda claim: f"CO {money_text(claim.contractual)}" if claim.contractual else ""),
    Column(key="patient", label="Patient", value="patient_responsibility", kind=Kind.MONEY),
    Column(key="status", label="State", kind=Kind.BADGE, choices=ClaimStatus),
)  # fmt: skip


def answer_badge(event: Event) -> Badge:
    rejected = event.type == "claim.rejected"
    return Badge("Rejected", Tone.CRITICAL) if rejected else Badge("Accepted", Tone.POSITIVE)


ANSWER_COLUMNS = (
    Column(key="source", label="Answer", value=lambda event: event.data.get("source", ""), css="cell-main"),
    Column(key="at", label="At", value="occurred_at", kind=Kind.WHEN),
    Column(key="outcome", label="Outcome", value=answer_badge, kind=Kind.BADGE),
    Column(
        key="code", label="Code", kind=Kind.CODE,
        value=lambda event: ":".join(filter(None, (event.data.get("status_category"), event.data.get("status_code")))),
    ),
    Column(key="errors", label="What it names", value=lambda event: "; ".join(event.data.get("errors") or ())),
)  # fmt: skip


def adjustments(payment: ClaimPayment) -> SafeString:
    """CO-45 $55.50, as chips."""
    chips = [
        (f"{item.get('group')}-{item.get('reason')}", money_text(Decimal(str(item.get("amount") or "0"))))
        for item in payment.adjustments
    ]
    return format_html(
        '<span class="chips">{}</span>', format_html_join("", '<span class="chip"><strong>{}</strong>{}</span>', chips)
    )


REMITTED_COLUMNS = (
    Column(
        key="trace", label="Remittance", value="remittance.trace_number", kind=Kind.CODE,
        sub=lambda payment: f"{payment.remittance.payer} · item {payment.position}",
        link=lambda payment: reverse("console:message", args=[payment.remittance.message_id]),
    ),
    Column(key="on", label="Paid on", value="remittance.paid_on", kind=Kind.WHEN, css="nowrap"),
    Column(key="kind", label="Decision", kind=Kind.BADGE, value=lambda payment: payment_badge(payment)),
    Column(key="charge", label="Charged", kind=Kind.MONEY),
    Column(key="paid", label="Paid", kind=Kind.MONEY),
    Column(key="adjustments", label="Adjustments", value=adjustments, kind=Kind.HTML),
    Column(key="patient", label="Patient", value="patient_responsibility", kind=Kind.MONEY),
    Column(key="posted", label="Posted", value="posted_at", kind=Kind.WHEN),
)  # fmt: skip


def payment_badge(payment: ClaimPayment) -> Badge:
    return _PAYMENT_KINDS.get(payment.kind, Badge(payment.kind))


def entry_columns(*, linked: bool) -> tuple[Column, ...]:
    def link(entry: Entry) -> str:
        return reverse("console:entry", args=[entry.pk]) if linked else ""

    return (
        Column(key="kind", label="Entry", value=entry_name, link=link, sub="description"),
        Column(key="date", label="Effective", value="effective_date", kind=Kind.WHEN, css="nowrap"),
        Column(key="total", label="Amount", kind=Kind.MONEY),
        Column(key="state", label="State", kind=Kind.BADGE, choices=EntryState),
        Column(key="reference", label="ERP's number", value="erp_reference", kind=Kind.CODE),
        Column(key="posted", label="Posted", value="posted_at", kind=Kind.WHEN),
    )


def entry_name(entry: Entry) -> str:
    return entry.kind.replace("_", " ").capitalize()


PAYMENT_COLUMNS = (
    Column(key="key", label="Payment", value=lambda payment: masked_key(payment.key), kind=Kind.CODE),
    Column(key="method", label="By"),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
    Column(key="settled", label="Settled", value="settled_at", kind=Kind.WHEN),
    Column(key="posted", label="Posted", value="posted_at", kind=Kind.WHEN),
    Column(key="status", label="State", kind=Kind.BADGE, choices=PaymentStatus),
)

RUN_COLUMNS = (
    Column(key="workflow", label="Run", value=lambda run: workflow_title(run.workflow), link=run_url),
    Column(key="state", label="State", kind=Kind.BADGE, choices=RunState),
    Column(
        key="step", label="Stands at", value=lambda run: "" if run.state in RUN_FINAL else step_title(run, run.step)
    ),
    Column(key="created", label="Started", value="created_at", kind=Kind.WHEN),
)

MESSAGE_COLUMNS = (
    Column(key="feed", label="Message", value="feed_code", link=message_url, sub="control_id"),
    Column(key="received", label="Received", value="received_at", kind=Kind.WHEN),
)


def claim_number(claim: Claim) -> str:
    return masked_identifier(claim.key)
