"""What a lane makes of each connector's client: it waits while the far side is down, and drains in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from connectors import lanes
from connectors.base import SystemConfig
from connectors.models import Delivery, Lane, System
from connectors.outbound import NewDelivery, enqueue, take_turn
from connectors.registry import Connector
from connectors.states import BreakerState, DeliveryState, SystemState
from exceptions.models import Case
from hub.core import clock
from hub.core.errors import FailureClass
from hub.core.sealing import seal_json
from tests.connectors.contract.description import DELIVERING, Outbound, outbound, package_of
from tests.connectors.processes import free_port

pytestmark = pytest.mark.django_db

every_real = pytest.mark.parametrize(
    "connector", [item for item in DELIVERING if outbound(item).far_side is not None], ids=package_of
)
CODE = "contract"


@pytest.fixture(autouse=True)
def no_client_stays_open() -> Iterator[None]:
    yield
    lanes.close_clients()


def configure(connector: Connector, config: SystemConfig, **secrets: str) -> None:
    values: dict[str, Any] = {
        "number": "S0",
        "name": connector.title,
        "connector": connector.package,
        "base_url": config.base_url,
        "options": dict(config.options),
        "timeout_seconds": 3,
        "sealed_secrets": seal_json({**config.secrets, **secrets}),
    }
    System.objects.update_or_create(code=CODE, defaults=values)


@contextmanager
def far_side(told: Outbound, folder: Path) -> Iterator[int]:
    assert told.far_side is not None
    with told.far_side(folder) as port:
        yield port


def put(told: Outbound, count: int) -> list[Delivery]:
    with transaction.atomic():
        return enqueue([NewDelivery(system=CODE, request=told.request(number)) for number in range(1, count + 1)])


def turns(most: int = 12) -> None:
    """Turns until nothing moves; delays of single deliveries are cut short."""
    for _ in range(most):
        Delivery.objects.update(due_at=None)
        if take_turn(CODE, lambda ended: None) == 0:
            return


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


@every_real
def test_while_the_far_side_is_away_all_waits_behind_one_incident_and_then_drains_in_order(
    connector: Connector, tmp_path: Path
) -> None:
    told = outbound(connector)
    with far_side(told, tmp_path) as port:
        configure(connector, told.at(free_port()))
        put(told, 3)
        turns()

        assert Lane.objects.get(system__code=CODE).breaker == BreakerState.OPEN
        assert states() == [DeliveryState.PENDING] * 3
        assert list(Case.objects.values_list("failure_class", flat=True)) == [FailureClass.OUTAGE]

        configure(connector, told.at(port))
        Lane.objects.update(probe_at=clock.machine_now() - timedelta(seconds=1))
        turns()

    assert states() == [DeliveryState.CONFIRMED] * 3
    finished = list(Delivery.objects.order_by("finished_at", "id").values_list("id", flat=True))
    assert finished == sorted(finished)


@every_real
def test_wrong_credentials_pause_the_system_with_one_case_and_nothing_is_lost(
    connector: Connector, tmp_path: Path
) -> None:
    told = outbound(connector)
    with far_side(told, tmp_path) as port:
        configure(connector, told.at(port), **told.wrong)
        put(told, 2)
        turns()

        assert System.objects.get(code=CODE).state == SystemState.PAUSED
        assert states() == [DeliveryState.PENDING] * 2
        [case] = Case.objects.all()
        assert (case.failure_class, case.system) == (FailureClass.CONFIGURATION, CODE)

        configure(connector, told.at(port))
        System.objects.update(state=SystemState.ACTIVE)
        turns()

    assert states() == [DeliveryState.CONFIRMED] * 2
