"""Promise 4: events of one entity take effect in their source order, however they arrive."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.events import Event
from hub.core.events.appointment import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentNoShow,
    AppointmentRescheduled,
)
from hub.records.models import Appointment
from hub.records.models import Event as EventRow
from orchestration.models import Run
from tests.orchestration.world import NINE, World, appointment, happen, undone

KINDS = (
    AppointmentBooked,
    AppointmentRescheduled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentCancelled,
    AppointmentNoShow,
)


def story(kinds: list[Any], number: str) -> list[Event]:
    """What happened to one appointment, numbered by its source."""
    return [
        appointment(
            kind, number=number, sequence=place, occurred_at=NINE + timedelta(minutes=place),
            starts_at=NINE + timedelta(days=place), department="CARD" if place % 2 else "ORTH",
            facility="C02" if place % 3 == 2 else "C01",
        )
        for place, kind in enumerate(kinds)
    ]  # fmt: skip


def planned(world: World) -> dict[str, str]:
    """What the ERP's planning holds in the end, by cost center and date: nothing but what is not zero."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in world.erp.of("plan.post"):
        totals[f"{row['cost_center']} {row['date']}"] += Decimal(row["amount"])
    return {place: f"{amount:.2f}" for place, amount in totals.items() if amount}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=6))
def test_any_order_of_arrival_ends_in_the_state_of_the_newest_event(
    world: World, data: st.DataObject, kinds: list[Any]
) -> None:
    with undone():
        check_story(world, data, story(kinds, "1"))


def check_story(world: World, data: st.DataObject, events: list[Event]) -> None:
    world.erp.books = []
    for event in data.draw(st.permutations(events)):
        happen(event)
        if data.draw(st.booleans()):
            world.settle()
    world.settle()

    record = Appointment.objects.get()
    newest = events[-1]
    assert (record.sequence, record.starts_at) == (newest.sequence, newest.starts_at)
    assert EventRow.objects.filter(entity_key=record.key).count() == len(events)
    assert not Run.objects.filter(entity_key=record.key, workflow="W1").exclude(state="succeeded").exists()
    # What is planned is what the newest state expects, at whichever facility it was planned before.
    if record.status in {"cancelled", "no_show"}:
        assert planned(world) == {}
    else:
        assert planned(world) == {f"{record.cost_center} {record.starts_at.date()}": f"{record.expected_amount:.2f}"}


def test_a_late_event_is_kept_and_changes_nothing(world: World) -> None:
    completed, checked_in = story([AppointmentCheckedIn, AppointmentCompleted], "1")[::-1]
    happen(completed)
    happen(checked_in)
    world.settle()
    assert Appointment.objects.get().status == "completed"
    assert list(EventRow.objects.order_by("id").values_list("type", "applied")) == [
        ("appointment.completed", True),
        ("appointment.checked_in", False),
    ]


def test_runs_of_one_appointment_are_carried_out_one_after_the_other(world: World) -> None:
    world.erp.down = True
    for event in story([AppointmentBooked, AppointmentRescheduled, AppointmentCancelled], "1"):
        happen(event)
    world.settle()
    states = list(Run.objects.filter(workflow="W1").order_by("id").values_list("state", flat=True))
    assert states[0] in {"sending", "succeeded"}
    for before, after in pairwise(states):
        assert before == "succeeded" or after == "ready"
