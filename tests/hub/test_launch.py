"""One copy of the hub: its ports, its folder, and what it says when something stands in the way."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import launch


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a launch writes into the environment is gone after the test."""
    before = dict(os.environ)
    for name in launch.HUB_PORTS | launch.SANDBOX_PORTS:
        monkeypatch.delenv(name, raising=False)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_a_port_from_the_environment_is_taken_and_handed_to_every_child(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    monkeypatch.setenv("PORT", str(number))

    assert launch.claim_ports({"PORT": 1}) == {"PORT": number}
    assert os.environ["PORT"] == str(number)


def test_a_taken_port_is_named_with_the_variable_that_moves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("ERP_PORT", str(taken.getsockname()[1]))
        with pytest.raises(launch.LaunchError, match="ERP_PORT="):
            launch.claim_ports({"ERP_PORT": 8101})


def test_one_folder_serves_one_copy_at_a_time(tmp_path: Path) -> None:
    with launch.lock(tmp_path / "demo"):
        with pytest.raises(launch.LaunchError, match="Another copy"):
            launch.lock(tmp_path / "demo")
        launch.lock(tmp_path / "other").close()
    launch.lock(tmp_path / "demo").close()


def test_the_demo_keeps_its_data_apart_and_brings_its_own_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_ENV", raising=False)
    assert launch.prepare("demo", tmp_path) == tmp_path / "demo"
    assert os.environ["HUB_VAR"] == str(tmp_path / "demo")
    assert os.environ["HUB_CLOCK_FILE"] == str(tmp_path / "demo" / "clock")
    assert os.environ["HUB_ENV"] == "demo"


def test_a_reset_forgets_the_demo_but_never_a_database_of_your_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.json").touch()
    with pytest.raises(launch.LaunchError, match="DATABASE_URL"):
        launch.reset(tmp_path)
    assert (tmp_path / "report.json").exists()

    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    launch.reset(tmp_path)
    assert not tmp_path.exists()


def test_workers_are_up_before_anything_comes_in_and_the_web_is_last() -> None:
    names = [item.name for item in launch.hub_items({"PORT": 1, "MLLP_PORT": 2})]
    assert names.index("worker-engine") < names.index("beat") < names.index("mllp")
    assert names[-1] == "web"


def test_a_real_erp_takes_the_sandboxs_place_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    port = {"ERP_PORT": 1, "BILLING_PORT": 2}
    assert [item.name for item in launch.sandbox_items(port)] == ["sandbox"]
    monkeypatch.setenv("ERP", "tryton")
    assert [item.name for item in launch.sandbox_items(port)] == ["tryton", "sandbox"]


def test_the_last_words_name_the_address_and_every_sign_in(tmp_path: Path) -> None:
    sign_ins = [{"username": "olga", "password": "kept-secret", "role": "Billing operations"}]
    (tmp_path / "signins.json").write_text(json.dumps(sign_ins))
    words = launch.welcome(8123, tmp_path)
    assert "http://127.0.0.1:8123/" in words
    assert "olga" in words
    assert "kept-secret" in words
    assert "Billing operations" in words
