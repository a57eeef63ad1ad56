"""What makes a repeated file the same one: who sent it to whom, its interchange number, and its content."""

from __future__ import annotations

from connectors.x12_feeds import identify, version_of

__all__ = ["identify", "version_of"]
