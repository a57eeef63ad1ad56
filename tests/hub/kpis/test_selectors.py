"""What readers see of the KPIs: within their facilities, from snapshots, with trend, freshness and doubt."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.core import clock
from hub.core.clock import now
from hub.core.ids import uuid7
from hub.kpis import selectors, services
from hub.kpis.definitions import BY_KPI, Kpi
from hub.kpis.figures import Figure, combined
from hub.kpis.models import Freshness, Snapshot
from hub.records.models import Event
from tests.exceptions.world import person
from tests.hub.kpis.test_measures import completed

pytestmark = pytest.mark.django_db


def event(system: str, facility: str) -> Event:
    return Event.objects.create(
        type="charge.captured",
        occurred_at=now() - timedelta(minutes=5),
        received_at=now(),
        system=system,
        facility=facility,
        entity_kind="charge",
        entity_key="C",
        journey_id=uuid7(),
        data={},
    )


def figure(facility: str, count: int, value: str | None, tail: str | None = None) -> Figure:
    return Figure(facility=facility, count=count, value=value and Decimal(value), tail=tail and Decimal(tail))  # type: ignore[arg-type]


def test_snapshots_are_replaced_within_a_day_and_kept_across_days() -> None:
    visit = completed("C01", now() - timedelta(days=20))
    services.refresh()
    services.refresh()
    with clock.travel(timedelta(days=1)):
        visit.delete()
        services.refresh()
        everyone = person("eve", "executive")
        days = [(point.figure.count, point.figure.value) for point in selectors.trend(everyone, Kpi.UNBILLED)]
        assert days == [(1, Decimal("100.00")), (0, Decimal("0.00"))]
        assert selectors.headline(everyone, Kpi.UNBILLED).figure.count == 0


@pytest.mark.parametrize("facilities", [(), ("C01",), ("C20",)], ids=["everything", "something", "a quiet place"])
def test_pages_read_snapshots_and_touch_no_history(facilities: tuple[str, ...]) -> None:
    completed("C01", now() - timedelta(days=20))
    services.refresh()
    reader = person("eve", "executive", *facilities)
    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.headlines(reader)) == len(BY_KPI)
    assert not any("records_" in query["sql"] for query in queries)


def test_a_place_with_nothing_to_measure_shows_zero_as_of_the_snapshot() -> None:
    completed("C01", now() - timedelta(days=20))
    services.refresh()

    found, as_of = selectors.latest(person("eve", "executive", "C20"), Kpi.UNBILLED)

    assert found == []
    assert as_of == Snapshot.objects.filter(kpi=Kpi.UNBILLED.value)[0].computed_at


def test_before_the_first_snapshot_the_figures_are_measured() -> None:
    completed("C01", now() - timedelta(days=20))
    assert selectors.headline(person("eve", "executive"), Kpi.UNBILLED).figure.count == 1


@pytest.mark.parametrize("snapshots", [True, False])
def test_a_reader_sees_their_own_facilities_only(snapshots: bool) -> None:
    completed("C01", now() - timedelta(days=20), "10.00")
    completed("C02", now() - timedelta(days=20), "20.00")
    completed("C03", now() - timedelta(days=20), "40.00")
    if snapshots:
        services.refresh()
    reader = person("alice", "specialist", "C01", "C02")
    headline = selectors.headline(reader, Kpi.UNBILLED)
    assert (headline.figure.count, headline.figure.value) == (2, Decimal("30.00"))
    figures, _ = selectors.latest(reader, Kpi.UNBILLED)
    assert {figure.facility for figure in figures} - {"*"} == {"C01", "C02"}


def test_nobody_without_a_grant_there_sees_a_number() -> None:
    completed("C01", now() - timedelta(days=20))
    services.refresh()
    elsewhere, nobody = person("mallory", "auditor", "C09"), User.objects.create_user("nobody")
    assert selectors.headline(elsewhere, Kpi.UNBILLED).figure.count == 0
    assert selectors.headlines(nobody) == []


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        (Kpi.UNBILLED, (4, Decimal("40.00"), None)),
        (Kpi.CHARGE_LAG, (4, Decimal("15.00"), None)),
        (Kpi.SYNC_LAG, (4, Decimal("30.00"), Decimal("50.00"))),
    ],
)
def test_figures_of_several_facilities_combine_as_their_definition_says(kpi: Kpi, expected: Any) -> None:
    parts = [figure("C01", 3, "10.00", "50.00"), figure("C02", 1, "30.00", "40.00"), figure("C03", 0, None)]
    whole = combined(BY_KPI[kpi], parts)
    assert (whole.count, whole.value, whole.tail) == expected


def test_freshness_follows_new_events_and_says_what_is_stale() -> None:
    event("ehr", "C01")
    services.freshen()
    with clock.travel(timedelta(days=2)):
        event("scheduling", "C01")
        event("ehr", "C02")
        services.freshen()
        sources = selectors.freshness(person("alice", "specialist", "C01"), Kpi.UNBILLED)
        assert [(source.system, source.facility, source.stale) for source in sources] == [
            ("ehr", "C01", True),
            ("scheduling", "C01", False),
        ]
        headline = selectors.headline(person("bob", "specialist", "C01"), Kpi.CHARGE_LAG)
        assert [source.system for source in headline.stale] == ["ehr"]


def test_freshness_looks_only_at_what_came_since_and_a_little_before() -> None:
    first = event("ehr", "C01")
    services.freshen()
    Freshness.objects.update(newest_event=uuid7())
    Event.objects.filter(id=first.id).update(facility="C05")
    late = event("ehr", "C02")
    services.freshen()
    assert set(Freshness.objects.values_list("facility", flat=True)) == {"C01", "C02", "C05"}
    assert Freshness.objects.get(facility="C02").newest_event == late.id
    assert Snapshot.objects.count() == 0
