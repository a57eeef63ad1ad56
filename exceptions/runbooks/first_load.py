"""The first runbooks: what a group starts with for every failure class and the systems it surely has.

Each is a Markdown file of `first/` with a head of `title`, `summary` and one `for` a binding. Those that are there
stay as they are: people may have rewritten them since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exceptions.runbooks import services
from exceptions.runbooks.binding import WEIGHTS
from exceptions.runbooks.models import Runbook
from hub.governance.access import Actor, Door

#: Whose hand the first versions are in.
FIRST_LOAD = Actor("first load", None, Door.COMMAND)
_FOLDER = Path(__file__).parent / "first"
_SHORT = {"class": "failure_class"}


@dataclass(frozen=True, slots=True)
class First:
    code: str
    title: str
    summary: str
    body: str
    bindings: tuple[dict[str, str], ...]


def first_runbooks() -> Iterator[First]:
    for file in sorted(_FOLDER.glob("*.md")):
        yield parse(file.stem, file.read_text(encoding="utf-8"))


def parse(code: str, text: str) -> First:
    """Raises ValueError for a head that says something else."""
    head, _, body = text.partition("\n---\n")
    lines = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in head.splitlines())]
    said = dict(lines)
    bindings = tuple(_binding(value) for name, value in lines if name == "for")
    return First(code, said["title"], said["summary"], body.strip() + "\n", bindings)


def _binding(text: str) -> dict[str, str]:
    parts = [part.partition("=") for part in text.split()]
    named = {_SHORT.get(name, name): value for name, _, value in parts}
    if not named.keys() <= WEIGHTS.keys():
        raise ValueError(f"a runbook is not bound by {', '.join(sorted(named.keys() - WEIGHTS.keys()))}")
    return named


def install(actor: Actor) -> int:
    """Add those that are missing; returns how many."""
    there = set(Runbook.objects.values_list("code", flat=True))
    missing = [first for first in first_runbooks() if first.code not in there]
    for first in missing:
        services.create(
            code=first.code, title=first.title, summary=first.summary, body=first.body, bindings=first.bindings,
            actor=actor, reason="First load",
        )  # fmt: skip
    return len(missing)
