"""What makes a repeated webhook the same one: the `webhook-id` that its sender signed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.translation import Identity

_LONGEST_ID = 120
VERSION_HEADER = "x-contract-version"
_VERSION = re.compile(rb'"contract(?:_v|V)ersion"\s*:\s*"([A-Za-z0-9._-]{1,20})"')


def identify(headers: Mapping[str, str], head: bytes, sha256: str) -> Identity:
    """The sender's id, or the body's digest where it sent none (a file from disk)."""
    webhook_id = headers.get("webhook-id", "")[:_LONGEST_ID]
    if not webhook_id.isprintable():
        webhook_id = ""
    return Identity(webhook_id or f"sha256:{sha256}", webhook_id)


def version_of(headers: Mapping[str, str], head: bytes) -> str:
    """The contract version that the sender states, in the header or in the body; it may be one that we do not know."""
    found = _VERSION.search(head)
    return headers.get(VERSION_HEADER, "").lower() or (found[1].decode().lower() if found is not None else "")
