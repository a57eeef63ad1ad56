"""`manage.py verify_audit [--expect SEQUENCE:HASH]`: prove that the audit chain is whole."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.governance import audit
from hub.governance.models import AuditEntry


class Command(BaseCommand):
    help = "Verify the audit chain and print its head; exit 1 where it is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", metavar="SEQUENCE:HASH", help="A head that was noted outside the database.")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = audit.verify()
        if broken is not None:
            raise CommandError(f"The audit chain is broken at entry {broken}.")
        if options["expect"]:
            self._compare(options["expect"])
        head = audit.head()
        self.stdout.write(f"The audit chain holds. Head: {head.sequence}:{head.hash}")

    def _compare(self, noted: str) -> None:
        sequence, _, sealed = noted.partition(":")
        if not sequence.isdecimal():
            raise CommandError("--expect takes what this command printed: SEQUENCE:HASH.")
        if int(sequence) and not AuditEntry.objects.filter(sequence=sequence, hash=sealed).exists():
            raise CommandError(f"Entry {sequence} is not the one that was noted: the chain was cut or rewritten.")
