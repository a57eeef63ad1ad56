"""Whatever is done to cases in whatever order, the tallies sum to what a count of the cases gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Count, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from exceptions import counting, releases, services, settling
from exceptions.models import Case, CaseTally
from exceptions.states import CASE_OPEN, MemberState, Resolution
from hub.core.errors import Failure
from hub.governance.access import Actor
from orchestration.models import RunTally
from tests.exceptions.world import held, no_charge, parked, unmapped

SHELL = Actor.command()

amounts = st.decimals(min_value=0, max_value=10_000, places=2)
operations = st.lists(
    st.tuples(
        st.sampled_from(["park", "resolve", "reopen", "release", "retry", "settle", "fold", "age", "move on"]),
        st.integers(0, 5),
        st.sampled_from(["C07", "C08", ""]),
        amounts,
    ),
    max_size=25,
)


def counted() -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    rows = Case.objects.filter(state__in=CASE_OPEN).values("queue", "failure_class", "facility")
    return {
        (row["queue"], row["failure_class"], row["facility"]): (row["cases"], row["dollars"])
        for row in rows.annotate(cases=Count("pk"), dollars=Sum("amount"))
    }


def tallied() -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    rows = CaseTally.objects.values("queue", "failure_class", "facility")
    sums = rows.annotate(cases=Sum("count"), dollars=Sum("amount"))
    return {
        (row["queue"], row["failure_class"], row["facility"]): (row["cases"], row["dollars"])
        for row in sums
        if row["cases"] or row["dollars"]
    }


def carry_out(operation: str, which: int, facility: str, amount: Decimal) -> None:
    case = Case.objects.order_by("number")[which : which + 1].first()
    ids = {"case_id": case.id, "actor": SHELL} if case else {}
    if operation == "park":
        failure: Failure = no_charge() if which > 3 else unmapped(f"CODE-{which}", facility)
        parked(held(failure, amount=str(amount), facility=facility))
    elif operation == "settle":
        settling.settle()
    elif operation == "fold":
        counting.fold_tallies()
    elif operation == "age":
        counting.age_cases()
    elif case is not None:
        change(operation, case, ids)


def change(operation: str, case: Case, ids: dict[str, Any]) -> None:
    try:
        if operation == "resolve":
            services.resolve(resolution=Resolution.NO_ACTION, reason="Random.", held=services.HeldChoice.DISMISS, **ids)
        elif operation == "reopen":
            services.reopen(reason="Random.", **ids)
        elif operation == "release":
            services.release(**ids)
            releases.release_due()
        elif operation == "retry":
            services.retry_members(member_ids=list(case.members.values_list("id", flat=True)[:2]), **ids)
        else:
            case.members.filter(state=MemberState.RELEASED).update(state=MemberState.DONE)
            counting.recount(case.id)
    except Failure:
        return  # not allowed in this state: nothing may have changed, which is what the test looks at


@pytest.mark.usefixtures("servers")
class TalliesTest(TestCase):
    @given(steps=operations)
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_tallies_equal_the_counts_after_any_sequence_of_acts(self, steps: list[Any]) -> None:
        for step in steps:
            carry_out(*step)
            assert tallied() == counted(), step
        for case in Case.objects.filter(state__in=CASE_OPEN):
            counting.recount(case.id)
            case.refresh_from_db()
            assert case.held == case.members.filter(state=MemberState.HELD).count()
        assert tallied() == counted()


@pytest.mark.django_db
def test_folding_leaves_one_row_a_group_and_none_for_an_empty_one() -> None:
    for _ in range(5):
        parked(held(no_charge(), amount="2.00"))
    done = parked(held(unmapped()))
    services.resolve(
        case_id=done.id,
        actor=SHELL,
        resolution=Resolution.FIXED,
        reason="Mapped.",
        held=services.HeldChoice.DISMISS,
    )
    RunTally.objects.bulk_create(
        RunTally(workflow="W1", facility="C07", state=state, count=count)
        for state, count in [("ready", 1), ("ready", -1), ("parked", 1), ("parked", 2)]
    )
    counting.fold_tallies()
    assert [(row.queue, row.count, row.amount) for row in CaseTally.objects.all()] == [("billing", 5, Decimal("10.00"))]
    assert [(row.state, row.count) for row in RunTally.objects.all()] == [("parked", 3)]
