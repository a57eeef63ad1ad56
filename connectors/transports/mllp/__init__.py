"""MLLP, both ways: the listener that acknowledges only what is stored, and the client."""

from __future__ import annotations

from connectors.transports.mllp.acknowledged import Acknowledged
from connectors.transports.mllp.client import MllpClient
from connectors.transports.mllp.limits import MllpCounts, MllpLimits
from connectors.transports.mllp.replies import Handler, Refusal, Reply
from connectors.transports.mllp.server import MllpServer
from connectors.transports.mllp.tls import client_context, server_context

__all__ = [
    "Acknowledged",
    "Handler",
    "MllpClient",
    "MllpCounts",
    "MllpLimits",
    "MllpServer",
    "Refusal",
    "Reply",
    "client_context",
    "server_context",
]
