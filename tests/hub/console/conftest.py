from __future__ import annotations

import pytest

from tests.hub.console.cast import make_group
from tests.hub.console.flow import flow, week

__all__ = ["flow", "week"]


@pytest.fixture
def group(db: None) -> None:
    """The small group that the console's tests work for."""
    make_group()
