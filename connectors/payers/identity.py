"""What makes a repeated answer the same one: its interchange."""

from __future__ import annotations

from connectors.x12_feeds import identify

__all__ = ["identify"]
