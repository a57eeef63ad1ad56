"""What is done to one run or message at its own page: through its case, with permission, reason and audit."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from exceptions import interventions
from exceptions.errors import NotAllowedNow
from exceptions.models import Member
from exceptions.states import MemberState
from hub.core.errors import SecurityRefusal
from hub.core.parking import Held
from hub.governance.models import AuditEntry
from orchestration.models import Run
from orchestration.states import RunState
from tests.exceptions.test_replays import message, run_of
from tests.exceptions.world import held, no_charge, parked, person

pytestmark = pytest.mark.django_db


def parked_run() -> Run:
    run = run_of(state=RunState.PARKED)
    parked(held(no_charge(), kind=Held.RUN, ref=run.id))
    return run


def test_a_retry_lets_go_of_the_run_and_the_case_follows_it() -> None:
    run = parked_run()
    interventions.retry(kind=Held.RUN, ref=run.id, actor=person("sandra", "specialist", "C07"))

    assert Run.objects.get().state == RunState.READY
    assert Member.objects.get().state == MemberState.RELEASED


def test_what_no_case_holds_is_not_retried() -> None:
    with pytest.raises(NotAllowedNow, match="No open case holds it"):
        interventions.retry(kind=Held.RUN, ref=run_of().id, actor=person("linda", "lead"))


def test_a_message_of_an_unproven_sender_is_not_retried() -> None:
    kept = message(state="rejected")
    parked(held(SecurityRefusal("bad-signature", "Not signed."), ref=kept.id))

    with pytest.raises(NotAllowedNow, match="never processed"):
        interventions.retry(kind=Held.MESSAGE, ref=kept.id, actor=person("erin", "engineer"))


def test_a_run_is_cancelled_with_a_reason() -> None:
    run = parked_run()
    linda = person("linda", "lead")
    with pytest.raises(NotAllowedNow, match="Say why"):
        interventions.cancel_run(run_id=run.id, actor=linda, reason="")
    interventions.cancel_run(run_id=run.id, actor=linda, reason="Billed by hand")

    assert Run.objects.get().state == RunState.CANCELLED
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason, entry.before["state"]) == ("run.cancel", "Billed by hand", RunState.PARKED)


def test_a_run_that_is_over_is_not_cancelled() -> None:
    run = run_of()

    with pytest.raises(NotAllowedNow, match="cannot be cancelled"):
        interventions.cancel_run(run_id=run.id, actor=person("linda", "lead"), reason="Late")
    assert Run.objects.get().state == RunState.SUCCEEDED


@pytest.mark.parametrize(("role", "place"), [("auditor", ""), ("specialist", "C05")])
def test_who_may_not_work_there_changes_nothing(role: str, place: str) -> None:
    run = parked_run()
    who = person("somebody", role, place)

    with pytest.raises(PermissionDenied):
        interventions.cancel_run(run_id=run.id, actor=who, reason="x")
    with pytest.raises(PermissionDenied):
        interventions.retry(kind=Held.RUN, ref=run.id, actor=who)
    assert Run.objects.get().state == RunState.PARKED
