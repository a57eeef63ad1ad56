"""What makes a repeated message the same one: MSH-10 of its sender."""

from __future__ import annotations

from connectors.hl7_feeds import identify, version_of

__all__ = ["identify", "version_of"]
