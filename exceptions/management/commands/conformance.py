"""`manage.py conformance`: reads folders of messages, counts them anew, sends them through the door, and tells of each.

It is done in a database made for it, or in the configured one with `--here`; there all is taken back. `--write FILE`
writes the page, without it only the summary is printed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from connectors import seed, selectors
from exceptions.conformance.intake import take_in
from exceptions.conformance.judging import opinion
from exceptions.conformance.page import Line, page
from exceptions.conformance.reading import Reading, read_hl7, read_resource, read_x12
from hub import embedded
from hub.masterdata import crosswalk

_READERS: Mapping[str, Callable[[bytes], Reading]] = {"x12": read_x12, "hl7v2": read_hl7, "fhir": read_resource}


class Command(BaseCommand):
    help = "Say how well whole folders of messages are read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=Path(settings.BASE_DIR).parent / "shared" / "data",
            help="holds the folders x12, hl7v2 and fhir",
        )  # fmt: skip
        parser.add_argument("--write", type=Path, help="the page to write")
        parser.add_argument("--here", action="store_true", help="in the configured database, and taken back")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not any((folder / kind).is_dir() for kind in _READERS):
            raise CommandError(f"{folder} holds none of {', '.join(_READERS)}.")
        if not options["here"]:
            _in_scratch([str(folder), *(["--write", str(options["write"])] if options["write"] else [])])
            return
        with transaction.atomic():
            call_command("seed_group", verbosity=0, stdout=self.stderr)
            seed.seed()
            forget()
            lines = list(_lines(folder))
            transaction.set_rollback(True)
        forget()
        lost = sum(line.taken.lost for line in lines)
        if options["write"]:
            options["write"].write_text(page(lines, lost))
        differing = sum(line.disagreement for line in lines)
        unlike = sum(not line.reading.counted_alike and bool(line.reading.ours.messages) for line in lines)
        self.stdout.write(
            f"{len(lines)} files: {lost} lost, {unlike} counted otherwise, {differing} judged otherwise by pyx12"
        )
        if lost or unlike:
            raise CommandError("Not everything is as it should be.")


def _in_scratch(arguments: list[str]) -> None:
    """The same on servers of its own, which are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as name:
        var = Path(name)
        servers = embedded.servers(var, durable=False)
        environment = os.environ | {
            "HUB_VAR": name,
            "DATABASE_URL": embedded.database_url(var),
            "REDIS_URL": embedded.redis_url(var),
        }
        try:
            for server in servers:
                embedded.start(server, embedded.die_with_parent(server.stop_signal))
            for command in (["migrate", "--verbosity", "0"], ["conformance", *arguments, "--here"]):
                done = subprocess.run([sys.executable, "manage.py", *command], env=environment, check=False)  # noqa: S603
                if done.returncode:
                    raise CommandError(f"manage.py {command[0]} ended with {done.returncode}.")
        finally:
            for server in reversed(servers):
                embedded.stop(server)
            shutil.rmtree(embedded.runtime_dir(var), ignore_errors=True)


def forget() -> None:
    """What this process knows of feeds and mappings is of the database that is taken back."""
    selectors.forget_feeds()
    crosswalk.forget()


def _lines(folder: Path) -> Iterator[Line]:
    for kind, read in _READERS.items():
        place = folder / kind
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            data = path.read_bytes()
            reading = read(data)
            taken = take_in(path, kind, reading.kind)
            yield Line(
                name=path.name, kind=kind, reading=reading, taken=taken,
                opinion=opinion(data) if kind == "x12" else None,
            )  # fmt: skip
