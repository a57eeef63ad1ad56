"""Lanes: how hard a system is pressed, who waits for whom, and what becomes of an answer that is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from connectors import lanes, outbound, seed, services
from connectors.base import DeliveryRequest, DeliveryResult, Outcome
from connectors.models import Delivery, Lane, PostingKey, System
from connectors.outbound import NewDelivery, enqueue, take_turn
from exceptions import settling
from exceptions.models import Case
from hub.core import clock
from hub.core.errors import Ambiguous, BusinessRefusal, Failure, SecurityRefusal, Transient
from hub.core.sealing import seal_json
from hub.governance.access import Actor
from tests.exceptions.world import at_once
from tests.orchestration.world import LOSE_ANSWER, FakeSystem

ERP = "erp"


class Erp(FakeSystem):
    """In memory; `answers` are given to the next requests, one by one, instead of taking them."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[DeliveryResult] = []
        self.broken: Exception | None = None

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        if self.answers:
            self.calls += 1
            return [self.answers.pop(0) if self.answers else self._take(request) for request in requests]
        results = super().send(requests)
        if self.broken is not None:
            raise self.broken
        return results


@pytest.fixture
def erp(db: None, monkeypatch: pytest.MonkeyPatch) -> Erp:
    seed.seed()
    made = Erp()
    monkeypatch.setattr(lanes, "client", lambda system: made)
    return made


def put(*keys: str) -> list[Delivery]:
    with transaction.atomic():
        return enqueue([NewDelivery(system=ERP, request=DeliveryRequest("journal.post", key, {})) for key in keys])


def turn() -> int:
    return take_turn(ERP, lambda ended: None)


def turns() -> None:
    """Until nothing moves; delays of single deliveries are cut short."""
    Delivery.objects.update(due_at=None)
    while turn():
        Delivery.objects.update(due_at=None)


def throttled(seconds: int | None = None) -> DeliveryResult:
    pause = timedelta(seconds=seconds) if seconds is not None else None
    return DeliveryResult(Outcome.FAILED, failure=Transient("slow-down", "Slow down.", retry_after=pause), status=429)


def lane() -> Lane:
    return Lane.objects.get(system__code=ERP)


def configure(**changes: object) -> System:
    System.objects.filter(code=ERP).update(**changes)
    return System.objects.get(code=ERP)


# --- a system that asks for patience ---


def test_a_system_that_asks_for_a_pause_gets_it_for_its_whole_lane(erp: Erp) -> None:
    put("1", "2")
    erp.answers = [throttled(7), throttled(7)]
    before = clock.machine_now()
    assert turn() == 2

    assert timedelta(seconds=7) <= lane().hold_until - before < timedelta(seconds=20)
    put("3")
    assert turn() == 0
    assert (erp.calls, erp.books) == (1, [])

    Lane.objects.update(hold_until=clock.machine_now())
    turns()
    assert erp.times() == {"1": 1, "2": 1, "3": 1}


def test_a_pause_asked_for_in_the_middle_of_a_batch_holds_the_lane_as_well(erp: Erp) -> None:
    put("1", "2", "3")
    erp.answers = [DeliveryResult(Outcome.CONFIRMED, reference="1"), throttled(30), throttled(60)]
    turn()

    assert lane().hold_until - clock.machine_now() > timedelta(seconds=50)
    assert [row.state for row in Delivery.objects.order_by("id")] == ["confirmed", "pending", "pending"]


def test_throttling_is_no_outage_and_wears_no_delivery_out(erp: Erp) -> None:
    put("1")
    for _ in range(outbound.MAX_ATTEMPTS + 3):
        erp.answers = [throttled(5)]
        Lane.objects.update(hold_until=None)
        Delivery.objects.update(due_at=None)
        turn()
    erp.answers = [throttled()]
    Lane.objects.update(hold_until=None)
    Delivery.objects.update(due_at=None)
    turn()

    assert lane().breaker == "closed"
    assert lane().hold_until > clock.machine_now()
    assert Delivery.objects.get().state == "pending"
    assert not Case.objects.exists()


def test_a_system_is_not_pressed_beyond_its_rate(erp: Erp) -> None:
    configure(rate_per_second=40, max_concurrency=2)
    put(*map(str, range(40)))
    started = time.monotonic()
    turns()
    elapsed = time.monotonic() - started

    # One slot of two: half of the rate.
    assert elapsed >= 40 / 20
    assert len(erp.books) == 40
    assert erp.calls == 2


def test_a_low_rate_makes_small_batches_so_that_no_turn_rests_for_long(erp: Erp) -> None:
    configure(rate_per_second=2, max_concurrency=1)
    put("1", "2", "3")

    assert turn() == 2


# --- how many at once ---


@contextmanager
def holding(system: System) -> Iterator[Callable[[], int]]:
    """Another worker holds a slot of `system` as long as the block runs; gives the pid of its connection."""
    held, done, pids = threading.Event(), threading.Event(), []

    def hold() -> None:
        try:
            with lanes.slot(system) as free:
                pids.append(connection.connection.info.backend_pid if free else 0)
                held.set()
                done.wait(20)
        except Exception:  # noqa: BLE001, S110 - its connection may have been killed
            pass
        finally:
            connection.close()

    worker = threading.Thread(target=hold)
    worker.start()
    held.wait(20)
    try:
        yield lambda: pids[0]
    finally:
        done.set()
        worker.join()


@pytest.mark.django_db(transaction=True)
def test_a_system_is_spoken_to_by_as_many_at_once_as_it_bears(erp: Erp) -> None:
    system = configure(max_concurrency=2)
    put("1")
    with holding(system), holding(system) as second:
        assert second() > 0
        assert turn() == 0
        with holding(System.objects.get(code="billing")) as other:
            assert other() > 0
    assert turn() == 1


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_gives_its_slot_back(erp: Erp) -> None:
    system = configure(max_concurrency=1)
    put("1")
    with holding(system) as pid:
        assert turn() == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid()])
        assert turn() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_hold_the_same_free_posting_key(erp: Erp) -> None:
    """Given two deliveries under one key that a refused third let go of, then only one of them is sent."""
    put("key", "key", "key")
    PostingKey.objects.all().delete()
    Delivery.objects.order_by("id")[0].delete()
    with transaction.atomic():
        claimed, _ = outbound._claim(System.objects.get(code=ERP), 1)
        other = threading.Thread(target=at_once, args=[turn])
        other.start()
        time.sleep(0.5)  # it has met the uncommitted key by now, and waits for it
    other.join()

    assert len(claimed) == 1
    assert erp.books == []


# --- trying again ---


@given(attempts=st.integers(1, 100), asked=st.none() | st.timedeltas(timedelta(0), timedelta(days=1)))
def test_delays_double_up_to_a_limit_with_jitter_and_never_undercut_the_far_side(
    attempts: int, asked: timedelta | None
) -> None:
    grown = min(timedelta(seconds=2 ** min(attempts - 1, 20)), timedelta(minutes=5))

    delay = outbound._delay(attempts, asked)

    assert delay >= grown / 2
    assert delay >= (asked or timedelta(0))
    assert delay <= max(grown, asked or timedelta(0))


def test_what_fails_again_and_again_by_itself_is_given_up_and_frees_its_key(erp: Erp) -> None:
    put("1")
    ended: list[Delivery] = []
    for _ in range(outbound.MAX_ATTEMPTS):
        erp.answers = [DeliveryResult(Outcome.FAILED, failure=Transient("busy", "Busy."), status=503)]
        Delivery.objects.update(due_at=None)
        Lane.objects.update(breaker="closed", failures=0)
        take_turn(ERP, ended.extend)

    assert [row.state for row in ended] == ["failed"]
    assert not PostingKey.objects.exists()


# --- an outcome that nobody knows ---


def unknown(failure: Failure | None = None) -> DeliveryResult:
    return DeliveryResult(Outcome.UNCONFIRMED, failure=failure or Ambiguous("no-answer", "No answer."))


def test_what_stays_unconfirmed_for_long_becomes_a_case_that_ends_with_its_confirmation(
    erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("1")
    erp.weather = [LOSE_ANSWER]
    turn()
    monkeypatch.setattr(Erp, "read_back", lambda self, requests: [unknown() for _ in requests])
    for minutes in (1, 14):
        with clock.travel(timedelta(minutes=minutes)):
            Delivery.objects.update(due_at=None)
            turn()
    assert not Case.objects.exists()

    for minutes in (16, 20):
        with clock.travel(timedelta(minutes=minutes)):
            Delivery.objects.update(due_at=None)
            Lane.objects.update(breaker="closed", failures=0)
            turn()
    case = Case.objects.get()
    assert (case.failure_class, case.held) == ("ambiguous", 1)

    monkeypatch.undo()
    monkeypatch.setattr(lanes, "client", lambda system: erp)
    turns()
    settling.settle()
    case.refresh_from_db()
    assert case.state == "resolved"
    assert erp.times() == {"1": 1}


def test_the_time_in_a_waiting_lane_does_not_count_as_unconfirmed(erp: Erp) -> None:
    configure(state="paused")
    put("1")
    with clock.travel(timedelta(hours=1)):
        configure(state="active")
        erp.weather = [LOSE_ANSWER]
        turn()

    assert Delivery.objects.get().state == "unconfirmed"
    assert not Case.objects.exists()


def test_a_client_that_breaks_after_sending_loses_nothing_and_sends_nothing_twice(erp: Erp) -> None:
    put("1", "2")
    erp.broken = KeyError("number")
    assert turn() == 2
    assert set(Delivery.objects.values_list("state", "code")) == {("unconfirmed", "client-failed")}

    erp.broken = None
    turns()
    assert erp.times() == {"1": 1, "2": 1}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"confirmed"}


def test_a_lease_outlasts_a_turn_of_a_slow_system(erp: Erp) -> None:
    """Or a second worker would read back, find nothing yet, and send as well."""
    system = configure(timeout_seconds=20, max_concurrency=2)
    assert outbound._lease(system) == timedelta(seconds=200)
    assert outbound._lease(configure(timeout_seconds=3)) == outbound.LEASE


# --- stopped by people and by settings ---


def test_a_paused_system_is_sent_nothing_and_resumes_in_order(erp: Erp) -> None:
    erp.max_batch = 3
    operator = Actor.command()
    services.pause_system(code=ERP, actor=operator, reason="Month end.")
    put(*"abcdefgh")
    assert turn() == 0
    assert erp.calls == 0

    services.resume_system(code=ERP, actor=operator, reason="Done.")
    turns()
    assert [request.posting_key for request in erp.books] == list("abcdefgh")


def test_settings_that_make_no_client_pause_the_system_with_a_case(db: None) -> None:
    seed.seed()
    lanes.close_clients()
    configure(sealed_secrets=seal_json({"client_id": "throughline"}))
    put("1")

    assert turn() == 0

    assert System.objects.get(code=ERP).state == "paused"
    case = Case.objects.get()
    assert (case.code, case.subject) == ("settings-incomplete", {"missing": "client_secret"})
    assert Delivery.objects.get().state == "pending"


def test_a_stranger_in_the_systems_place_stops_the_lane_for_a_person_to_look(erp: Erp) -> None:
    put("1")
    stranger = SecurityRefusal("host-key-unknown", "Another host key.")
    erp.answers = [DeliveryResult(Outcome.FAILED, failure=stranger)]
    turn()

    assert System.objects.get(code=ERP).state == "paused"
    assert Case.objects.get().failure_class == "security"
    assert Delivery.objects.get().state == "pending"


def test_what_is_refused_is_at_an_end_and_the_lane_goes_on(erp: Erp) -> None:
    put("1", "2")
    refusal = BusinessRefusal("closed-period", "The period is closed.")
    erp.answers = [DeliveryResult(Outcome.REJECTED, failure=refusal)]
    turn()

    assert [row.state for row in Delivery.objects.order_by("id")] == ["rejected", "confirmed"]
    assert list(PostingKey.objects.values_list("key", flat=True)) == ["2"]
