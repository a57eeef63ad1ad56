"""`manage.py fixture MESSAGE_ID`: a de-identified copy of a message, as a test fixture."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.models import Message
from hub.core.errors import Failure
from hub.governance.access import Actor
from orchestration.fixtures import make_fixture


class Command(BaseCommand):
    help = "Write a copy of a message without the persons in it, proved clean and to meet the same end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("message", type=UUID, metavar="MESSAGE_ID")
        parser.add_argument("--reason", required=True, help="what the fixture is for; it goes into the audit")
        parser.add_argument("--out", type=Path, help="the file or folder to write to; without it, standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make_fixture(message_id=options["message"], actor=Actor.command(), reason=options["reason"])
        except Message.DoesNotExist as error:
            raise CommandError("No message has this id.") from error
        except Failure as failure:
            raise CommandError(f"{failure.message} {failure.hint}".strip()) from failure
        out: Path | None = options["out"]
        if out is None:
            self.stdout.write(made.body.decode("utf-8", errors="replace"), ending="")
            return
        path = out / made.name if out.is_dir() else out
        path.write_bytes(made.body)
        self.stderr.write(f"{path}: {made.replaced} values replaced; it ends with “{made.end}”.")
