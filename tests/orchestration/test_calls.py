"""What happens while a run looks, or just before it sleeps, wakes it: no news is lost between two transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from exceptions.models import Case
from hub.core import clock
from hub.core.errors import BusinessRefusal
from hub.core.events.appointment import AppointmentRescheduled
from orchestration import engine, lanes, replaying, starting
from orchestration.models import Call, Run
from orchestration.waking import answer_calls
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Outcome, Registry, StepDefinition, Workflow
from orchestration.workflow import Wait as WaitFor
from tests.orchestration.world import NINE, REFUSE, World, appointment, happen

pytestmark = pytest.mark.django_db(transaction=True)

MOVED = ("appointment.rescheduled", "scheduling:1")
QUESTION = Deliver("billing", "billing.update_status", {"account_number": "A1", "status": "asked"}, "ask:1")

#: What happens, once, after a look and before what it found is written down; by the number of the look.
Meanwhile = dict[int, Callable[[], None]]


def aside(work: Callable[[], None]) -> None:
    """Done by another worker, and committed."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


def move() -> None:
    happen(appointment(AppointmentRescheduled, sequence=2, occurred_at=NINE + timedelta(minutes=1)))


def drain() -> None:
    lanes.drain("billing")


@pytest.fixture
def meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meanwhile]:
    """A workflow of one step that asks billing and waits for the appointment to move."""
    planned: Meanwhile = {}
    looks = iter(range(1, 100))

    def look(work: Work) -> Outcome:
        row, asked, number = work.appointment, list(work.asked("ask:1")), next(looks)
        if number in planned:
            aside(planned.pop(number))
        if row is not None and row.sequence == 2:
            return Done()
        if any(one.state == "rejected" for one in asked):
            raise BusinessRefusal("refused", "They will not say.", cause=("1",))
        return WaitFor((MOVED,), ask=QUESTION)

    workflow = Workflow(
        code="T1", version=1, title="Waiting", starts_on=frozenset({"appointment.booked"}),
        steps=(StepDefinition("look", "Look", look),),
        subject=lambda event: event.entity_key, order=lambda event: event.entity_key,
    )  # fmt: skip
    for module in (engine, starting, replaying):
        monkeypatch.setattr(module, "WORKFLOWS", Registry([workflow]))
    with clock.travel(NINE - clock.machine_now()):
        yield planned


@pytest.mark.parametrize("look", [1, 2])
def test_an_event_that_is_recorded_while_a_run_looks_wakes_it(meanwhile: Meanwhile, world: World, look: int) -> None:
    meanwhile[look] = move
    happen(appointment(sequence=1))
    world.settle()

    assert not meanwhile
    assert Run.objects.get().state == "succeeded"


def test_an_event_that_is_recorded_before_the_wait_and_committed_after_the_last_look_wakes_it(
    meanwhile: Meanwhile, world: World
) -> None:
    recorded, asleep = Signal(), Signal()

    def slowly() -> None:
        with transaction.atomic():
            move()
            recorded.set()
            asleep.wait(30)
        connection.close()

    def begin() -> None:
        slow.start()
        assert recorded.wait(30)

    slow = Thread(target=slowly)
    meanwhile[1] = begin
    happen(appointment(sequence=1))
    world.settle()
    assert Run.objects.get().state == "waiting"
    asleep.set()
    slow.join()
    world.settle()

    assert Run.objects.get().state == "succeeded"


def test_a_delivery_that_ends_while_its_run_looks_wakes_it(meanwhile: Meanwhile, world: World) -> None:
    world.billing.weather = [REFUSE]
    meanwhile[2] = drain
    happen(appointment(sequence=1))
    engine.advance()
    engine.advance()
    assert Run.objects.get().state == "waiting"
    world.settle()

    assert not meanwhile
    assert Case.objects.get().code == "refused"


def test_calls_are_answered_once_and_leave_nothing_behind(meanwhile: Meanwhile, world: World) -> None:
    happen(appointment(sequence=1))
    world.settle()
    move()
    assert Call.objects.count() == 1
    assert Run.objects.get().state == "waiting"
    assert answer_calls() == 1
    assert (Run.objects.get().state, Call.objects.count(), answer_calls()) == ("ready", 0, 0)


def test_a_call_that_another_worker_answers_is_left_to_it(meanwhile: Meanwhile, world: World) -> None:
    happen(appointment(sequence=1))
    world.settle()
    move()
    answered: list[int] = []
    with transaction.atomic():
        list(Call.objects.select_for_update())
        aside(lambda: answered.append(answer_calls()))
    assert (answered, answer_calls()) == ([0], 1)
