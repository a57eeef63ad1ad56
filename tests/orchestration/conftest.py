from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from connectors import lanes, seed, selectors
from hub.masterdata import crosswalk
from tests.orchestration.world import FakeSystem, World


@pytest.fixture
def group(db: None) -> None:
    """The sandbox group's master data, its systems and feeds."""
    call_command("seed_group", verbosity=0, stdout=StringIO())
    seed.seed()
    selectors.forget_feeds()
    crosswalk.forget()


@pytest.fixture
def world(group: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The group with its outside systems in memory."""
    made = World(FakeSystem(), FakeSystem(), FakeSystem(max_batch=16))
    monkeypatch.setattr(lanes, "client", made.client)
    return made
