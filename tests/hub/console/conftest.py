from __future__ import annotations

import pytest

from tests.hub.console.cast import make_group


@pytest.fixture
def group(db: None) -> None:
    """The small group that the console's tests work for."""
    make_group()
