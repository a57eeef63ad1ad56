"""Fix the cause, and what it held goes on: released in parts, followed until done, and the case ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from connectors.models import Delivery, Lane, Message, System
from connectors.states import BreakerState, MessageState
from exceptions import counting, incidents, releases, services, settling
from exceptions.models import Case, Member, Recount
from exceptions.states import CaseState, MemberState, Resolution
from hub.core.clock import now
from hub.core.errors import BusinessRefusal, ConfigurationFault, Outage
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked, park
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from orchestration.models import Run
from orchestration.states import RunState
from tests.exceptions.world import held, no_charge, parked, person, unmapped

pytestmark = pytest.mark.django_db


def held_messages(count: int) -> list[Message]:
    return Message.objects.bulk_create(
        Message(feed_id=1, feed_code="scheduling", state=MessageState.HELD, size=1, sha256="") for _ in range(count)
    )


def parked_runs(count: int, **values: Any) -> list[Run]:
    return Run.objects.bulk_create(
        Run(
            workflow="W1",
            version=1,
            subject=str(uuid7()),
            order_key=str(uuid7()),
            state=RunState.PARKED,
            step="plan",
            event_id=uuid7(),
            event_type="appointment.booked",
            entity_key=str(uuid7()),
            journey_id=uuid7(),
            facility="C07",
            **values,
        )
        for _ in range(count)
    )


def case_holding(messages: Iterable[Message] = (), runs: Iterable[Run] = (), failure: Any = None) -> Case:
    return parked(
        *(held(failure, ref=message.id, amount="1.00") for message in messages),
        *(held(failure, kind=Held.RUN, ref=run.id, amount="1.00") for run in runs),
    )


def map_code(code: str = "PT-REHAB") -> None:
    Mapping.objects.create(
        domain="department",
        system="scheduling",
        facility="C07",
        local_code=code,
        canonical_code="PHYS",
        effective=DateRange(date(2020, 1, 1), None),
        state=MappingState.APPROVED,
    )


def release_and_settle() -> None:
    releases.release_mapped()
    releases.release_due()
    settling.settle()


def states(case: Case) -> set[str]:
    return set(case.members.values_list("state", flat=True))


def test_mapping_the_missing_code_releases_a_thousand_and_the_case_ends_when_they_went_through() -> None:
    messages, runs = held_messages(600), parked_runs(400)
    case = case_holding(messages, runs)
    other = case_holding(held_messages(1), failure=unmapped("PT-OTHER"))
    releases.release_mapped()
    assert states(case) == {MemberState.HELD}

    map_code()
    release_and_settle()
    case.refresh_from_db()
    assert (case.state, case.held, case.amount) == (CaseState.RELEASING, 0, Decimal("1000.00"))
    assert set(Message.objects.filter(id__in=[m.id for m in messages]).values_list("state", flat=True)) == {"received"}
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.READY}

    Message.objects.filter(id__in=[message.id for message in messages]).update(state=MessageState.PROCESSED)
    settling.settle()
    case.refresh_from_db()
    assert (case.state, case.amount) == (CaseState.RELEASING, Decimal("400.00"))

    Run.objects.update(state=RunState.SUCCEEDED)
    settling.settle()
    case.refresh_from_db()
    assert (case.state, case.resolution, case.held) == (CaseState.RESOLVED, Resolution.FIXED, 0)
    assert case.amount == Decimal("1000.00")
    assert [note.text for note in case.notes.all()] == [
        "Opened.",
        "The code is known now: 1000 held released.",
        "Resolved by itself: all 1000 held went through.",
    ]
    other.refresh_from_db()
    assert (other.state, other.held) == (CaseState.OPEN, 1)


def test_a_throttled_release_lets_go_of_its_rate_and_waits_for_its_next_turn() -> None:
    case = case_holding(runs=parked_runs(10))
    services.release(case_id=case.id, actor=person("alice", "specialist", "C07"), rate=4)
    releases.release_due()
    releases.release_due()
    assert Member.objects.filter(state=MemberState.RELEASED).count() == 4
    Case.objects.update(release_due_at=now() - timedelta(seconds=1))
    releases.release_due()
    assert Member.objects.filter(state=MemberState.RELEASED).count() == 8
    assert Run.objects.filter(state=RunState.READY).count() == 8


def test_what_comes_back_from_a_release_is_held_once_more_and_not_sent_round_in_circles() -> None:
    messages = held_messages(2)
    case = case_holding(messages)
    map_code()
    release_and_settle()
    Message.objects.filter(id=messages[0].id).update(state=MessageState.PROCESSED)
    Message.objects.filter(id=messages[1].id).update(state=MessageState.HELD)
    parked(held(ref=messages[1].id, amount="1.00"))
    release_and_settle()
    case.refresh_from_db()
    assert (case.state, case.held, case.amount) == (CaseState.OPEN, 1, Decimal("1.00"))
    assert "1 came back" in case.notes.order_by("-id")[0].text
    release_and_settle()
    assert Message.objects.get(id=messages[1].id).state == MessageState.HELD

    services.release(case_id=case.id, actor=person("alice", "specialist", "C07"))
    release_and_settle()
    assert Message.objects.get(id=messages[1].id).state == MessageState.RECEIVED


def test_a_member_that_parks_for_another_cause_leaves_the_first_case_which_then_ends() -> None:
    (message,) = held_messages(1)
    first = case_holding([message])
    map_code()
    release_and_settle()
    Message.objects.update(state=MessageState.HELD)
    second = parked(held(unmapped("PT-OTHER"), ref=message.id, amount="7.00"))
    settling.settle()
    first.refresh_from_db()
    assert first.state == CaseState.RESOLVED
    assert (second.held, second.amount) == (1, Decimal("7.00"))


def test_a_case_whose_source_corrected_it_ends_as_corrected() -> None:
    """The charge arrives after all: the engine lets the run go on, and nobody has to touch the case."""
    (run,) = parked_runs(1)
    case = case_holding(runs=[run], failure=no_charge())
    Run.objects.update(state=RunState.READY)
    settling.settle()
    case.refresh_from_db()
    assert (case.state, case.held) == (CaseState.OPEN, 0)
    Run.objects.update(state=RunState.SENDING, step="settle", step_index=3)
    settling.settle()
    case.refresh_from_db()
    assert (case.state, case.resolution) == (CaseState.RESOLVED, Resolution.CORRECTED)


def test_a_run_that_waits_by_itself_again_needs_nobody() -> None:
    (run,) = parked_runs(1)
    case = case_holding(runs=[run], failure=no_charge())
    services.release(case_id=case.id, actor=person("alice", "specialist", "C07"))
    releases.release_due()
    Run.objects.update(state=RunState.WAITING)
    settling.settle()
    case.refresh_from_db()
    assert (case.state, case.resolution) == (CaseState.RESOLVED, Resolution.RELEASED)


def test_resolving_with_release_keeps_the_resolution_that_was_given() -> None:
    (run,) = parked_runs(1)
    case = case_holding(runs=[run], failure=no_charge())
    services.resolve(
        case_id=case.id,
        actor=person("alice", "specialist", "C07"),
        resolution=Resolution.SETTLED,
        reason="Billed by hand.",
        held=services.HeldChoice.RELEASE,
    )
    releases.release_due()
    Run.objects.update(state=RunState.SUCCEEDED)
    settling.settle()
    case.refresh_from_db()
    assert (case.state, case.resolution) == (CaseState.RESOLVED, Resolution.SETTLED)


def test_dismissing_gives_up_the_runs_and_messages_that_were_held() -> None:
    (message,), (run,) = held_messages(1), parked_runs(1)
    case = case_holding([message], [run])
    services.resolve(
        case_id=case.id,
        actor=person("alice", "specialist", "C07"),
        resolution=Resolution.NO_ACTION,
        reason="Sent in error.",
        held=services.HeldChoice.DISMISS,
    )
    message.refresh_from_db()
    run.refresh_from_db()
    assert (message.state, run.state) == (MessageState.REJECTED, RunState.CANCELLED)


def test_some_members_are_tried_again_and_the_others_stay() -> None:
    runs = parked_runs(3)
    case = case_holding(runs=runs)
    chosen = case.members.get(ref=runs[1].id)
    count = services.retry_members(
        case_id=case.id, actor=person("alice", "specialist", "C07"), member_ids=[chosen.id, uuid7()]
    )
    settling.settle()
    case.refresh_from_db()
    assert (count, case.held, case.state) == (1, 2, CaseState.OPEN)
    assert list(Run.objects.filter(state=RunState.READY)) == [runs[1]]


def test_work_that_joins_a_releasing_case_is_released_with_the_rest() -> None:
    case = case_holding(held_messages(1))
    map_code()
    releases.release_mapped()
    (late,) = held_messages(1)
    parked(held(ref=late.id))
    releases.release_due()
    assert states(case) == {MemberState.RELEASED}


@pytest.mark.parametrize(
    ("subject", "known"),
    [
        ({"domain": "department", "system": "scheduling", "facility": "C07", "local_code": "PT-REHAB"}, True),
        ({"domain": "department", "system": "scheduling", "facility": "C08", "local_code": "PT-REHAB"}, False),
        ({"domain": "department", "code": "PHYS"}, False),
        ({"domain": "provider", "code": "P-1"}, False),
        ({"domain": "cost_center", "system": "", "facility": "C07", "local_code": "PHYS"}, False),
        ({"domain": "fee", "service_line": "PT", "visit_type": "office", "payer": "AETNA"}, False),
        ({"domain": "unheard-of", "code": "X"}, False),
    ],
)
def test_whether_a_missing_code_is_known_by_now(subject: dict[str, str], known: bool) -> None:
    map_code()
    assert releases.is_known(releases.snapshot(fresh=True), subject) is known


def test_a_busy_case_is_counted_anew_by_the_next_pass() -> None:
    case = case_holding(held_messages(3))
    Case.objects.update(held=99, amount=0)
    Recount.objects.create(case=case)
    settling.settle()
    case.refresh_from_db()
    assert (case.held, case.amount) == (3, Decimal("3.00"))
    assert not Recount.objects.exists()


def park_system(failure: Any) -> Case:
    park(Parked(kind=Held.SYSTEM, ref=None, failure=failure, system="erp"))
    return Case.objects.get()


def test_an_outage_says_how_much_waits_and_ends_when_the_system_answers() -> None:
    erp = System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud")
    lane = Lane.objects.create(system=erp, breaker=BreakerState.OPEN)
    case = park_system(Outage("system-down", cause=("erp",)))
    for run in parked_runs(2, amount=Decimal("50.00")):
        erp_delivery(run)
    incidents.follow_incidents()
    case.refresh_from_db()
    assert (case.title, case.held, case.amount) == ("ERP is down: 2 deliveries wait", 2, Decimal("100.00"))
    lane.breaker = BreakerState.CLOSED
    lane.save()
    incidents.follow_incidents()
    case.refresh_from_db()
    assert (case.state, case.resolution, case.held) == (CaseState.RESOLVED, Resolution.FIXED, 0)
    assert "ERP works again" in case.notes.order_by("-id")[0].text


def erp_delivery(run: Run) -> None:
    Delivery.objects.create(
        system="erp", operation="plan.post", posting_key=str(run.id), run_id=run.id, sealed_request=b""
    )


def test_a_system_stopped_for_wrong_credentials_is_one_case_until_it_is_resumed() -> None:
    erp = System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud", state="paused")
    case = park_system(ConfigurationFault("credentials-refused", "ERP does not let the hub in.", cause=("erp",)))
    incidents.follow_incidents()
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    erp.state = "active"
    erp.save()
    incidents.follow_incidents()
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED


def test_priorities_grow_as_clocks_run_down() -> None:
    failure = BusinessRefusal("claim-denied", "Denied.", due_at=now() + timedelta(days=20))
    case = parked(held(failure, amount="900.00"))
    assert case.priority == 1000
    Case.objects.update(due_at=now() + timedelta(hours=1))
    assert counting.age_cases() == 1
    assert counting.age_cases() == 0
    case.refresh_from_db()
    assert case.priority == 9000
    Case.objects.update(due_at=now() - timedelta(days=100))
    counting.age_cases()
    case.refresh_from_db()
    assert case.priority == 20000
