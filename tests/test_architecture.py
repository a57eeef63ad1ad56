"""House rules, checked by looking at the code: completeness of every system, sizes, names, one clock, badges."""

from __future__ import annotations

import ast
import importlib
import inspect
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import Choices

from connectors.registry import CONNECTORS, Connector
from hub.ui.badges import ToneChoices

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("hub", "connectors", "orchestration", "exceptions")
LONGEST_MODULE = 500
LONGEST_TEMPLATE = 200
# Names that say nothing of what a module is for.
GRAB_BAGS = {"utils.py", "helpers.py", "common.py", "misc.py", "util.py", "tools.py"}


def modules() -> list[Path]:
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Every call in a module, as (line, dotted name)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.package)
def test_every_system_has_a_readme_fixtures_and_tests_of_its_own(connector: Connector) -> None:
    package = ROOT / "connectors" / connector.package
    tests = [path.read_text() for path in (ROOT / "tests" / "connectors").rglob("test_*.py")]

    assert (package / "README.md").is_file()
    assert any(connector.package in text for text in tests)
    if connector.receives:
        messages = [path for path in (package / "fixtures").iterdir() if ".expected" not in path.name]
        assert messages
        assert callable(connector.translate)
    if connector.client_class:
        client = importlib.import_module(f"connectors.{connector.package}.client")
        assert hasattr(client, connector.client_class)


def test_the_contract_of_independence_names_every_system() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(contract for contract in contracts if contract["id"] == "systems")["modules"]
    assert sorted(named) == sorted(f"connectors.{connector.package}" for connector in CONNECTORS)


def test_no_module_has_grown_too_long_to_read() -> None:
    lines = {name_of(path): len(path.read_text().splitlines()) for path in modules()}
    assert {name: count for name, count in lines.items() if count > LONGEST_MODULE} == {}


def test_no_template_has_grown_too_long_to_read() -> None:
    folders = [ROOT / "templates", *(ROOT / room for room in ROOMS)]
    templates = [path for folder in folders for path in folder.rglob("*.html")]
    long = {name_of(path): path.read_text().count("\n") for path in templates}
    assert {name: count for name, count in long.items() if count > LONGEST_TEMPLATE} == {}


def test_every_module_says_in_its_name_what_it_is_for() -> None:
    assert [name_of(path) for path in modules() if path.name in GRAB_BAGS] == []


def test_only_the_clock_reads_the_time_and_only_ids_makes_identifiers() -> None:
    readers = ("datetime.now", "datetime.utcnow", "date.today", "datetime.today", "timezone.now", "time.time")
    keepers = {"hub/core/clock.py": readers, "hub/core/ids.py": ("uuid7", "_uuid7")}
    watched = (*readers, "uuid4", "uuid.uuid4", "uuid1", "uuid.uuid1")
    found = [
        f"{name_of(path)}:{line} {call}"
        for path in modules()
        for line, call in calls(path)
        if call in watched and call not in keepers.get(name_of(path), ())
    ]
    assert found == []


def test_every_state_has_a_badge() -> None:
    states = [
        value
        for path in modules()
        if path.name == "states.py"
        for module in [importlib.import_module(name_of(path).removesuffix(".py").replace("/", "."))]
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, Choices) and value.__name__.endswith(("State", "Status", "Outcome"))
    ]
    assert len(states) > 10
    assert [value.__name__ for value in states if not issubclass(value, ToneChoices)] == []
