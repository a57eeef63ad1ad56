"""KPI figures against small sets of data worked out by hand, and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.models import Delivery, System
from connectors.states import DeliveryState
from hub.core import clock
from hub.core.ids import uuid7
from hub.governance.access import Actor
from hub.kpis.definitions import DEFINITIONS, Kpi
from hub.kpis.figures import Figure, Period
from hub.kpis.measures import measure
from hub.kpis.proofs import proofs
from hub.masterdata.models import Facility
from hub.records.models import Appointment, Charge, ClaimPayment, Event, Journey, Payment, Remittance
from orchestration.models import Run

pytestmark = pytest.mark.django_db

SHELL = Actor.command()
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon(db: None) -> Iterator[None]:
    """Business time stands (nearly) still at noon, so that ages are whole numbers."""
    with clock.travel(NOON - clock.now()):
        Facility.objects.create(code="C01", name="Clinic 1", kind="clinic", charge_grace_days=3)
        Facility.objects.create(code="C02", name="Clinic 2", kind="clinic", charge_grace_days=10)
        yield


def ago(**delta: float) -> datetime:
    return NOON - timedelta(**delta)


def figures(kpi: Kpi, scope: frozenset[str] | None = None) -> dict[tuple[str, str], tuple[Any, ...]]:
    period = Period(ago(days=30), NOON + timedelta(hours=1))
    return {
        (figure.facility, figure.part): (figure.count, figure.value, figure.tail)
        for figure in measure(kpi, period, scope)
    }


def proven(kpi: Kpi, facility: str = "") -> int:
    period = Period(ago(days=30), NOON + timedelta(hours=1))
    return sum(proof.rows.count() for proof in proofs(SHELL, kpi, period, facility))


def journey() -> Journey:
    return Journey.objects.create()


def record(facility: str, at: datetime, **values: Any) -> dict[str, Any]:
    return {"key": str(uuid7()), "facility": facility, "journey": journey(), "occurred_at": at} | values


def completed(facility: str, at: datetime, expected: str | None = "100.00", **values: Any) -> Appointment:
    base = record(facility, at, system="scheduling", status="completed", starts_at=at, completed_at=at)
    return Appointment.objects.create(
        **base | {"expected_amount": expected and Decimal(expected), "visit_type": "office"} | values
    )


def charge(facility: str, captured: datetime, service: date, **values: Any) -> Charge:
    base = record(facility, captured, system="ehr", status="captured", captured_at=captured, service_date=service)
    return Charge.objects.create(**base | {"procedure_code": "99213", "units": 1, "amount": 1} | values)


def payment(facility: str, settled: datetime, amount: str, **values: Any) -> Payment:
    base = record(facility, settled, system="gateway", status="settled", settled_at=settled, method="card")
    return Payment.objects.create(**base | {"amount": Decimal(amount)} | values)


def claim_payment(facility: str, received: datetime, paid: str, **values: Any) -> ClaimPayment:
    remittance = Remittance.objects.create(
        key=str(uuid7()), message_id=uuid7(), status="recorded", trace_number="T", amount=1, received_at=received
    )
    base: dict[str, Any] = {"remittance": remittance, "position": 1, "event_id": uuid7(), "journey": journey()}
    base |= {"facility": facility, "claim_number": "A1", "kind": "adjudicated", "status_code": "1"}
    base |= {"charge": 1, "paid": Decimal(paid), "patient_responsibility": 0}
    return ClaimPayment.objects.create(**base | values)


def test_unbilled_are_completed_visits_past_their_facilitys_grace_without_a_charge() -> None:
    completed("C01", ago(days=4))
    completed("C01", ago(days=30), expected="50.25")
    completed("C01", ago(days=2))  # within the grace of 3 days
    completed("C02", ago(days=9))  # within the grace of 10 days
    completed("C02", ago(days=11), expected=None)  # nobody knows what it should bring
    completed("C01", ago(days=8), status="cancelled")
    charge("C01", ago(days=3), date(2026, 11, 17), journey=completed("C01", ago(days=5)).journey)
    voided = completed("C01", ago(days=6), expected="7.00")
    charge("C01", ago(days=3), date(2026, 11, 15), journey=voided.journey, status="voided")
    assert figures(Kpi.UNBILLED) == {
        ("C01", ""): (3, Decimal("157.25"), None),
        ("C02", ""): (1, Decimal("0.00"), None),
        ("*", ""): (4, Decimal("157.25"), None),
    }
    assert (proven(Kpi.UNBILLED), proven(Kpi.UNBILLED, "C02")) == (4, 1)


def test_unmatched_payments_are_counted_by_whole_days_since_the_money_came() -> None:
    payment("", ago(hours=1), "10.00")
    payment("", ago(days=1, hours=23), "20.00")
    payment("", ago(days=2), "30.00")
    payment("C01", ago(days=7), "40.00")
    payment("C01", ago(days=8), "50.00")
    payment("C01", ago(days=8), "999.00", matched=True)
    payment("C01", ago(days=8), "999.00", status="failed")
    claim_payment("", ago(days=3), "60.00")
    claim_payment("", ago(days=3), "0.00")  # a denial brings no money
    assert figures(Kpi.UNMATCHED) == {
        ("", "≤1 d"): (2, Decimal("30.00"), None),
        ("", "2–3 d"): (2, Decimal("90.00"), None),
        ("", ""): (4, Decimal("120.00"), None),
        ("C01", "4–7 d"): (1, Decimal("40.00"), None),
        ("C01", ">7 d"): (1, Decimal("50.00"), None),
        ("C01", ""): (2, Decimal("90.00"), None),
        ("*", "≤1 d"): (2, Decimal("30.00"), None),
        ("*", "2–3 d"): (2, Decimal("90.00"), None),
        ("*", "4–7 d"): (1, Decimal("40.00"), None),
        ("*", ">7 d"): (1, Decimal("50.00"), None),
        ("*", ""): (6, Decimal("210.00"), None),
    }
    assert proven(Kpi.UNMATCHED) == 6


def test_charge_lag_is_counted_in_days_where_the_charge_was_captured() -> None:
    # 03:00 UTC on the 11th is still the evening of the 10th in Chicago.
    charge("C01", datetime(2026, 11, 11, 3, 0, tzinfo=UTC), date(2026, 11, 10))
    charge("C01", datetime(2026, 11, 12, 15, 0, tzinfo=UTC), date(2026, 11, 10))
    charge("C01", datetime(2026, 11, 14, 15, 0, tzinfo=UTC), date(2026, 11, 10))
    charge("C02", datetime(2026, 11, 13, 15, 0, tzinfo=UTC), date(2026, 11, 10), status="corrected")
    charge("C02", datetime(2026, 11, 20, 15, 0, tzinfo=UTC), date(2026, 11, 10), status="voided")
    charge("C02", datetime(2026, 1, 20, 15, 0, tzinfo=UTC), date(2026, 1, 1))  # before the period
    assert figures(Kpi.CHARGE_LAG) == {
        ("C01", ""): (3, Decimal("2.00"), Decimal("3.60")),  # of 0, 2 and 4
        ("C02", ""): (1, Decimal("3.00"), Decimal("3.00")),
        ("*", ""): (4, Decimal("2.25"), Decimal("3.70")),
    }
    assert proven(Kpi.CHARGE_LAG) == 4


def test_posting_lag_runs_from_received_to_posted_for_patients_and_payers() -> None:
    payment("C01", ago(hours=10), "1.00", posted_at=ago(hours=9))
    payment("C01", ago(hours=10), "1.00")  # not posted yet
    payment("C01", ago(days=60), "1.00", posted_at=ago(days=59))  # before the period
    claim_payment("C01", ago(hours=8), "1.00", posted_at=ago(hours=5))
    claim_payment("C02", ago(hours=8), "1.00", posted_at=ago(hours=7, minutes=30))
    assert figures(Kpi.POSTING_LAG) == {
        ("C01", ""): (2, Decimal("2.00"), Decimal("2.80")),
        ("C02", ""): (1, Decimal("0.50"), Decimal("0.50")),
        ("*", ""): (3, Decimal("1.50"), Decimal("2.60")),
    }
    assert proven(Kpi.POSTING_LAG) == 3


def confirmed(source: str, target: str, facility: str, minutes: float, *, workflow: str = "W1") -> datetime:
    """A change at `source` that `target` confirmed an hour ago, `minutes` after it happened."""
    changed = ago(minutes=60 + minutes)
    event = Event.objects.create(
        type="appointment.booked",
        occurred_at=changed,
        system=source,
        facility=facility,
        entity_kind="appointment",
        entity_key="A",
        journey_id=uuid7(),
        data={},
    )
    run = Run.objects.create(
        workflow=workflow,
        version=1,
        subject=str(event.id),
        order_key="A",
        event_id=event.id,
        event_type=event.type,
        entity_key="A",
        journey_id=event.journey_id,
        facility=facility,
    )
    Delivery.objects.create(
        system=target,
        operation="plan.post",
        posting_key=str(run.id),
        state=DeliveryState.CONFIRMED,
        run_id=run.id,
        facility=facility,
        sealed_request=b"",
        finished_at=ago(minutes=60),
    )
    return changed


def test_sync_lag_is_measured_for_each_interface_and_facility() -> None:
    System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud")
    System.objects.create(code="billing", number="S7", name="Billing", connector="billing")
    newest = confirmed("scheduling", "erp", "C01", 2)
    for minutes in (4, 12):
        confirmed("scheduling", "erp", "C01", minutes)
    confirmed("gateway", "billing", "C02", 30)
    confirmed("ehr", "erp", "C01", 2000, workflow="W3")  # held back on purpose
    found = figures(Kpi.SYNC_LAG)
    assert found["C01", "scheduling→erp"] == (3, Decimal("4.00"), Decimal("11.20"))
    assert found["C02", "gateway→billing"] == (1, Decimal("30.00"), Decimal("30.00"))
    assert found["C01", ""] == (3, Decimal("4.00"), Decimal("11.20"))
    assert found["*", ""][0] == 4
    assert ("C01", "ehr→erp") not in found
    assert proven(Kpi.SYNC_LAG) == 4
    measured = {(f.facility, f.part): f for f in measure(Kpi.SYNC_LAG, Period.last())}
    assert measured["C01", "scheduling→erp"].newest == newest


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.kpi)
def test_with_no_data_there_is_one_empty_figure_and_no_proof(definition: Any) -> None:
    found = measure(definition.kpi, Period.last())
    assert [(figure.facility, figure.part, figure.count) for figure in found if not figure.part] == [("*", "", 0)]
    assert found[0].value in {None, Decimal("0.00")}
    assert proven(definition.kpi) == 0


def test_a_scope_leaves_other_facilities_out_of_every_number() -> None:
    completed("C01", ago(days=4))
    completed("C02", ago(days=40))
    assert figures(Kpi.UNBILLED, frozenset({"C01"})) == {
        ("C01", ""): (1, Decimal("100.00"), None),
        ("*", ""): (1, Decimal("100.00"), None),
    }


def test_every_figure_has_a_definition_that_says_what_it_is() -> None:
    assert {definition.kpi for definition in DEFINITIONS} == set(Kpi)
    assert all(definition.formula and definition.sources and definition.value_label for definition in DEFINITIONS)
    assert isinstance(measure(Kpi.UNBILLED, Period.last())[0], Figure)
