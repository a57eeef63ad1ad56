"""`manage.py import_mappings FILE [--apply] [--user NAME]`: preview a file of mappings, and apply it where asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import BusinessRefusal
from hub.governance.access import Actor
from hub.masterdata.import_plan import Kind, RowPlan
from hub.masterdata.imports import apply_import, preview_import


class Command(BaseCommand):
    help = "Show what a CSV file of mappings would change; with --apply, change it: all rows or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true")
        parser.add_argument("--user", help="Act as this account, within its grants.")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.command(self._user(options["user"]))
        try:
            preview = preview_import(content=options["file"].read_bytes(), actor=actor, name=options["file"].name)
        except (ValidationError, PermissionDenied) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        for row in preview.rows:
            if row.kind is not Kind.SAME:
                self.stdout.write(_line(row))
        self.stdout.write(", ".join(f"{number} {kind}" for kind, number in preview.counts.items()))
        if preview.errors:
            raise CommandError("Nothing is imported while a row is wrong.")
        if options["apply"] and preview.token:
            self._apply(preview.token, actor)

    def _apply(self, token: str, actor: Actor) -> None:
        try:
            apply_import(token=token, actor=actor)
        except BusinessRefusal as refusal:
            raise CommandError(f"{refusal.message} {refusal.hint}") from refusal
        self.stdout.write("Applied.")

    def _user(self, name: str | None) -> Any:
        if name is None:
            return None
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account {name}.")
        return user


def _line(row: RowPlan) -> str:
    wanted = row.wanted
    where = " ".join(filter(None, (wanted.system, wanted.facility, wanted.domain, wanted.local_code)))
    changes = [f"{one.field}: {one.old or '-'} -> {one.new or '-'}" for one in row.changes]
    details = "; ".join([*changes, *row.reasons])
    return f"row {row.number} {row.kind.value}: {where} = {wanted.canonical_code}{'; ' + details if details else ''}"
