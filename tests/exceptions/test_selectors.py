"""What each reader sees: their facilities' cases and, among those of the whole group, their facilities' members."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions import selectors, services
from exceptions.models import Case, CaseTally, Queue
from exceptions.states import MemberState, Resolution
from hub.core.errors import Defect
from hub.core.ids import uuid7
from hub.core.parking import Held
from hub.governance.models import AuditEntry
from tests.exceptions.world import held, no_charge, parked, person, unmapped

pytestmark = pytest.mark.django_db


def test_a_reader_sees_their_facilities_and_what_concerns_the_whole_group() -> None:
    mine = parked(held(unmapped(facility="C07")))
    theirs = parked(held(unmapped(facility="C08")))
    everyones = parked(held(Defect("unexpected", "ValueError")))
    alice = person("alice", "specialist", "C07")
    assert set(selectors.open_cases(alice)) == {mine, everyones}
    assert set(selectors.open_cases(person("lena", "lead"))) == {mine, theirs, everyones}
    assert not selectors.open_cases(person("eve", "executive", "C07")).exists()


def test_a_number_out_of_scope_is_refused_without_saying_what_it_is() -> None:
    theirs, alice = parked(held(unmapped(facility="C08"))), person("alice", "specialist", "C07")
    with pytest.raises(PermissionDenied, match="outside your scope"):
        selectors.case_by_number(alice, theirs.number)
    with pytest.raises(Case.DoesNotExist):
        selectors.case_by_number(alice, theirs.number + 1)
    assert selectors.case_by_number(person("bob", "specialist", "C08"), theirs.number) == theirs


def test_members_of_other_facilities_stay_hidden_in_a_case_of_the_whole_group() -> None:
    defect = Defect("unexpected", "ValueError")
    case = parked(held(defect, facility="C07"), held(defect, facility="C08"))
    alice = person("alice", "specialist", "C07")
    assert [member.facility for member in selectors.members(alice, case)] == ["C07"]
    assert selectors.members(person("lena", "lead"), case, MemberState.HELD).count() == 2


def test_the_queue_shows_the_most_urgent_dollars_first() -> None:
    small, large = parked(held(no_charge(), amount="10.00")), parked(held(no_charge(), amount="900.00"))
    assert list(selectors.open_cases(person("alice", "specialist"))) == [large, small]


def test_the_backlog_is_counted_by_queue_and_facility_within_scope() -> None:
    parked(held(no_charge(), amount="10.00"), held(no_charge(), amount="5.50"), held(unmapped(), amount="1.00"))
    parked(held(no_charge(), amount="99.00", facility="C08"))
    alice = person("alice", "specialist", "C07")
    assert [(row.queue, row.facility, row.count, row.amount) for row in selectors.backlog(alice)] == [
        (Queue.BILLING, "C07", 2, Decimal("15.50")),
        (Queue.MAPPING, "C07", 1, Decimal("1.00")),
    ]
    counts = {row.queue: row.count for row in selectors.queue_counts(person("lena", "lead"))}
    assert counts == {queue: 0 for queue in Queue} | {Queue.BILLING: 3, Queue.MAPPING: 1}


def test_the_backlog_does_not_count_cases() -> None:
    parked(*(held(no_charge()) for _ in range(5)))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        selectors.queue_counts(person("lena", "lead"))
    assert not any('"exceptions_case"' in query["sql"] for query in queries)
    assert CaseTally.objects.exists()


def test_the_story_holds_notes_and_audited_acts_once_each() -> None:
    case, alice = parked(held()), person("alice", "specialist", "C07")
    services.take(case_id=case.id, actor=alice)
    services.comment(case_id=case.id, actor=alice, text="Asked the clinic.")
    AuditEntry.objects.create(
        sequence=999, actor="erin", door="page", action="message.break-glass", object_kind="case",
        object_id=str(case.id), reason="Ticket 7", previous_hash="", hash="",
    )  # fmt: skip
    assert [(line.author, line.kind, line.text) for line in selectors.story(case)] == [
        ("Throughline", "state", "Opened."),
        ("alice", "owner", "Taken by alice."),
        ("alice", "comment", "Asked the clinic."),
        ("erin", "audit", "Ticket 7"),
    ]


def test_similar_cases_tell_how_they_were_solved() -> None:
    solved, lead = parked(held(unmapped("OLD"))), person("lena", "lead")
    services.resolve(
        case_id=solved.id,
        actor=lead,
        resolution=Resolution.FIXED,
        reason="The clinic renamed it.",
        held=services.HeldChoice.DISMISS,
    )
    case = parked(held(unmapped("NEW")))
    (found,) = selectors.similar(lead, case)
    assert found.case == solved
    assert "The clinic renamed it." in found.how
    again = parked(held(unmapped("OLD")))
    assert list(selectors.earlier_cases(again)) == [solved]


def test_the_cases_of_a_run_and_of_a_journey_are_found() -> None:
    run, alice = uuid7(), person("alice", "specialist", "C07")
    case = parked(held(no_charge(), kind=Held.RUN, ref=run))
    parked(held(no_charge(), kind=Held.RUN))
    journey = uuid7()
    case.members.update(journey_id=journey)
    assert list(selectors.cases_of(alice, Held.RUN, [run])) == [case]
    assert list(selectors.cases_of_journey(alice, journey)) == [case]


def test_progress_counts_members_by_how_far_they_came() -> None:
    case = parked(held(), held(), held(), held())
    first, second, third, _ = case.members.order_by("id")
    case.members.filter(id=first.id).update(state=MemberState.DONE)
    case.members.filter(id=second.id).update(state=MemberState.RELEASED)
    case.members.filter(id=third.id).update(released_at=third.since)
    progress = selectors.progress(case)
    assert (progress.held, progress.came_back, progress.released, progress.done) == (2, 1, 1, 1)
    assert (progress.total, progress.percent_done) == (4, 25)
