from __future__ import annotations

from tests.hub.console.flow import flow, week

__all__ = ["flow", "week"]
