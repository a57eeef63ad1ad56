"""Values sealed with the hub's own payload keys."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import Any

import msgspec
from django.conf import settings

from hub.core.crypto import Vault


@cache
def vault() -> Vault:
    return Vault(tuple(settings.HUB_PAYLOAD_KEYS))


def seal_json(value: Any) -> bytes:
    return vault().seal(msgspec.json.encode(value))


def open_json(sealed: bytes | memoryview | None) -> Any:
    """What `seal_json` sealed; an empty mapping where there is nothing."""
    return msgspec.json.decode(vault().open(bytes(sealed))) if sealed else {}


def blind_index(text: str) -> str:
    """What stands for `text` where it must be found and may not be read: a keyed digest, in 32 hex digits."""
    return blind_indexes(text)[0]


def blind_indexes(text: str) -> list[str]:
    """The digests under every key that still opens payloads, the present one first: what an older key wrote is found.

    Letter case and blanks around a number do not tell two of them apart.
    """
    plain = text.strip().upper().encode()
    return [hmac.digest(key, plain, hashlib.sha256)[:16].hex() for key in _index_keys(tuple(settings.HUB_PAYLOAD_KEYS))]


@cache
def _index_keys(keys: tuple[str, ...]) -> tuple[bytes, ...]:
    """Keys of their own, made of the payload keys: a digest tells nothing about what seals a payload."""
    return tuple(hashlib.sha256(b"blind index of " + key.encode()).digest() for key in keys)
