from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from connectors import lanes, seed, selectors
from hub.core import clock
from hub.masterdata import crosswalk
from hub.records import models as records
from orchestration import starting
from orchestration.workflow import Registry
from orchestration.workflows import WORKFLOWS
from tests.orchestration.remittances import accepted
from tests.orchestration.world import NINE, FakeSystem, World, charge, completed, encounter, happen


@pytest.fixture
def group(db: None) -> None:
    """The sandbox group's master data, its systems and feeds."""
    call_command("seed_group", verbosity=0, stdout=StringIO())
    seed.seed()
    selectors.forget_feeds()
    crosswalk.forget()


@pytest.fixture
def world(group: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The group with its outside systems in memory.

    Whether a visit is still to be made ready depends on the day: W2 begins only in tests that set the clock for it.
    """
    others = [one for one in WORKFLOWS.newest() if one.code != "W2"]
    monkeypatch.setattr(starting, "WORKFLOWS", Registry(others))
    made = World(FakeSystem(), FakeSystem(), FakeSystem(max_batch=16))
    monkeypatch.setattr(lanes, "client", made.client)
    return made


@pytest.fixture
def claims(world: World) -> World:
    """Claims A1 to A4 of 200.00 each are with the payer."""
    with clock.travel(NINE + timedelta(days=2) - clock.machine_now()):
        for number in ("1", "2", "3", "4"):
            happen(encounter(number=number), completed(number), charge(number, amount="200.00"), system="ehr")
        world.settle()
        happen(*(accepted(f"A{number}") for number in (1, 2, 3, 4)), system="clearinghouse")
        world.settle()
    assert records.Claim.objects.filter(status="accepted").count() == 4
    return world
