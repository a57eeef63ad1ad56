"""Celery's side of cases: tasks carry nothing; the work is rows."""

from __future__ import annotations

from celery import shared_task

from exceptions import counting, expectations, incidents, mailing, queue, releases, returns, rhythm, settling
from exceptions.alerts import sending
from exceptions.deeds import services as deeds
from exceptions.replays import work
from exceptions.teams import assignment, escalation
from hub.core.wake import woken


@shared_task(name=queue.RELEASE_CASES)
def release_cases() -> None:
    """Release what was mapped meanwhile, and the next part of every release under way."""
    woken(queue.RELEASE_CASES)
    releases.release_mapped()
    releases.release_due()


@shared_task(name=queue.SETTLE_CASES)
def settle_cases() -> None:
    woken(queue.SETTLE_CASES)
    settling.settle()
    incidents.follow_incidents()


@shared_task(name=queue.CARRY_OUT_DEEDS)
def carry_out_deeds() -> None:
    woken(queue.CARRY_OUT_DEEDS)
    deeds.carry_on()


@shared_task(name="exceptions.tasks.fold_tallies")
def fold_tallies() -> None:
    counting.fold_tallies()


@shared_task(name="exceptions.tasks.age_cases")
def age_cases() -> None:
    counting.age_cases()


@shared_task(name="exceptions.tasks.mail_notices")
def mail_notices() -> None:
    mailing.mail_due()
    returns.mail_returned()


@shared_task(name="exceptions.tasks.sweep_expectations")
def sweep_expectations() -> None:
    """Open the cases of what is due and did not come; listen to every feed."""
    rhythm.listen()
    expectations.sweep()


@shared_task(name=queue.ASSIGN_CASES)
def assign_cases() -> None:
    woken(queue.ASSIGN_CASES)
    assignment.assign_waiting()


@shared_task(name="exceptions.tasks.escalate_cases")
def escalate_cases() -> None:
    """Lift what has been open too long for its dollars; tell of clocks that have run out."""
    escalation.escalate()
    escalation.tell_overdue()
    sending.forget_old()


@shared_task(name=queue.SEND_ALERTS)
def send_alerts() -> None:
    woken(queue.SEND_ALERTS)
    sending.send_due()


@shared_task(name=queue.WORK_REPLAYS)
def work_replays() -> None:
    """Go on with the replays that are being previewed, run, or come to rest."""
    woken(queue.WORK_REPLAYS)
    work.work()
