"""Values sealed with the hub's own payload keys."""

from __future__ import annotations

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
