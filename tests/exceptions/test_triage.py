"""Parked work opens or joins a case, in the transaction that parks it."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from connectors.models import System
from exceptions.models import Case, CaseTally, Member, Recount
from exceptions.states import CaseState, MemberState, Resolution
from hub.core.business_days import after_business_days
from hub.core.clock import now
from hub.core.errors import BusinessRefusal, DataFault, Defect, Outage
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked, park
from tests.exceptions.world import at_once, held, no_charge, parked, unmapped


@pytest.mark.django_db
def test_the_first_item_of_a_cause_opens_a_case_that_reads_as_a_sentence() -> None:
    System.objects.create(code="scheduling", number="S3", name="Scheduling", connector="scheduling_saas")
    case = parked(held(amount="120.00"))
    assert case.title == "Department code PT-REHAB of Scheduling at C07 has no mapping"
    assert (case.queue, case.facility, case.system) == ("mapping", "C07", "scheduling")
    assert (case.state, case.held, case.amount) == (CaseState.OPEN, 1, Decimal("120.00"))
    assert case.subject["local_code"] == "PT-REHAB"
    assert case.number > 1000
    assert case.notes.get().text == "Opened."


@pytest.mark.django_db
def test_items_of_one_cause_join_and_items_of_another_do_not() -> None:
    first = parked(held(amount="100.00"), held(amount="20.50"))
    parked(held(unmapped("PT-OTHER")))
    first.refresh_from_db()
    assert (first.held, first.amount) == (2, Decimal("120.50"))
    assert Case.objects.count() == 2
    assert first.members.count() == 2


@pytest.mark.django_db
def test_parking_the_same_thing_again_counts_it_once_at_its_newest_amount() -> None:
    ref = uuid7()
    case = parked(held(ref=ref, amount="100.00"), held(ref=ref, amount="130.00"))
    assert (case.held, case.amount) == (1, Decimal("130.00"))
    assert case.members.get().state == MemberState.HELD


@pytest.mark.django_db
def test_a_released_member_that_parks_again_is_held_again_and_keeps_when_it_was_released() -> None:
    item = held(amount="10.00")
    case = parked(item)
    member = case.members.get()
    Member.objects.update(state=MemberState.RELEASED, released_at=now())
    Case.objects.update(held=0)
    parked(item)
    case.refresh_from_db()
    assert (case.held, case.amount) == (1, Decimal("10.00"))
    again = case.members.get()
    assert (again.state, again.since) == (MemberState.HELD, member.since)
    assert again.released_at is not None


@pytest.mark.django_db
def test_visits_without_a_charge_are_decided_one_by_one() -> None:
    parked(held(no_charge(), kind=Held.RUN), held(no_charge(), kind=Held.RUN))
    assert {case.title for case in Case.objects.all()} == {"Completed visit without a charge at C07"}
    assert Case.objects.count() == 2


@pytest.mark.django_db
def test_an_outage_is_one_incident_whatever_its_codes_say() -> None:
    System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud")
    for code in ("breaker-open", "maintenance"):
        with transaction.atomic():
            park(Parked(kind=Held.SYSTEM, ref=None, failure=Outage(code, cause=("erp",)), system="erp"))
    case = Case.objects.get()
    assert case.title == "ERP is down: deliveries wait"
    assert (case.facility, case.held, case.members.count()) == ("", 0, 0)


@pytest.mark.django_db
def test_a_resolved_cause_that_comes_back_opens_a_new_case_that_tells_its_story() -> None:
    first = parked(held())
    Case.objects.update(state=CaseState.RESOLVED, resolution=Resolution.FIXED, resolved_at=now())
    second = parked(held())
    assert second.id != first.id
    assert f"case {first.number} had the same cause" in second.notes.get().text
    assert "Fixed at the cause" in second.notes.get().text


@pytest.mark.django_db
def test_the_due_date_is_the_works_own_else_the_houses() -> None:
    deadline = now() + timedelta(days=90)
    subject = {"payer": "AETNA", "family": "authorization", "carc": "197"}
    denied = parked(held(BusinessRefusal("claim-denied", "Denied.", subject=subject, due_at=deadline)))
    house = parked(held())
    assert denied.due_at == deadline
    assert denied.title == "Claim denied by AETNA: authorization at C07"
    assert house.due_at == after_business_days(house.opened_at, 2, "UTC")


@pytest.mark.django_db
def test_more_dollars_and_less_time_stand_first() -> None:
    soon, later = now() + timedelta(hours=1), now() + timedelta(days=60)
    order = [
        parked(held(no_charge(), amount="9000.00", due_at=soon)),
        parked(held(no_charge(), amount="9000.00", due_at=later)),
        parked(held(no_charge(), amount="10.00", due_at=soon)),
        parked(held(no_charge(), amount="10.00", due_at=later)),
    ]
    assert list(Case.objects.order_by("-priority")) == order


@pytest.mark.django_db
def test_a_title_too_long_is_cut_and_a_fingerprint_too_long_stays_distinct() -> None:
    long = "x" * 300
    one = parked(held(DataFault("odd", long, cause=(long, "a"))))
    two = parked(held(DataFault("odd", long, cause=(long, "b"))))
    assert one.id != two.id
    assert len(one.title) == 160
    assert one.title.endswith("…")


@pytest.mark.django_db(transaction=True)
def test_parking_without_a_case_is_impossible() -> None:
    """The receiver's error reaches the parker, whose work is undone with it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exceptions_member ADD CONSTRAINT refuse CHECK (step <> 'plan') NOT VALID")

    def park_something() -> None:
        with transaction.atomic():
            System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud")
            park(held(kind=Held.RUN))

    try:
        with pytest.raises(IntegrityError, match="refuse"):
            park_something()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE exceptions_member DROP CONSTRAINT refuse")
    assert not System.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parking_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError, match="inside the transaction"):
        park(held())
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_concurrent_parkers_of_new_causes_in_any_order_make_one_case_each_and_never_deadlock() -> None:
    """Four batches park the same eight new causes, shuffled, all started together, five times over."""
    codes = [f"CODE-{number}" for number in range(8)]
    for round_number in range(5):
        barrier = Barrier(4)

        def batch(seed: int, start: Barrier = barrier, tag: int = round_number) -> None:
            shuffled = random.Random(seed).sample(codes, len(codes))
            start.wait()
            with transaction.atomic():
                for code in shuffled:
                    park(held(unmapped(f"{tag}-{code}"), amount="1.00"))

        at_once(*(lambda seed=seed: batch(seed) for seed in range(4)))  # type: ignore[misc]
    assert Case.objects.count() == 5 * 8
    assert Member.objects.count() == 5 * 8 * 4


@pytest.mark.django_db(transaction=True)
def test_joiners_of_one_busy_case_do_not_wait_for_one_another() -> None:
    """A joiner that finds the case's counters busy leaves a recount instead of waiting for the other's commit."""
    case = parked(held(amount="1.00"))
    with transaction.atomic():
        park(held(amount="2.00"))
        at_once(lambda: parked(held(amount="4.00")) and None)
    case.refresh_from_db()
    assert (case.held, case.amount) == (2, Decimal("3.00"))
    assert Recount.objects.get().case_id == case.id


@pytest.mark.django_db
def test_joining_costs_the_same_few_statements_however_many_there_are() -> None:
    parked(*(held() for _ in range(50)))
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        park(held())
    assert len(queries) == 3


@pytest.mark.django_db
def test_a_defect_folds_by_the_step_that_has_it() -> None:
    defect = Defect("unexpected", "ValueError", cause=("ValueError",))
    one = parked(held(defect, kind=Held.RUN, facility="C07"))
    two = parked(held(defect, kind=Held.RUN, facility="C08"))
    assert one.id == two.id
    assert two.title == "The hub itself failed in step plan of W1"
    assert two.facility == ""


@pytest.mark.django_db
def test_open_cases_are_tallied_by_queue_class_and_facility() -> None:
    parked(held(amount="10.00"), held(amount="2.00"))
    tally = {(row.queue, row.failure_class, row.facility) for row in CaseTally.objects.all()}
    assert tally == {("mapping", "mapping", "C07")}
    assert sum(row.count for row in CaseTally.objects.all()) == 1
    assert sum(row.amount for row in CaseTally.objects.all()) == Decimal("12.00")
