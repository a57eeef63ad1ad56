"""MLLP, both ways: the listener that acknowledges only what is stored, and the client."""

from __future__ import annotations

from connectors.transports.mllp.client import MllpClient
from connectors.transports.mllp.limits import MllpCounts, MllpLimits
from connectors.transports.mllp.server import Handler, MllpServer, Refusal

__all__ = ["Handler", "MllpClient", "MllpCounts", "MllpLimits", "MllpServer", "Refusal"]
