"""What makes a repeated answer the same one: its interchange."""

from __future__ import annotations

from connectors.x12_feeds import identify, version_of

__all__ = ["identify", "version_of"]
