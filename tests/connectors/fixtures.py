"""Each system package's fixtures: a message named after its event, and the exact events it stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

import connectors
from hub.core.events import Event

PACKAGES = Path(connectors.__file__).parent
EXPECTED = ".expected.json"


def fixtures(package: str) -> list[Path]:
    """The messages, in name order."""
    folder = PACKAGES / package / "fixtures"
    return sorted(path for path in folder.iterdir() if not path.name.endswith(EXPECTED))


def expected(fixture: Path) -> list[dict[str, Any]]:
    """What is written beside a fixture: its events as plain JSON."""
    events: list[dict[str, Any]] = msgspec.json.decode(fixture.with_name(fixture.name + EXPECTED).read_bytes())
    return events


def plain(event: Event) -> dict[str, Any]:
    """An event as plain JSON values, its type first."""
    values: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event))
    return {"type": event.TYPE} | values
