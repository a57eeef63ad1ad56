"""Systems: their health at a glance, and stopping and starting them with a reason that stays."""

from __future__ import annotations

import pytest
from django.test import Client

from connectors.models import Delivery, Feed, Lane, System
from connectors.states import BreakerState, DeliveryState
from hub.core.clock import now
from hub.core.sealing import seal_json
from tests.hub.console.cast import last_audit, signed_in
from tests.hub.console.flow import Flow


@pytest.fixture
def erin(flow: Flow) -> Client:
    return signed_in("erin")


def waiting(system: str = "erp", state: str = DeliveryState.PENDING) -> Delivery:
    return Delivery.objects.create(
        system=system, operation="journal.post", posting_key="W5:late", state=state, sealed_request=seal_json({})
    )


def test_the_overview_shows_sources_and_targets_with_what_waits(erin: Client, flow: Flow) -> None:
    waiting()
    page = erin.get("/systems/").content.decode()

    for words in ("Send to the hub", "Receive from the hub", "Payment gateway", "Clearinghouse", "1 waiting"):
        assert words in page


def test_a_system_that_is_down_says_so_and_offers_to_close_the_breaker(erin: Client, flow: Flow) -> None:
    Lane.objects.filter(system__code="erp").update(breaker=BreakerState.OPEN, opened_at=now(), failures=4)
    assert "It does not answer" in erin.get("/systems/erp/").content.decode()

    erin.post("/systems/erp/reset/", {"reason": "Their router is back"})
    assert Lane.objects.get(system__code="erp").breaker == BreakerState.CLOSED
    assert (last_audit().action, last_audit().reason) == ("system.reset_lane", "Their router is back")


def test_an_unconfirmed_delivery_is_counted_with_what_waits(erin: Client, flow: Flow) -> None:
    waiting(state=DeliveryState.UNCONFIRMED)
    stats = {stat.label: stat.value for stat in erin.get("/systems/erp/").context["stats"]}

    assert (stats["Waiting"], stats["Sent, unconfirmed"]) == ("1", "1")


def test_a_system_is_paused_and_resumed_with_a_reason(erin: Client, flow: Flow) -> None:
    assert erin.post("/systems/erp/pause/", {"reason": ""}).status_code == 422
    erin.post("/systems/erp/pause/", {"reason": "Month-end close"})
    assert System.objects.get(code="erp").state == "paused"
    assert (last_audit().action, last_audit().before, last_audit().after) == (
        "system.pause", {"state": "active"}, {"state": "paused"},
    )  # fmt: skip
    page = erin.get("/systems/erp/").content.decode()
    assert "Month-end close" in page
    assert "Resume" in page

    assert erin.post("/systems/erp/pause/", {"reason": "Again"}).status_code == 409
    erin.post("/systems/erp/resume/", {"reason": "Closed"})
    assert System.objects.get(code="erp").state == "active"


def test_a_feed_is_paused_and_resumed(erin: Client, flow: Flow) -> None:
    erin.post("/feeds/ehr/pause/", {"reason": "Interface upgrade"})
    assert Feed.objects.get(code="ehr").state == "paused"
    assert "Paused" in erin.get("/systems/ehr/").content.decode()

    erin.post("/feeds/ehr/resume/", {"reason": "Done"})
    assert Feed.objects.get(code="ehr").state == "active"
    assert last_audit().action == "feed.resume"


@pytest.mark.parametrize("name", ["linda", "frank", "stella", "audrey"])
def test_those_who_only_look_change_nothing(flow: Flow, name: str) -> None:
    client = signed_in(name)

    assert client.get("/systems/erp/").status_code == 200
    assert client.post("/systems/erp/pause/", {"reason": "x"}).status_code == 403
    assert client.post("/feeds/ehr/pause/", {"reason": "x"}).status_code == 403
    assert System.objects.get(code="erp").state == "active"


def test_the_last_deliveries_are_those_of_the_readers_facilities(erin: Client, flow: Flow) -> None:
    shown = erin.get("/systems/erp/").content.decode()

    assert "W5:gateway:" in shown
    assert "sealed" not in shown


def test_a_system_that_is_none_is_not_found(erin: Client) -> None:
    assert erin.get("/systems/nope/").status_code == 404
