"""A connector as it is begun: it passes the contract suite before a line of it is written by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("connectors", "exceptions", "hub", "orchestration", "templates", "tests", "manage.py", "pyproject.toml")


def begin(root: Path, name: str = "patient_portal", **options: str) -> str:
    told = StringIO()
    call_command("startconnector", name, root=root, stdout=told, **options)
    return told.getvalue()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of this project to be written into."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, tmp_path / part)
    return tmp_path


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    # The servers of this test session are none of the other's affair.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_a_connector_passes_the_suite_as_it_was_begun_and_by_the_lines_that_it_names(project: Path) -> None:
    told = begin(project, system="portal", number="S19", title="Patient portal")
    [line] = [line.strip() for line in told.splitlines() if line.strip().startswith("Connector(")]
    registry = project / "connectors" / "registry.py"
    registry.write_text(registry.read_text().replace("CONNECTORS: tuple[Connector, ...] = (\n", f"{_LIST}{line}\n"))

    suite = run(
        project, "pytest", "tests/connectors/contract", "-k", "patient_portal", "-m", "not django_db", "-p", "no:xdist"
    )
    style = run(project, "ruff", "check", "connectors/patient_portal", "tests/connectors/contract/packages")

    assert suite.returncode == 0, suite.stdout[-3000:]
    assert "no tests ran" not in suite.stdout
    assert style.returncode == 0, style.stdout


_LIST = "CONNECTORS: tuple[Connector, ...] = (\n    "


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Portal", {}),
        ("class", {}),
        ("ehr", {}),
        ("portal", {"system": "Patient Portal"}),
        ("portal", {"title": 'The "portal"'}),
        ("../portal", {}),
    ],
)
def test_names_that_cannot_be_are_refused_before_anything_is_written(
    name: str, options: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(CommandError):
        begin(tmp_path, name, **options)

    assert list(tmp_path.iterdir()) == []


def test_what_stands_is_not_overwritten(tmp_path: Path) -> None:
    begin(tmp_path)
    mine = tmp_path / "connectors" / "patient_portal" / "translate.py"
    mine.write_text("# weeks of work\n")

    with pytest.raises(CommandError):
        begin(tmp_path)

    assert mine.read_text() == "# weeks of work\n"
