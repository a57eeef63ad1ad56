"""The tasks of cases and KPIs: what the beat names exists, and a turn of the beat carries a case to its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.models import Message
from connectors.states import MessageState
from exceptions.models import Case
from exceptions.states import CaseState, MemberState
from hub.celery import app
from hub.core.clock import now
from hub.kpis.models import Snapshot
from hub.schedule import SCHEDULE
from tests.exceptions.test_release import held_messages, map_code
from tests.exceptions.world import held, parked


@pytest.fixture(autouse=True)
def tasks() -> None:
    app.loader.import_default_modules()


def test_every_entry_of_the_schedule_names_a_task_that_exists() -> None:
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)


@pytest.mark.django_db
def test_turns_of_the_beat_release_a_mapped_code_and_end_its_case() -> None:
    (message,) = held_messages(1)
    case = parked(held(ref=message.id))
    map_code()
    app.tasks["exceptions.tasks.release_cases"]()
    assert case.members.get().state == MemberState.RELEASED
    Message.objects.update(state=MessageState.PROCESSED)
    app.tasks["exceptions.tasks.settle_cases"]()
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED


@pytest.mark.django_db
def test_the_slower_tasks_fold_age_and_measure() -> None:
    case = parked(held(amount="10.00"))
    Case.objects.update(due_at=now() - timedelta(days=30))
    for name in ("exceptions.tasks.fold_tallies", "exceptions.tasks.age_cases", "hub.kpis.tasks.refresh_kpis"):
        app.tasks[name]()
    before = case.priority
    case.refresh_from_db()
    assert case.priority > before
    assert Snapshot.objects.exists()
