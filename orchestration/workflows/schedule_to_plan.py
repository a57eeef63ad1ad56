"""W1, schedule to plan: what a visit is expected to bring, kept up to date in the ERP's planning.

Every change of an appointment starts a run, and every run does the same: compare what should be planned now with
what is planned, withdraw what is wrong, plan what is missing. So a cancellation, a move to another facility and an
event that came late need no cases of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hub.core.errors import Defect
from hub.core.money import ZERO
from hub.ledger.accounts import PLANNED_REVENUE
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Appointment
from hub.records.states import AppointmentStatus
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Outcome, Skip, StepDefinition, Workflow
from orchestration.workflows import subjects

_EXPECTED = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED})


def enrich(work: Work) -> Outcome:
    """Cost center, service line and expected revenue of the appointment as it now stands."""
    appointment = _appointment(work)
    if appointment.status not in _EXPECTED:
        return Done({"amount": "0.00", "cost_center": "", "planned_on": None})
    crosswalk = snapshot()
    planned_on = appointment.starts_at.date()
    # Not the record's own: that is what this step found for the department it had before.
    service_line = crosswalk.service_line_of(appointment.department)
    payer = appointment.payer or "SELFPAY"
    amount = crosswalk.expected_amount(service_line, appointment.visit_type, payer, planned_on)
    work.at_stake(amount)
    return Done(
        {
            "amount": f"{amount:.2f}",
            "cost_center": crosswalk.cost_center(appointment.facility, appointment.department),
            "service_line": service_line,
            "planned_on": planned_on.isoformat(),
            "crosswalk": crosswalk.number,
        }
    )


def withdraw(work: Work) -> Outcome:
    """Take back a plan that no longer holds."""
    appointment = _appointment(work)
    if not appointment.expected_amount or _planned(appointment) == _target(work):
        return Skip("nothing planned that is wrong")
    return _plan(-appointment.expected_amount, appointment.cost_center, appointment.planned_on, "withdrawn")


def plan(work: Work) -> Outcome:
    """Plan what is expected now."""
    amount, cost_center, planned_on = _target(work)
    if not amount or _planned(_appointment(work)) == _target(work):
        return Skip("nothing to plan")
    return _plan(amount, cost_center, planned_on, "expected")


def settle(work: Work) -> Outcome:
    """Keep with the appointment what the ERP has confirmed."""
    appointment = _appointment(work)
    amount, cost_center, planned_on = _target(work)
    if _planned(appointment) == (amount, cost_center, planned_on):
        return Skip("as it was")
    appointment.expected_amount = amount
    appointment.cost_center = cost_center
    appointment.planned_on = planned_on
    appointment.service_line = work.output("enrich").get("service_line") or appointment.service_line
    work.save(appointment, "expected_amount", "cost_center", "planned_on", "service_line")
    return Done()


def _appointment(work: Work) -> Appointment:
    appointment = work.appointment
    if appointment is None:
        raise Defect("appointment-missing", "The appointment of this run is not recorded.")
    return appointment


def _planned(appointment: Appointment) -> tuple[Decimal, str, date | None]:
    return appointment.expected_amount or ZERO, appointment.cost_center, appointment.planned_on


def _target(work: Work) -> tuple[Decimal, str, date | None]:
    wanted: Mapping[str, Any] = work.output("enrich")
    planned_on = wanted.get("planned_on")
    return Decimal(wanted["amount"]), wanted["cost_center"], date.fromisoformat(planned_on) if planned_on else None


def _plan(amount: Decimal, cost_center: str, planned_on: date | None, what: str) -> Deliver:
    return Deliver(
        "erp",
        "plan.post",
        {
            "date": planned_on.isoformat() if planned_on else None,
            "currency": "USD",
            "account": PLANNED_REVENUE,
            "cost_center": cost_center,
            "amount": f"{amount:.2f}",
            "description": f"Visit revenue {what}",
        },
    )


WORKFLOW = Workflow(
    code="W1",
    version=1,
    title="Schedule to plan",
    starts_on=frozenset(
        {
            "appointment.booked",
            "appointment.rescheduled",
            "appointment.cancelled",
            "appointment.checked_in",  # it may be the first to tell of a move whose own event came too late
            "appointment.no_show",
            "appointment.completed",
        }
    ),
    steps=(
        StepDefinition("enrich", "Find cost center and expected revenue", enrich),
        StepDefinition("withdraw", "Withdraw what no longer holds", withdraw),
        StepDefinition("plan", "Plan at the ERP", plan),
        StepDefinition("settle", "Keep what is planned", settle),
    ),
    subject=subjects.each_change,
    order=subjects.entity,
)
