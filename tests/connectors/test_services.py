"""Acts on systems and feeds: permission, reason and audit in one place, secrets sealed and never told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from connectors import services
from connectors.models import Feed, Lane, System, Transport
from connectors.services import Unchanged
from connectors.states import BreakerState
from hub.core.errors import BusinessRefusal
from hub.core.sealing import open_json
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from tests.hub.governance.people import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> System:
    made = System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud")
    Lane.objects.create(system=made, breaker=BreakerState.OPEN, failures=7)
    return made


@pytest.fixture
def feed(erp: System) -> Feed:
    return Feed.objects.create(
        code="clinic", system=erp, name="Clinic", transport=Transport.WEBHOOK, contract="c", facility="C07"
    )


def test_a_pause_needs_a_reason_and_the_permission_everywhere(erp: System) -> None:
    with pytest.raises(BusinessRefusal, match="Say why"):
        services.pause_system(code="erp", actor=actor("eve", Role.ENGINEER), reason=" ")
    for name, role, facility in (("lou", Role.LEAD, ""), ("len", Role.ENGINEER, "C07")):
        with pytest.raises(PermissionDenied):
            services.pause_system(code="erp", actor=actor(name, role, facility=facility), reason="x")
    assert System.objects.get().state == "active"
    assert not AuditEntry.objects.exists()


def test_pausing_what_is_paused_says_so(erp: System) -> None:
    eve = actor("eve", Role.ENGINEER)
    services.pause_system(code="erp", actor=eve, reason="Close")

    with pytest.raises(Unchanged, match="ERP is paused already"):
        services.pause_system(code="erp", actor=eve, reason="Close")
    assert AuditEntry.objects.count() == 1


def test_a_lane_is_reset_by_hand(erp: System) -> None:
    services.reset_lane(code="erp", actor=actor("eve", Role.ENGINEER), reason="Back")

    lane = Lane.objects.get()
    assert (lane.breaker, lane.failures) == (BreakerState.CLOSED, 0)


def test_an_engineer_of_one_facility_operates_its_feeds_and_no_others(feed: Feed) -> None:
    len_of_c07 = actor("len", Role.ENGINEER, facility="C07")
    services.pause_feed(code="clinic", actor=len_of_c07, reason="Upgrade")
    assert Feed.objects.get().state == "paused"

    Feed.objects.update(facility="C05")
    with pytest.raises(PermissionDenied):
        services.resume_feed(code="clinic", actor=len_of_c07, reason="Done")


def test_a_changed_configuration_is_audited_with_what_it_was_and_without_secrets(erp: System) -> None:
    services.configure_system(
        code="erp",
        actor=actor("eve", Role.ENGINEER),
        changes={"timeout_seconds": 30, "name": "ERP", "state": "paused"},
        secrets={"client_secret": "hunter2"},
        reason="Slow quarter end",
    )

    kept = System.objects.get()
    assert (kept.timeout_seconds, kept.state) == (30, "active")
    assert open_json(kept.sealed_secrets) == {"client_secret": "hunter2"}
    entry = AuditEntry.objects.get()
    assert entry.before == {"timeout_seconds": 10}
    assert entry.after == {"timeout_seconds": 30, "secrets": "replaced"}


def test_secrets_that_are_not_given_stay(feed: Feed) -> None:
    eve = actor("eve", Role.ENGINEER)
    change: dict[str, Any] = {"code": "clinic", "actor": eve, "reason": "New key"}
    services.configure_feed(changes={}, secrets=["whsec_new", "whsec_old"], **change)
    services.configure_feed(changes={"max_bytes": 10}, **change)

    assert open_json(Feed.objects.get().sealed_secrets) == ["whsec_new", "whsec_old"]
