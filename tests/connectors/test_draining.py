"""A lane is drained at an operator's rate for a while, and by itself goes back to its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from connectors import lanes, operating, services
from connectors.base import DeliveryResult, Outcome
from connectors.models import Lane, System
from hub.core import clock
from hub.core.errors import BusinessRefusal, SecurityRefusal
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from tests.hub.governance.people import actor

pytestmark = pytest.mark.django_db


def eve() -> Actor:
    found = User.objects.filter(username="eve").first()
    return Actor.of(found, Door.PAGE) if found else actor("eve", Role.ENGINEER)


HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def erp() -> System:
    made = System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud", max_concurrency=2)
    Lane.objects.create(system=made)
    return made


def fresh() -> System:
    return System.objects.select_related("lane").get(code="erp")


def drain(per_second: int = 5, lasting: timedelta = HALF_AN_HOUR) -> System:
    return operating.drain_lane(code="erp", per_second=per_second, lasting=lasting, actor=eve(), reason="Backlog")


def test_a_drain_limits_the_lane_until_its_time_is_over(erp: System) -> None:
    assert lanes.rate(fresh()) == 0
    drain(6)
    assert (lanes.rate(fresh()), lanes.batch_size(fresh(), 100)) == (6, 3), "a second's share of each slot"

    Lane.objects.update(drain_until=clock.machine_now())
    assert (lanes.rate(fresh()), lanes.batch_size(fresh(), 100)) == (0, 100)


def test_a_drain_never_presses_harder_than_the_system_bears(erp: System) -> None:
    System.objects.update(rate_per_second=4)
    drain(500)
    assert lanes.rate(fresh()) == 4


def test_a_paused_system_is_resumed_by_its_drain_and_the_audit_says_both(erp: System) -> None:
    services.pause_system(code="erp", actor=eve(), reason="Close")
    drain()
    entry = AuditEntry.objects.get(action="system.drain")
    assert (fresh().state, entry.before, entry.after) == (
        "active", {"state": "paused"}, {"state": "active", "per_second": 5, "minutes": 30},
    )  # fmt: skip


def test_a_drain_is_ended_before_its_time_once(erp: System) -> None:
    drain()
    operating.end_drain(code="erp", actor=eve(), reason="It is quick again")
    assert lanes.rate(fresh()) == 0
    with pytest.raises(BusinessRefusal, match="at its own rate already"):
        operating.end_drain(code="erp", actor=eve(), reason="Again")


@pytest.mark.parametrize(("rate", "minutes"), [(0, 30), (1_001, 30), (5, 0), (5, 24 * 60 + 1)])
def test_a_rate_or_a_time_that_is_none_changes_nothing(erp: System, rate: int, minutes: int) -> None:
    with pytest.raises(BusinessRefusal):
        drain(rate, timedelta(minutes=minutes))
    assert (Lane.objects.get().drain_until, AuditEntry.objects.exists()) == (None, False)


def test_only_those_who_operate_systems_everywhere_drain_and_test(erp: System) -> None:
    for who in (actor("lou", Role.LEAD), actor("len", Role.ENGINEER, facility="C07")):
        with pytest.raises(PermissionDenied):
            operating.drain_lane(code="erp", per_second=5, lasting=HALF_AN_HOUR, actor=who, reason="x")
        with pytest.raises(PermissionDenied):
            operating.try_connection(code="erp", actor=who)
    assert Lane.objects.get().drain_until is None


def test_a_connection_is_tested_and_what_came_of_it_is_audited(erp: System, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = SecurityRefusal("credentials-refused", "ERP refused us.")

    class Door:
        def probe(self) -> DeliveryResult:
            return DeliveryResult(Outcome.FAILED, failure=refused)

    monkeypatch.setattr(lanes, "client", lambda system: Door())
    result = operating.try_connection(code="erp", actor=eve())
    assert result.failure is refused
    assert AuditEntry.objects.get().after == {"outcome": "failed", "code": "credentials-refused"}


def test_a_system_whose_settings_are_incomplete_says_so_when_it_is_tested(erp: System) -> None:
    result = operating.try_connection(code="erp", actor=eve())
    assert result.failure is not None
    assert result.failure.code == "settings-incomplete"
