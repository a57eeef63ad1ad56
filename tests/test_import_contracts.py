"""The import contracts of pyproject.toml: they hold, and each turns red on a deliberate violation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("hub", "connectors", "orchestration", "exceptions")

VIOLATIONS = {
    "rooms": ("hub/core/money.py", "import connectors.base"),
    "inside": ("connectors/states.py", "import connectors.models"),
    "wire": ("connectors/erp_cloud/client.py", "import django.conf"),
    "systems": ("connectors/erp_cloud/client.py", "import connectors.scheduling_saas"),
    "celery": ("connectors/models.py", "import celery"),
    "cycles": ("hub/core/errors.py", "import hub.core.crypto"),
}


def lint(where: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    for contract in contracts:
        argv += ["--contract", contract]
    return subprocess.run(argv, cwd=where, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rooms once more, to be spoilt."""
    folder = tmp_path_factory.mktemp("rooms")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "static"))
    return folder


def test_every_contract_holds() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_violation_turns_it_red(contract: str, copy: Path) -> None:
    module, spoiler = VIOLATIONS[contract]
    path = copy / module
    sound = path.read_text()
    path.write_text(sound + f"\n{spoiler}\n")
    try:
        done = lint(copy, contract)
    finally:
        path.write_text(sound)

    assert done.returncode == 1, done.stdout
    assert "1 broken" in done.stdout
