"""Parkers, a person ending cases, releases and settling passes, all at once on connections of their own."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Event

import pytest
from django.db import transaction
from django.db.models import Count, Q, Sum

from connectors.models import Message
from connectors.states import MessageState
from exceptions import counting, releases, services, settling
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case, CaseTally, Member
from exceptions.states import CASE_OPEN, CaseState, MemberState, Resolution
from hub.core.parking import park
from hub.governance.access import Actor
from tests.exceptions.world import at_once, held, unmapped

pytestmark = pytest.mark.django_db(transaction=True)

SHELL = Actor.command()
CODES = [f"CODE-{number}" for number in range(4)]
ROUNDS = 40


def messages(count: int) -> list[Message]:
    return Message.objects.bulk_create(
        Message(feed_id=1, feed_code="scheduling", state=MessageState.RECEIVED, size=1, sha256="") for _ in range(count)
    )


def parker(seed: int, shared: list[Message], over: Event) -> None:
    """Batches that hold a few messages each, as a worker does: their rows first, for causes in random order."""
    chance = random.Random(seed)
    try:
        for _ in range(ROUNDS):
            with transaction.atomic():
                chosen = [message.id for message in (*chance.sample(shared, 4), *messages(2))]
                waiting = Message.objects.filter(id__in=chosen, state=MessageState.RECEIVED)
                for message in list(waiting.select_for_update(skip_locked=True)):
                    Message.objects.filter(id=message.id).update(state=MessageState.HELD)
                    park(held(unmapped(chance.choice(CODES)), ref=message.id, amount="1.00"))
    finally:
        over.set()


def keeps_on(over: list[Event], act: Callable[[], object]) -> None:
    while not all(event.is_set() for event in over):
        act()


def end_or_release_something() -> None:
    for case_id in Case.objects.filter(state__in=CASE_OPEN).order_by("?").values_list("id", flat=True)[:2]:
        try:
            if random.random() < 0.5:
                services.release(case_id=case_id, actor=SHELL)
            else:
                services.resolve(
                    case_id=case_id,
                    actor=SHELL,
                    resolution=Resolution.NO_ACTION,
                    reason="Race.",
                    held=services.HeldChoice.DISMISS,
                )
        except (Changed, NotAllowedNow):
            continue  # somebody else ended it first


def test_nothing_deadlocks_and_nothing_is_held_by_a_case_that_has_ended() -> None:
    over, shared = [Event() for _ in range(3)], messages(60)
    at_once(
        *(lambda n=n, event=event: parker(n, shared, event) for n, event in enumerate(over)),  # type: ignore[misc]
        lambda: keeps_on(over, settling.settle),
        lambda: keeps_on(over, releases.release_due),
        lambda: keeps_on(over, end_or_release_something),
        lambda: keeps_on(over, lambda: (counting.age_cases(), counting.fold_tallies())),
    )
    settling.settle()
    assert Case.objects.filter(state=CaseState.RESOLVED).exists()
    assert not Member.objects.filter(state=MemberState.HELD, case__state=CaseState.RESOLVED).exists()
    assert not refs_held_twice()
    for case in Case.objects.filter(state__in=CASE_OPEN):
        assert case.held == case.members.filter(state=MemberState.HELD).count()
        at_stake = case.members.filter(state__in=counting.AT_STAKE).aggregate(total=Sum("amount"))["total"] or 0
        assert case.amount == at_stake
    tallied = CaseTally.objects.aggregate(count=Sum("count"), amount=Sum("amount"))
    is_open = Case.objects.filter(state__in=CASE_OPEN).aggregate(count=Count("pk"), amount=Sum("amount"))
    assert (tallied["count"] or 0, tallied["amount"] or 0) == (is_open["count"], is_open["amount"] or 0)


def refs_held_twice() -> list[object]:
    held_times = Count("pk", filter=Q(state=MemberState.HELD))
    rows = Member.objects.values("kind", "ref").annotate(times=held_times)
    return list(rows.filter(times__gt=1))
