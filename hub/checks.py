"""System checks: combinations of settings that would lose work, leak data or fail at the first message.

Registered by the governance app; `manage.py check` and every start of the hub run them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from hub import embedded


def register_all() -> None:
    register(Tags.database)(no_connection_pool)
    register(Tags.security)(payload_keys_open)
    register(Tags.security)(production_stands_alone)


def no_connection_pool(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Celery's prefork workers tear a pool down around every task: a fifth of the rate was measured."""
    if "pool" not in settings.DATABASES["default"].get("OPTIONS", {}):
        return []
    return [Error("The database OPTIONS ask for a connection pool.", hint="Use PgBouncer.", id="hub.E001")]


def payload_keys_open(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A key with a typing error would otherwise show at the first stored message."""
    found: list[CheckMessage] = []
    for place, key in enumerate(settings.HUB_PAYLOAD_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            found.append(Error(f"Key {place} of HUB_PAYLOAD_KEYS is not a Fernet key.", id="hub.E002"))
    return found


def production_stands_alone(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Nothing that development or the demo brings along belongs into production."""
    if not settings.PRODUCTION:
        return []
    wrong = {
        "hub.E003": (
            embedded.database_url(settings.VAR_DIR) == settings.DATABASE_URL,
            "DATABASE_URL is not set: production needs a PostgreSQL of its own.",
        ),
        "hub.E004": (
            embedded.redis_url(settings.VAR_DIR) == settings.REDIS_URL,
            "REDIS_URL is not set: production needs a Redis or Valkey of its own.",
        ),
        "hub.E005": (settings.DEBUG, "HUB_DEBUG shows patient data on error pages."),
        "hub.E006": ("HUB_CLOCK_FILE" in os.environ, "HUB_CLOCK_FILE would move business time."),
    }
    return [Error(message, id=number) for number, (is_wrong, message) in wrong.items() if is_wrong]
