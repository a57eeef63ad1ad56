"""What makes a repeated message the same one: MSH-10 of its sender."""

from __future__ import annotations

from connectors.hl7_feeds import identify

__all__ = ["identify"]
