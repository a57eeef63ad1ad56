"""`manage.py startconnector NAME`: the beginning of a system package, which passes the contract suite as it is.

Writes `connectors/NAME` (translate, identity, client, contract, README, fixtures) and what the suite must know of it,
and says what is left to do by hand. docs/connectors.md goes on from there.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.registry import CONNECTORS
from hub.core.events.appointment import AppointmentBooked, AppointmentCancelled, AppointmentEvent

_ROOT = Path(__file__).resolve().parents[3]
_TEMPLATES = Path(__file__).resolve().parents[1] / "startconnector"
_SUFFIX = ".tmpl"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,38}")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")

_NEXT = """Written. What is left:

1. connectors/registry.py, into CONNECTORS:
       Connector("{name}", "{title}", receives=True, client_class="{class_name}Client"),
2. pyproject.toml, into the modules of the import contract "systems":
       "connectors.{name}",
3. hub/masterdata/authority.py, if {system} is the authority for what it reports.
4. connectors/seed.py, or the console: the system {system!r} and its feed.

Then: pytest tests/connectors/contract -k {name}
docs/connectors.md goes on from here."""


class Command(BaseCommand):
    help = "Begin a new system package."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of the package, such as patient_portal")
        parser.add_argument("--system", default="", help="code under which a group configures it, such as portal")
        parser.add_argument("--number", default="S0", help="its number in the catalog of systems")
        parser.add_argument("--title", default="", help="what people call it")
        parser.add_argument("--root", type=Path, default=_ROOT, help="the project's folder")

    def handle(self, *args: Any, **options: Any) -> None:
        values = _values(options)
        made = dict(_files(options["root"], values))
        standing = [path for path in made if path.exists()]
        if standing:
            raise CommandError(f"{standing[0]} stands already; nothing was written.")
        for path, text in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.stdout.write(_NEXT.format(**values))


def _values(options: Mapping[str, Any]) -> dict[str, str]:
    """What the templates are filled with. Raises CommandError for names that cannot be."""
    name = options["name"]
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise CommandError("A package is called in lower-case letters, digits and underscores, a letter first.")
    if name in {item.package for item in CONNECTORS}:
        raise CommandError(f"{name} is registered already.")
    words = name.split("_")
    system = options["system"] or "-".join(words)
    if not _CODE.fullmatch(system):
        raise CommandError("A system's code is of lower-case letters, digits and hyphens, a letter first.")
    title = options["title"] or " ".join(words).capitalize()
    if not title.isprintable() or not title.isascii() or set(title) & set("\"'\\{}$"):
        raise CommandError("A title is plain text without quotes.")
    return {
        "name": name,
        "system": system,
        "number": options["number"],
        "title": title,
        "class_name": "".join(word.capitalize() for word in words),
    }


def _files(root: Path, values: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Each file to be written, and its text."""
    package = root / "connectors" / values["name"]
    for template in sorted((_TEMPLATES / "package").rglob(f"*{_SUFFIX}")):
        place = template.relative_to(_TEMPLATES / "package")
        yield package / place.with_suffix(""), _filled(template, values)
    for event in _fixtures(values["system"]):
        name = event.TYPE.partition(".")[2]
        yield package / "fixtures" / f"{name}.json.expected.json", _expected(event)
    descriptions = root / "tests" / "connectors" / "contract" / "packages"
    yield descriptions / f"{values['name']}.py", _filled(_TEMPLATES / "tests" / "description.py.tmpl", values)


def _fixtures(system: str) -> Iterator[AppointmentEvent]:
    """What the fixtures mean."""
    for kind, at in (
        (AppointmentBooked, "2026-11-07T09:12:44-06:00"),
        (AppointmentCancelled, "2026-11-07T17:45:00-06:00"),
    ):
        yield kind(
            occurred_at=datetime.fromisoformat(at),
            entity_key=f"{system}:P100204",
            facility="C07",
            account_number="A700204",
            appointment_id="P100204",
            starts_at=datetime.fromisoformat("2026-11-09T10:30:00-06:00"),
            department="PT-REHAB",
        )


def _expected(event: AppointmentEvent) -> str:
    told = {"type": event.TYPE} | msgspec.to_builtins(event)
    return msgspec.json.format(msgspec.json.encode([told]), indent=2).decode() + "\n"


def _filled(template: Path, values: Mapping[str, str]) -> str:
    return Template(template.read_text()).substitute(values)
