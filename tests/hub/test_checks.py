"""Wrong combinations of settings are named before the first message, each by its id."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

from hub import checks

SOUND = {
    "HUB_ENV": "production",
    "HUB_SECRET_KEY": "k" * 30 + "0123456789abcdefghij!",
    "HUB_PAYLOAD_KEYS": Fernet.generate_key().decode(),
    "HUB_ALLOWED_HOSTS": "hub.example.org",
    "DATABASE_URL": "postgres://hub@/hub?host=/nonexistent",
    "REDIS_URL": "redis://localhost/0",
}


def check(changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `manage.py check --deploy` in a production environment with `changes`; "" removes a variable."""
    # Browser tests in the same run set it for Playwright's loop; no production environment has it.
    inherited = {key: value for key, value in os.environ.items() if key != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    environment = {key: value for key, value in (inherited | SOUND | changes).items() if value}
    argv = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def test_a_sound_production_environment_passes_djangos_own_and_our_checks() -> None:
    done = check({})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DATABASE_URL": "", "HUB_DEBUG": "1", "HUB_CLOCK_FILE": "clock"}, "hub.E003 hub.E005 hub.E006"),
        ({"REDIS_URL": "", "HUB_PAYLOAD_KEYS": "short"}, "hub.E004 hub.E002"),
        ({"HUB_SECRET_KEY": ""}, "HUB_SECRET_KEY"),
        ({"HUB_PAYLOAD_KEYS": ""}, "HUB_PAYLOAD_KEYS"),
        ({"HUB_ENV": "prod"}, "HUB_ENV='prod'"),
    ],
)
def test_production_refuses_to_start_on(changes: dict[str, str], said: str) -> None:
    done = check(changes)
    assert done.returncode != 0
    assert [word for word in said.split() if word not in done.stderr] == []


def test_a_connection_pool_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.no_connection_pool(None) == []
    monkeypatch.setitem(settings.DATABASES["default"]["OPTIONS"], "pool", True)
    assert [message.id for message in checks.no_connection_pool(None)] == ["hub.E001"]
