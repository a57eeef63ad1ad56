"""Cases among people: put aside, watched, named in, merged, split, with files beside them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from exceptions import attachments, notices, regrouping, selectors, services, teamwork
from exceptions.errors import NotAllowedNow
from exceptions.models import Attachment, Case, Member, Notice
from exceptions.states import CaseState, MemberState, NoticeKind, Resolution, RootCause
from hub.core.clock import now
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from tests.exceptions.world import held, parked, person, unmapped

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Actor:
    return person("alice", "specialist", "C07")


@pytest.fixture
def linda() -> Actor:
    return person("linda", "lead")


def told(actor: Actor) -> list[tuple[str, str]]:
    assert actor.user is not None
    return list(Notice.objects.filter(user=actor.user).order_by("id").values_list("kind", "text"))


# --- put aside ---
def test_a_snoozed_case_is_out_of_the_queue_until_its_time(alice: Actor) -> None:
    case = parked(held())
    teamwork.snooze(case_id=case.id, actor=alice, until=now() + timedelta(hours=5), reason="The payer calls back.")

    assert alice.user is not None
    assert not selectors.open_cases(alice.user).exists()
    Case.objects.update(snoozed_until=now() - timedelta(seconds=1))
    assert selectors.open_cases(alice.user).exists()


def test_waking_puts_it_back(alice: Actor) -> None:
    case = parked(held())
    teamwork.snooze(case_id=case.id, actor=alice, until=now() + timedelta(hours=5), reason="Later.")
    teamwork.wake(case_id=case.id, actor=alice)

    assert alice.user is not None
    assert selectors.open_cases(alice.user).exists()


def test_nobody_snoozes_a_case_past_its_clock_or_into_the_past(alice: Actor) -> None:
    case = parked(held(due_at=now() + timedelta(hours=2)))
    for until in (now() + timedelta(hours=3), now() - timedelta(minutes=1)):
        with pytest.raises(NotAllowedNow):
            teamwork.snooze(case_id=case.id, actor=alice, until=until, reason="Later.")
    assert not AuditEntry.objects.exists()


# --- told ---
def test_who_is_named_in_a_comment_is_told_and_watches_from_then_on(alice: Actor, linda: Actor) -> None:
    case = parked(held())
    alice.user.first_name, alice.user.last_name = "Alice", "Ames"  # type: ignore[union-attr]
    services.comment(case_id=case.id, actor=alice, text="Not mail@linda.example. Could you look, @Linda.")
    services.take(case_id=case.id, actor=alice)

    assert told(linda) == [
        (NoticeKind.MENTION, "Alice Ames mentioned you."),
        (NoticeKind.WATCHED, "Alice Ames changed whose it is."),
    ]
    assert told(alice) == []


def test_somebody_who_may_not_see_the_case_is_not_told_of_it(alice: Actor) -> None:
    mallory = person("mallory", "specialist", "C08")
    services.comment(case_id=parked(held()).id, actor=alice, text="Ask @mallory.")

    assert told(mallory) == []


def test_a_notice_repeats_nothing_that_a_person_wrote(alice: Actor, linda: Actor) -> None:
    case = parked(held())
    teamwork.watch(case_id=case.id, actor=linda, watching=True)
    services.comment(case_id=case.id, actor=alice, text="Mrs Castillo says no. @linda")

    assert not [text for _, text in told(linda) if "Castillo" in text]


def test_notices_are_read_one_by_one_or_all(alice: Actor, linda: Actor) -> None:
    case = parked(held())
    services.assign(case_id=case.id, actor=linda, owner=alice.user)
    services.comment(case_id=case.id, actor=linda, text="@alice please")
    assert alice.user is not None
    assert notices.unread(alice.user) == 2
    first = notices.notices(alice.user).order_by("id")[0]
    notices.read(alice.user, [first.id])
    assert notices.unread(alice.user) == 1
    notices.read(alice.user)
    assert notices.unread(alice.user) == 0


# --- merged and split ---
def test_a_merged_case_ends_and_the_other_holds_its_work_and_what_comes_of_its_cause(alice: Actor) -> None:
    first = parked(held(unmapped("PT-REHAB"), amount="10.00"))
    second = parked(held(unmapped("PT-OTHER"), amount="5.00"))
    regrouping.merge(case_id=second.id, into_id=first.id, actor=alice, reason="The same department.")
    parked(held(unmapped("PT-OTHER"), amount="1.00"))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.held, first.amount) == (3, 16)
    assert (second.state, second.resolution, second.held) == (CaseState.RESOLVED, Resolution.DUPLICATE, 0)
    assert Case.objects.filter(state=CaseState.OPEN).count() == 1


def test_a_merge_needs_cases_of_one_kind_and_place_and_two_of_them(alice: Actor) -> None:
    case = parked(held())
    elsewhere = parked(held(unmapped(facility="C08"), facility="C08"))
    linda = person("lea", "lead")
    for into in (case, elsewhere):
        with pytest.raises(NotAllowedNow):
            regrouping.merge(case_id=case.id, into_id=into.id, actor=linda, reason="Looks alike.")
    with pytest.raises(PermissionDenied):
        regrouping.merge(case_id=elsewhere.id, into_id=case.id, actor=alice, reason="Looks alike.")


def test_a_split_case_holds_what_was_chosen_and_works_by_itself(alice: Actor) -> None:
    case = parked(*(held(amount="2.00") for _ in range(3)))
    chosen = list(Member.objects.filter(case=case).values_list("id", flat=True)[:1])
    fresh = regrouping.split(
        case_id=case.id, member_ids=chosen, actor=alice, title="The odd one", reason="Other cause."
    )

    case.refresh_from_db()
    assert (case.held, case.amount) == (2, 4)
    assert (fresh.held, fresh.amount, fresh.title) == (1, 2, "The odd one")
    parked(held())
    case.refresh_from_db()
    assert case.held == 3


def test_a_split_leaves_something_behind(alice: Actor) -> None:
    case = parked(held(), held())
    everything = list(Member.objects.filter(case=case).values_list("id", flat=True))
    for chosen in (everything, []):
        with pytest.raises(NotAllowedNow):
            regrouping.split(case_id=case.id, member_ids=chosen, actor=alice, title="", reason="Why not.")


def test_a_merge_changes_no_work_twice_held(alice: Actor) -> None:
    first, second = parked(held(unmapped("A"))), parked(held(unmapped("B")))
    moved = Member.objects.get(case=second)
    Member.objects.create(case=first, kind=moved.kind, ref=moved.ref)
    regrouping.merge(case_id=second.id, into_id=first.id, actor=alice, reason="The same.")

    assert Member.objects.filter(case=first, state=MemberState.HELD).count() == 2
    assert Member.objects.get(pk=moved.pk).state == MemberState.DONE


# --- files ---
def test_a_file_is_kept_sealed_and_every_opening_is_audited(alice: Actor) -> None:
    case = parked(held())
    kept = attachments.attach(case_id=case.id, actor=alice, name="C:\\letters\\denial.PDF", content=b"%PDF-1.7 secret")

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM exceptions_attachment")
        assert b"secret" not in bytes(cursor.fetchone()[0])
    assert (kept.name, kept.content_type) == ("denial.PDF", "application/pdf")
    assert attachments.opened(attachment=kept, actor=alice) == b"%PDF-1.7 secret"
    assert AuditEntry.objects.filter(action="case.attachment_opened").count() == 1
    attachments.remove(attachment=kept, actor=alice, reason="The wrong letter.")
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"), [("run.exe", b"x"), ("page.html", b"x"), ("empty.pdf", b""), ("none", b"x")]
)
def test_what_could_run_or_is_empty_is_not_attached(alice: Actor, name: str, content: bytes) -> None:
    with pytest.raises(NotAllowedNow):
        attachments.attach(case_id=parked(held()).id, actor=alice, name=name, content=content)


def test_a_file_is_opened_only_by_those_who_may_work_the_case(alice: Actor) -> None:
    kept = attachments.attach(case_id=parked(held()).id, actor=alice, name="a.txt", content=b"x")
    for role, place in (("auditor", ""), ("specialist", "C08")):
        with pytest.raises(PermissionDenied):
            attachments.opened(attachment=kept, actor=person(f"m{role}", role, place))


def test_a_resolution_may_say_where_the_case_came_from(alice: Actor) -> None:
    case = parked(held())
    values: dict[str, Any] = {"resolution": Resolution.NO_ACTION, "held": services.HeldChoice.DISMISS}
    services.resolve(case_id=case.id, actor=alice, reason="Settled.", root_cause=RootCause.MASTER_DATA, **values)

    case.refresh_from_db()
    assert case.root_cause == RootCause.MASTER_DATA
