"""What makes a repeated webhook the same one: the `webhook-id` that its sender signed."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.translation import Identity

_LONGEST_ID = 120


def identify(headers: Mapping[str, str], head: bytes, sha256: str) -> Identity:
    """The sender's id, or the body's digest where it sent none (a file from disk)."""
    webhook_id = headers.get("webhook-id", "")[:_LONGEST_ID]
    if not webhook_id.isprintable():
        webhook_id = ""
    return Identity(webhook_id or f"sha256:{sha256}", webhook_id)
