"""W1: what a visit is to bring stands in the ERP's planning where and when it will take place, and only there."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exceptions import releases, settling
from exceptions.models import Case
from hub.core.events.appointment import (
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentNoShow,
    AppointmentRescheduled,
)
from hub.masterdata import crosswalk
from hub.masterdata.models import Fee, Payer, ServiceLine
from hub.records.models import Appointment
from orchestration.models import Run
from tests.orchestration.world import World, appointment, happen

BOOKED_AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
VISIT = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)


def tell(world: World, minute: int, kind: Any = None, **changes: Any) -> None:
    """The appointment as it then stood, at this minute after nine."""
    named = {} if kind is None else {"kind": kind}
    moment = BOOKED_AT + timedelta(minutes=minute)
    happen(appointment(**{"occurred_at": moment, "starts_at": VISIT, "sequence": minute, **named, **changes}))
    world.settle()


def posted(world: World) -> list[tuple[str, str, str]]:
    return [(row["cost_center"], row["date"], row["amount"]) for row in world.erp.of("plan.post")]


def stands(world: World) -> dict[tuple[str, str], Decimal]:
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for center, day, amount in posted(world):
        totals[center, day] += Decimal(amount)
    return {place: amount for place, amount in totals.items() if amount}


def test_a_booking_is_planned_by_the_fee_of_its_payer_and_its_kind_of_visit(world: World) -> None:
    tell(world, 0)
    tell(world, 0, number="2", payer="MEDICARE", visit_type="procedure")

    assert posted(world) == [
        ("CC-C01-CARD", "2026-09-14", "234.00"),  # 240.00 times 125 percent, of which Aetna pays 78
        ("CC-C01-CARD", "2026-09-14", "1433.75"),  # 1850.00 times 125 percent, of which Medicare pays 62
    ]


def test_a_move_to_another_facility_withdraws_where_it_was_and_plans_where_it_is(world: World) -> None:
    tell(world, 0)
    tell(world, 1, AppointmentRescheduled, facility="C02", starts_at=VISIT + timedelta(days=7))

    assert posted(world) == [
        ("CC-C01-CARD", "2026-09-14", "234.00"),
        ("CC-C01-CARD", "2026-09-14", "-234.00"),
        ("CC-C02-CARD", "2026-09-21", "234.00"),
    ]
    record = Appointment.objects.get()
    assert (record.cost_center, record.planned_on, record.expected_amount) == (
        "CC-C02-CARD", date(2026, 9, 21), Decimal("234.00"),
    )  # fmt: skip


@pytest.mark.parametrize("end", [AppointmentCancelled, AppointmentNoShow])
def test_a_visit_that_does_not_take_place_is_reversed_and_restated_when_it_is_booked_again(
    world: World, end: Any
) -> None:
    tell(world, 0)
    tell(world, 1, end)
    assert (len(posted(world)), stands(world)) == (2, {})
    assert Appointment.objects.get().expected_amount == Decimal("0.00")

    tell(world, 2, AppointmentRescheduled, starts_at=VISIT + timedelta(days=1))
    assert stands(world) == {("CC-C01-CARD", "2026-09-15"): Decimal("234.00")}


def test_a_move_that_comes_after_the_check_in_is_too_late_and_the_check_in_has_told_of_it(world: World) -> None:
    tell(world, 0)
    tell(world, 3, AppointmentCheckedIn, facility="C02")
    tell(world, 1, AppointmentRescheduled, facility="C02")
    tell(world, 2, AppointmentCancelled)
    tell(world, 4, AppointmentCompleted, facility="C02")

    assert stands(world) == {("CC-C02-CARD", "2026-09-14"): Decimal("234.00")}
    assert len(posted(world)) == 3


def test_another_payer_is_another_expectation(world: World) -> None:
    tell(world, 0)
    tell(world, 1, AppointmentRescheduled, payer="SELFPAY")

    assert stands(world) == {("CC-C01-CARD", "2026-09-14"): Decimal("165.00")}


def test_a_visit_without_a_row_in_the_fee_table_waits_for_it_with_a_case(world: World) -> None:
    tell(world, 0, visit_type="infusion")
    case = Case.objects.get()
    assert (case.code, case.queue, posted(world)) == ("unmapped-fee", "mapping", [])

    Fee.objects.create(
        service_line=ServiceLine.objects.get(code="HEART"), payer=Payer.objects.get(code="AETNA"),
        visit_type="infusion", amount=Decimal("900.00"), effective=(date(2024, 1, 1), None),
    )  # fmt: skip
    crosswalk.forget()
    releases.release_mapped()
    releases.release_due()
    world.settle()
    settling.settle()
    case.refresh_from_db()
    assert case.state == "resolved"
    assert stands(world) == {("CC-C01-CARD", "2026-09-14"): Decimal("900.00")}
    assert Run.objects.get(workflow="W1").state == "succeeded"
