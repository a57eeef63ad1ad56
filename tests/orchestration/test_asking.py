"""A step may ask while it waits, wait beside its case, and send its run back: nothing stands still with a lane."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exceptions.models import Case
from hub.core import clock
from hub.core.errors import BusinessRefusal
from hub.core.events.appointment import AppointmentCheckedIn, AppointmentRescheduled
from orchestration import engine, replaying, starting
from orchestration.models import Run, Step, Wait
from orchestration.sweeps import sweep
from orchestration.work import Work
from orchestration.workflow import Again, Deliver, Done, Outcome, Registry, StepDefinition, Workflow
from orchestration.workflow import Wait as WaitFor
from tests.orchestration.world import NINE, REFUSE, World, appointment, happen

MOVED = (("appointment.rescheduled", "scheduling:1"),)
QUESTION = Deliver("billing", "billing.update_status", {"account_number": "A1", "status": "asked"}, "ask:1")
LATE = BusinessRefusal("too-late", "Nobody answered.", cause=("1",))


def ask(work: Work) -> Outcome:
    """Ask, and wait for the move of the appointment; late after a day, then look every hour."""
    appointment = work.appointment
    if appointment is not None and appointment.sequence == 2:
        return Done({"answer": "moved"})
    if any(row.state == "rejected" for row in work.asked("ask:1")):
        raise BusinessRefusal("refused", "They will not say.", cause=("1",))
    if work.now >= NINE + timedelta(days=1):
        return WaitFor(MOVED, until=work.now + timedelta(hours=1), ask=QUESTION, case=LATE)
    return WaitFor(MOVED, until=NINE + timedelta(days=1), ask=QUESTION)


def watch(work: Work) -> Outcome:
    """Go back once when the patient has come."""
    appointment = work.appointment
    if appointment is not None and appointment.sequence == 3 and work.run.generation == 1:
        return Again("ask", "the patient came")
    if work.run.generation == 2:
        return Done()
    return WaitFor((("appointment.checked_in", "scheduling:1"),))


ASKING = Workflow(
    code="T1", version=1, title="Asking", starts_on=frozenset({"appointment.booked"}),
    steps=(StepDefinition("ask", "Ask", ask), StepDefinition("watch", "Watch", watch)),
    subject=lambda event: event.entity_key, order=lambda event: event.entity_key,
)  # fmt: skip


@pytest.fixture
def asking(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    for module in (engine, starting, replaying):
        monkeypatch.setattr(module, "WORKFLOWS", Registry([ASKING]))
    return world


def at(hours: float) -> object:
    return clock.travel(NINE + timedelta(hours=hours) - clock.machine_now())


def moved(world: World) -> None:
    happen(appointment(AppointmentRescheduled, sequence=2, occurred_at=NINE + timedelta(minutes=1)))
    world.settle()


def test_a_run_that_asked_waits_and_the_question_goes_out_once(asking: World) -> None:
    with at(0):
        happen(appointment(sequence=1))
        asking.settle()
        run = Run.objects.get()
        assert (run.state, run.step) == ("waiting", "ask")
        assert asking.billing.times() == {"ask:1": 1}
        sweep()
        asking.settle()
        moved(asking)
    assert asking.billing.times() == {"ask:1": 1}
    assert Run.objects.get().outputs["ask"] == {"answer": "moved"}


def test_a_run_does_not_stand_still_with_a_lane_that_is_down(asking: World) -> None:
    asking.billing.down = True
    with at(0):
        happen(appointment(sequence=1))
        asking.settle()
        assert Run.objects.get().state == "waiting"
        moved(asking)
    assert Run.objects.get().step == "watch"


def test_a_refused_question_is_looked_at_when_it_is_refused(asking: World) -> None:
    asking.billing.weather = [REFUSE]
    with at(0):
        happen(appointment(sequence=1))
        asking.settle()
    assert (Run.objects.get().state, Case.objects.get().code) == ("parked", "refused")
    assert not Wait.objects.exclude(due_at=None).exists()  # a parked run has no timer of its own


def test_a_run_may_wait_beside_its_case_and_the_case_ends_by_itself(asking: World) -> None:
    with at(0):
        happen(appointment(sequence=1))
        asking.settle()
    with at(25):
        sweep()
        asking.settle()
        assert (Run.objects.get().state, Case.objects.get().code) == ("parked", "too-late")
        before = Step.objects.get().attempts
        sweep()
        asking.settle()
        assert Step.objects.get().attempts == before  # its time has not come
    with at(27):
        sweep()
        asking.settle()
        assert Step.objects.get().attempts == before + 1
        assert Case.objects.get().held == 1
        moved(asking)
    assert Run.objects.get().step == "watch"


def test_a_run_that_goes_back_keeps_what_it_did_as_history(asking: World) -> None:
    with at(0):
        happen(appointment(sequence=1))
        asking.settle()
        moved(asking)
        happen(appointment(AppointmentCheckedIn, sequence=3, occurred_at=NINE + timedelta(minutes=2)))
        asking.settle()
        run = Run.objects.get()
        assert (run.state, run.step, run.generation) == ("waiting", "ask", 2)
    steps = Step.objects.order_by("generation", "index").values_list("name", "generation", "state")
    assert list(steps) == [("ask", 1, "replaced"), ("watch", 1, "replaced"), ("ask", 2, "waiting")]
    assert run.outputs == {}
    assert asking.billing.times() == {"ask:1": 1}
