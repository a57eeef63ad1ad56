"""W2, pre-service readiness: booked → coverage → authorization → estimate → billing knows that the visit is ready.

One run per version of an appointment, those of one appointment in order. A run that still waits when the appointment
changes ends by itself and leaves the rest to the next; one whose visit is ready watches until it begins, and checks
anew what has changed. What is not ready by the facility's window before the visit is a case with its dollars and the
days left; it ends by itself when what was missing comes.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from hub.records.models import Authorization
from hub.records.states import AppointmentStatus, AuthorizationStatus
from orchestration.work import Work
from orchestration.workflow import Again, Deliver, Done, Finish, Outcome, Skip, StepDefinition, Wait, Workflow
from orchestration.workflows import readiness_questions as questions
from orchestration.workflows import subjects
from orchestration.workflows.readiness_authorization import authorization, request
from orchestration.workflows.readiness_coverage import eligibility
from orchestration.workflows.readiness_estimate import estimate, expected_amount
from orchestration.workflows.readiness_visit import Visit, changes, over, visit_of

_BEGUN = frozenset({AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED})


def begin(work: Work) -> Outcome:
    """Whether there is anything to prepare, and what hangs on it."""
    visit = visit_of(work)
    if end := over(work, visit):
        return end
    if visit.appointment.starts_at <= work.now:
        return Finish({"reason": "the visit lies in the past"})
    work.at_stake(expected_amount(visit))
    return Done()


def ready(work: Work) -> Outcome:
    """Billing hears what was found out, once for each state of it."""
    visit = visit_of(work)
    if end := over(work, visit):
        return end
    if not visit.appointment.account_number:
        return Skip("the appointment names no account that billing would know")
    payload = _readiness(work, visit)
    digest = hashlib.sha256(msgspec.json.encode(payload)).hexdigest()[:12]
    return Deliver(
        "billing", "billing.update_readiness", payload,
        posting_key=f"{work.run.workflow}:{visit.appointment.key}:ready:{digest}"[:160],
    )  # fmt: skip


def _readiness(work: Work, visit: Visit) -> dict[str, Any]:
    coverage = work.output("eligibility").get("status") or ("self-pay" if visit.is_self_pay else "not-asked")
    return {
        "account_number": visit.appointment.account_number,
        "status": "ready",
        "service_date": visit.on.isoformat(),
        "payer": visit.payer.code,
        "coverage": coverage,
        "authorization_number": work.output("authorization").get("certification_number", ""),
        "patient_share": work.output("estimate").get("patient_share", "0.00"),
        "currency": "USD",
    }


def watch(work: Work) -> Outcome:
    """Until the visit begins: what changes is checked anew."""
    visit = visit_of(work)
    if end := over(work, visit):
        return end
    if visit.appointment.status in _BEGUN or work.now >= visit.appointment.starts_at:
        return Done()
    if questions.coverage_changed(work, visit):
        return Again("eligibility", "the coverage changed")
    held = str(work.output("authorization").get("trace", ""))
    if held and not Authorization.objects.filter(key=held, status=AuthorizationStatus.APPROVED).exists():
        return Again("request", "the authorization no longer stands")
    key = visit.appointment.key
    topics = (
        *changes(work, visit),
        ("appointment.checked_in", key),
        ("appointment.completed", key),
        *((("authorization.denied", held), ("authorization.expired", held)) if held else ()),
    )
    return Wait(topics, until=visit.appointment.starts_at)


WORKFLOW = Workflow(
    code="W2",
    version=1,
    title="Pre-service readiness",
    starts_on=frozenset({"appointment.booked", "appointment.rescheduled"}),
    steps=(
        StepDefinition("begin", "See what there is to prepare", begin),
        StepDefinition("eligibility", "Ask whether the payer covers it", eligibility),
        StepDefinition("request", "Request authorization", request),
        StepDefinition("authorization", "Await the authorization", authorization),
        StepDefinition("estimate", "Estimate the patient's share", estimate),
        StepDefinition("ready", "Tell billing", ready),
        StepDefinition("watch", "Watch until the visit begins", watch),
    ),
    subject=subjects.each_change,
    order=subjects.entity,
)
