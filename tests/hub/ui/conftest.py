from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from hub.ui import navigation

#: Alice works here, Bob is on the staff too, and the rest only fill the table.
EPOCH = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def person(name: str, **values: Any) -> Any:
    return get_user_model().objects.create(username=name, **({"date_joined": EPOCH} | values))


@pytest.fixture(autouse=True)
def navigation_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generic pages by themselves, whatever the apps registered."""
    monkeypatch.setattr(navigation, "_items", {})


@pytest.fixture
def alice(db: None) -> Any:
    return person("alice", first_name="Alice", last_name="Ames", is_staff=True, last_login=EPOCH)


@pytest.fixture
def signed_in(client: Client, alice: Any) -> Client:
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def crowd(alice: Any) -> list[Any]:
    """Sixty sign-ins, the newest last; every third is on the staff, every fourth was ever seen."""
    return [
        person(
            f"person{n:02}",
            is_staff=n % 3 == 0,
            date_joined=EPOCH + timedelta(hours=n + 1),
            last_login=EPOCH + timedelta(days=n) if n % 4 == 0 else None,
        )
        for n in range(60)
    ]
