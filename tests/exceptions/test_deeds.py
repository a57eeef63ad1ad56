"""What a person does to many cases with one gesture: carried out case by case, stopped, and put back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from exceptions import services as cases
from exceptions import teamwork
from exceptions.deeds import selectors, services
from exceptions.deeds.models import Deed, DeedItem
from exceptions.deeds.states import DeedAct, DeedState
from exceptions.errors import NotAllowedNow
from exceptions.models import Case, CaseTally, Member, Watch
from exceptions.states import CaseState, MemberState
from hub.core.clock import machine_now, now
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from tests.exceptions.world import held, no_charge, parked, person

pytestmark = pytest.mark.django_db

RESOLVED = {"resolution": "no_action", "reason": "A test visit.", "held": "dismiss"}


@pytest.fixture
def alice() -> Actor:
    return person("alice", "specialist", "C07")


@pytest.fixture
def linda() -> Actor:
    return person("linda", "lead")


def user(actor: Actor) -> User:
    assert actor.user is not None
    return actor.user


def some(count: int, facility: str = "C07") -> list[Case]:
    return [parked(held(no_charge(), amount="100.00", facility=facility)) for _ in range(count)]


def holding_nothing(case: Case) -> Case:
    Member.objects.filter(case=case).update(state=MemberState.DONE)
    return case


def do(act: DeedAct, actor: Actor, **data: Any) -> Deed:
    return services.do(act=act, actor=actor, cases=Case.objects.all(), data=data)


def fields(case: Case) -> tuple[Any, ...]:
    now_is = Case.objects.get(pk=case.pk)
    return now_is.owner_id, now_is.state, now_is.snoozed_until, now_is.resolution, now_is.resolved_at


LATER = (now() + timedelta(hours=4)).isoformat()


@pytest.mark.parametrize(
    ("act", "data"),
    [
        (DeedAct.TAKE, {}),
        (DeedAct.ASSIGN, {"owner": "alice", "reason": "", "to": "Alice"}),
        (DeedAct.SNOOZE, {"until": LATER, "reason": "The payer calls back."}),
        (DeedAct.RESOLVE, RESOLVED | {"held": None}),
    ],
)
def test_what_was_done_to_many_is_put_back_as_it_was(
    alice: Actor, linda: Actor, act: DeedAct, data: dict[str, Any]
) -> None:
    three = [holding_nothing(case) for case in some(3)]
    cases.take(case_id=three[0].pk, actor=alice)
    before = [fields(case) for case in three]
    if data.get("owner"):
        data = data | {"owner": user(alice).pk}

    deed = do(act, linda, **data)
    assert selectors.account(deed).done == 3
    assert [fields(case) for case in three] != before
    undoing = services.undo(deed_id=deed.pk, actor=linda)

    assert (undoing.state, selectors.account(undoing).done) == (DeedState.DONE, 3)
    assert [fields(case) for case in three] == before
    acts = AuditEntry.objects.filter(action="case.undo")
    assert [(one.actor, one.after["undone"]) for one in acts] == [("linda", act.value)] * 3
    assert Case.objects.filter(notes__text=f"Undone: {act.label.lower()}.").count() == 3


def test_watching_is_put_back_only_for_those_not_watched_before(alice: Actor) -> None:
    first, second = some(2)
    teamwork.watch(case_id=first.pk, actor=alice, watching=True)
    deed = do(DeedAct.WATCH, alice)
    assert Watch.objects.count() == 2
    services.undo(deed_id=deed.pk, actor=alice)
    assert [watch.case_id for watch in Watch.objects.all()] == [first.pk]


def test_what_changed_meanwhile_is_left_alone_and_said(alice: Actor, linda: Actor) -> None:
    first, second = some(2)
    deed = do(DeedAct.TAKE, linda)
    cases.assign(case_id=second.pk, actor=linda, owner=user(alice), reason="hers")

    undoing = services.undo(deed_id=deed.pk, actor=linda)

    told = selectors.account(undoing)
    assert (told.done, told.left) == (1, 1)
    assert "changed meanwhile" in told.reasons[0][0]
    assert Case.objects.get(pk=first.pk).owner is None
    assert Case.objects.get(pk=second.pk).owner == alice.user


def test_what_was_given_up_or_sent_on_cannot_be_put_back(linda: Actor) -> None:
    some(1)
    deed = do(DeedAct.RESOLVE, linda, **RESOLVED)
    assert selectors.account(deed).done == 1
    assert not selectors.may_undo(deed)
    with pytest.raises(NotAllowedNow, match="cannot be undone"):
        services.undo(deed_id=deed.pk, actor=linda)


def test_a_cause_that_came_back_keeps_its_old_case_resolved(linda: Actor) -> None:
    case = holding_nothing(parked(held()))
    deed = do(DeedAct.RESOLVE, linda, **RESOLVED | {"held": None})
    newer = parked(held())
    undoing = services.undo(deed_id=deed.pk, actor=linda)
    assert f"case {newer.number} is open for it" in selectors.account(undoing).reasons[0][0]
    assert Case.objects.get(pk=case.pk).state == CaseState.RESOLVED


def test_only_the_one_who_did_it_undoes_it_once_and_soon(alice: Actor, linda: Actor) -> None:
    some(1)
    deed = do(DeedAct.TAKE, linda)
    with pytest.raises(Deed.DoesNotExist):
        services.undo(deed_id=deed.pk, actor=alice)
    Deed.objects.update(ended_at=machine_now() - services.UNDO_FOR - timedelta(seconds=1))
    assert not selectors.may_undo(deed := Deed.objects.get(pk=deed.pk))
    with pytest.raises(NotAllowedNow, match="more than 10 minutes ago"):
        services.undo(deed_id=deed.pk, actor=linda)
    Deed.objects.update(ended_at=machine_now())
    services.undo(deed_id=deed.pk, actor=linda)
    with pytest.raises(NotAllowedNow, match="undone already"):
        services.undo(deed_id=deed.pk, actor=linda)


def test_whoever_lost_the_permission_puts_nothing_back(alice: Actor) -> None:
    (case,) = some(1)
    deed = do(DeedAct.TAKE, alice)
    user(alice).grants.all().delete()
    access.forget(alice.user)
    undoing = services.undo(deed_id=deed.pk, actor=alice)
    assert selectors.account(undoing).left == 1
    assert Case.objects.get(pk=case.pk).owner == alice.user


def test_nothing_is_begun_without_the_permission_and_other_facilities_are_left_alone(alice: Actor) -> None:
    some(1, facility="NLM")
    with pytest.raises(PermissionDenied):
        do(DeedAct.ASSIGN, alice, owner=None, reason="")
    deed = do(DeedAct.TAKE, alice)
    assert selectors.account(deed).reasons == (("This asks for the permission cases.work at NLM.", 1),)


def test_very_many_are_done_in_the_background_part_by_part(linda: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 2)
    monkeypatch.setattr(services, "PART", 3)
    some(7)
    deed = do(DeedAct.TAKE, linda)
    assert (deed.state, selectors.account(deed).waiting) == (DeedState.UNDER_WAY, 7)
    with pytest.raises(NotAllowedNow, match="still being done"):
        services.undo(deed_id=deed.pk, actor=linda)

    seen = []
    while Deed.objects.get(pk=deed.pk).state == DeedState.UNDER_WAY:
        services.carry_on()
        seen.append(selectors.account(deed).done)

    assert seen == [3, 6, 7]
    assert selectors.under_way(user(linda)) == []
    assert Case.objects.filter(owner=linda.user).count() == 7


def test_a_deed_that_is_stopped_leaves_the_rest_as_it_was(linda: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 0)
    monkeypatch.setattr(services, "PART", 2)
    some(5)
    deed = do(DeedAct.TAKE, linda)
    services.carry_on()
    assert services.stop(deed_id=deed.pk, actor=linda)
    services.carry_on()
    deed.refresh_from_db()
    told = selectors.account(deed)
    assert (deed.state, told.done, told.waiting) == (DeedState.STOPPED, 2, 3)
    assert not services.stop(deed_id=deed.pk, actor=linda)
    services.undo(deed_id=deed.pk, actor=linda)
    services.carry_on()
    assert not Case.objects.filter(owner=linda.user).exists()


def test_a_case_that_changed_before_its_turn_is_left_alone(linda: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 0)
    (case,) = some(1)
    deed = do(DeedAct.SNOOZE, linda, until=LATER, reason="Later.")
    cases.take(case_id=case.pk, actor=linda)
    services.carry_on()
    assert selectors.account(deed).left == 1
    assert Case.objects.get(pk=case.pk).snoozed_until is None


def test_old_deeds_go_and_their_undoing_with_them(linda: Actor) -> None:
    some(1)
    deed = do(DeedAct.TAKE, linda)
    services.undo(deed_id=deed.pk, actor=linda)
    Deed.objects.update(ended_at=machine_now() - timedelta(days=8))
    services.carry_on()
    services.carry_on()
    assert not Deed.objects.exists()
    assert not DeedItem.objects.exists()


def test_the_owner_s_name_and_the_tally_by_owner_follow_every_change(alice: Actor, linda: Actor) -> None:
    first, second = some(2)
    cases.take(case_id=first.pk, actor=alice)
    assert Case.objects.get(pk=first.pk).owner_name == "alice"
    User.objects.filter(username="alice").update(first_name="Alice", last_name="Adams")
    assert Case.objects.get(pk=first.pk).owner_name == "Alice Adams"
    cases.assign(case_id=first.pk, actor=linda, owner=None)
    assert Case.objects.get(pk=first.pk).owner_name == ""
    rows = CaseTally.objects.values_list("owner_id", "count")
    assert sum(count for owner, count in rows if owner is None) == 2
    assert sum(count for owner, count in rows if owner == user(alice).pk) == 0
