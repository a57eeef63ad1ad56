"""Promise 3: an outside effect happens once, whatever the weather at the far side."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.models import Delivery, Lane, PostingKey, System
from exceptions.models import Case
from hub.core import clock
from hub.ledger.models import Entry, Line
from orchestration import services
from orchestration.models import Attempt, Run
from orchestration.replaying import begin_again
from tests.orchestration.world import (
    LOSE_ANSWER,
    NINE,
    REFUSE,
    WEATHER,
    FakeSystem,
    World,
    appointment,
    charge,
    completed,
    encounter,
    happen,
    undone,
)


def close_breakers() -> None:
    Lane.objects.update(breaker="closed", failures=0, hold_until=None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weather=st.lists(st.sampled_from(WEATHER), max_size=30), visits=st.integers(1, 6))
def test_every_effect_stands_once_in_the_far_books_whatever_answers_and_requests_are_lost(
    world: World, weather: list[str], visits: int
) -> None:
    for fake in world.systems.values():
        fake.books, fake.weather = [], []
    world.erp.weather = list(weather)
    with undone(), clock.travel(NINE + timedelta(days=2) - clock.machine_now()):
        for number in map(str, range(visits)):
            happen(appointment(number=number))
            happen(encounter(number=number), completed(number), charge(number), system="ehr")
        for _ in range(12):
            close_breakers()
            world.settle()
        assert set(world.erp.times().values()) == {1}
        assert len(world.erp.of("plan.post")) == visits
        assert len(world.erp.of("journal.post")) == visits
        assert not Delivery.objects.exclude(state="confirmed").exists()
        assert not Entry.objects.exclude(state="posted").exists()
        totals = Line.objects.aggregate(debits=Sum("debit"), credits=Sum("credit"))
        assert totals["debits"] == totals["credits"]


def test_an_answer_lost_after_the_far_side_took_it_is_read_back_and_not_sent_again(world: World) -> None:
    world.erp.weather = [LOSE_ANSWER]
    happen(appointment())
    world.settle()
    assert len(world.erp.books) == 1
    assert Delivery.objects.get().attempts == 2
    assert Run.objects.get().state == "succeeded"


def test_replaying_a_run_a_hundred_times_posts_nothing_more(world: World) -> None:
    happen(appointment())
    world.settle()
    run = Run.objects.get()
    for _ in range(100):
        begin_again([run.id], from_step="enrich")
        world.settle()
    run.refresh_from_db()
    assert (run.state, run.generation) == ("succeeded", 101)
    assert len(world.erp.books) == 1


def test_a_replayed_delivery_is_confirmed_from_its_posting_key(world: World) -> None:
    with clock.travel(NINE + timedelta(days=2) - clock.machine_now()):
        happen(encounter(payer="SELFPAY"), completed(payer="SELFPAY"), charge(), system="ehr")
        world.settle()
        begin_again([Run.objects.get().id], from_step="receivable")
        world.settle()
    first, second = Delivery.objects.order_by("id")
    assert (first.repeated, second.repeated) == (False, True)
    assert second.reference == first.reference
    assert len(world.erp.books) == 1


def test_a_refused_effect_parks_its_run_and_may_be_corrected_under_the_same_key(world: World) -> None:
    world.erp.weather = [REFUSE]
    happen(appointment())
    world.settle()
    run = Run.objects.get()
    case = Case.objects.get()
    assert (run.state, run.step, case.code) == ("parked", "plan", "closed-period")
    assert not PostingKey.objects.exists()

    services.retry_runs([run.id])
    world.settle()
    run.refresh_from_db()
    assert run.state == "succeeded"
    assert len(world.erp.books) == 1
    assert [row.outcome for row in Attempt.objects.filter(run_id=run.id).order_by("id")][-1] == "done"


def test_the_same_event_again_starts_no_second_run(world: World) -> None:
    happen(appointment())
    happen(appointment())
    world.settle()
    assert Run.objects.count() == 1
    assert len(world.erp.books) == 1


def test_an_outage_is_one_incident_and_drains_in_order(world: World, db: None) -> None:
    world.erp.down = True
    for index in range(20):
        happen(appointment(number=str(index)))
    for _ in range(6):
        world.settle()
    assert Lane.objects.get(system__code="erp").breaker == "open"
    incident = Case.objects.get()
    assert incident.code == "system-down"
    assert Run.objects.filter(state="sending").count() == 20

    world.erp.down = False
    Lane.objects.update(probe_at=clock.machine_now())
    world.settle()
    assert Run.objects.filter(state="succeeded").count() == 20
    keys = [request.posting_key for request in world.erp.books]
    assert keys == [f"W1:scheduling:{index}:booked:{NINE.isoformat()}:plan" for index in range(20)]


def test_a_worker_that_died_while_sending_leaves_a_delivery_that_is_read_back(world: World) -> None:
    happen(appointment())
    from orchestration import engine

    engine.advance()
    delivery = Delivery.objects.get()
    # What a worker leaves that died after the far side took it: sending, its lease run out.
    world.erp.send([request_of(delivery)])
    Delivery.objects.update(state="sending", lease_until=clock.machine_now() - timedelta(seconds=1))
    world.settle()
    assert Delivery.objects.get().state == "confirmed"
    assert len(world.erp.books) == 1


def request_of(delivery: Delivery) -> object:
    from connectors.base import DeliveryRequest
    from hub.core.sealing import open_json

    return DeliveryRequest(delivery.operation, delivery.posting_key, open_json(delivery.sealed_request))


def test_wrong_credentials_pause_the_system_with_one_case(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.base import DeliveryResult, Outcome
    from hub.core.errors import ConfigurationFault

    refused = DeliveryResult(Outcome.FAILED, failure=ConfigurationFault("unauthorized", "Wrong key."), status=401)
    monkeypatch.setattr(FakeSystem, "send", lambda self, requests: [refused for _ in requests])
    happen(appointment(), appointment(number="2"))
    world.settle()
    assert System.objects.get(code="erp").state == "paused"
    assert Case.objects.get().failure_class == "configuration"
    assert Delivery.objects.filter(state="pending").count() == 2
    assert Decimal(0) == Case.objects.get().amount
