"""Secrets come from the environment or a file, and are invented once where that is allowed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub import env


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUB_VAR", str(tmp_path))
    monkeypatch.delenv("HUB_ENV", raising=False)
    return tmp_path


def test_an_invented_secret_is_kept_for_the_next_process_and_readable_by_its_owner_only(own_folder: Path) -> None:
    first = env.secret("HUB_TRIAL", lambda: "one")
    second = env.secret("HUB_TRIAL", lambda: "two")

    assert (first, second) == ("one", "one")
    assert (own_folder / "secrets" / "hub_trial").stat().st_mode & 0o777 == 0o600


def test_processes_starting_together_agree_on_one_secret() -> None:
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda number: env.secret("HUB_TRIAL", lambda: f"secret {number}"), range(8)))
    assert len(seen) == 1


def test_the_environment_wins_over_a_file_and_a_file_over_invention(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_folder / "mounted").write_text("from the file\n")
    monkeypatch.setenv("HUB_TRIAL_FILE", str(own_folder / "mounted"))
    assert env.secret("HUB_TRIAL", lambda: "invented") == "from the file"
    monkeypatch.setenv("HUB_TRIAL", "from the environment")
    assert env.secret("HUB_TRIAL", lambda: "invented") == "from the environment"


def test_production_invents_nothing(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ENV", "production")
    with pytest.raises(ImproperlyConfigured, match="HUB_TRIAL"):
        env.secret("HUB_TRIAL", lambda: "invented")
    assert not (own_folder / "secrets").exists()
