"""What somebody chose on a list, kept while they go on with it on a page of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.core.cache import cache

_KEPT_SECONDS = 60 * 60


def keep_choice(ids: Sequence[int], username: str) -> str:
    """Keep the chosen keys; returns what they are found by."""
    token = hashlib.sha256(f"{username}:{sorted(ids)}".encode()).hexdigest()[:32]
    cache.set(_key(token, username), sorted(ids), _KEPT_SECONDS)
    return token


def kept_choice(token: str, username: str) -> list[int]:
    """The keys; none where the choice is somebody else's or too old."""
    found: list[int] | None = cache.get(_key(token, username))
    return found or []


def _key(token: str, username: str) -> str:
    return f"console:choice:{username}:{token}"
