"""Incidents: a system that is down or stopped. One case holds whatever waits in its lane, and ends with the cause."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from connectors.models import Delivery, Lane, System
from connectors.states import DELIVERY_OPEN, BreakerState, SystemState
from exceptions import policy
from exceptions.alerts import telling
from exceptions.counting import set_priority
from exceptions.locks import case_for_ending
from exceptions.models import Case, Note, Queue
from exceptions.states import CASE_OPEN, AlertEvent, CaseState, NoteKind, Resolution
from exceptions.triage import HUB
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.core.money import ZERO
from orchestration.models import Run

_ABOUT_SYSTEMS = (FailureClass.OUTAGE.value, FailureClass.CONFIGURATION.value)


def follow_incidents() -> None:
    """Bring what each incident holds up to date, and end those whose system works again."""
    incidents = Case.objects.filter(
        queue=Queue.INTEGRATION, state__in=CASE_OPEN, failure_class__in=_ABOUT_SYSTEMS, members=None
    )
    for case_id in list(incidents.exclude(system="").values_list("id", flat=True)):
        follow(case_id)


@transaction.atomic
def follow(case_id: UUID) -> None:
    case = case_for_ending(case_id)
    system = System.objects.filter(code=case.system).first()
    if case.state not in CASE_OPEN or system is None:
        return
    if _works(case, system):
        _end(case, system)
        return
    waiting = Delivery.objects.filter(system=system.code, state__in=DELIVERY_OPEN)
    held = waiting.count()
    runs = Run.objects.filter(id__in=waiting.values("run_id"))
    amount = runs.aggregate(total=Sum("amount"))["total"] or ZERO
    if (case.held, case.amount) == (held, amount):
        return
    case.held, case.amount, case.last_seen_at = held, amount, now()
    if case.failure_class == FailureClass.OUTAGE.value:
        case.title = policy.outage_title(system.name, held)
    case.save(update_fields=["held", "amount", "title", "last_seen_at"])
    set_priority(case.id)


def _works(case: Case, system: System) -> bool:
    if case.failure_class == FailureClass.CONFIGURATION.value:
        return system.state == SystemState.ACTIVE
    return not Lane.objects.filter(system=system).exclude(breaker=BreakerState.CLOSED).exists()


def _end(case: Case, system: System) -> None:
    moment = now()
    case.state, case.resolution, case.resolved_at = CaseState.RESOLVED, Resolution.FIXED, moment
    case.held, case.version = 0, case.version + 1
    case.save(update_fields=["state", "resolution", "resolved_at", "held", "version"])
    minutes, seconds = divmod(int((moment - case.opened_at).total_seconds()), 60)
    text = f"{system.name} works again after {minutes} min {seconds} s; its lane drains in order."
    Note.objects.create(case=case, author=HUB, kind=NoteKind.STATE, text=text)
    telling.tell(case, AlertEvent.RESOLVED)
