"""`manage.py verify_replay NUMBER…`: hold the reports of replays against their items and the audit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exceptions.replays import report
from exceptions.replays.models import Replay
from exceptions.replays.states import REPORTED


class Command(BaseCommand):
    help = "Verify the sealed reports of replays: those named, or all; exit 1 where one does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER")

    def handle(self, *args: Any, **options: Any) -> None:
        replays = Replay.objects.filter(state__in=REPORTED).order_by("number")
        if options["numbers"]:
            replays = replays.filter(number__in=options["numbers"])
        missing = set(options["numbers"]) - set(replays.values_list("number", flat=True))
        problems = [f"Replay {number} has no report." for number in sorted(missing)]
        for replay in replays.iterator():
            verdict = report.verify(replay)
            problems += [f"Replay {replay.number}: {problem}" for problem in verdict.problems]
            if verdict.holds:
                self.stdout.write(
                    f"The report of replay {replay.number} holds, as audit entry {replay.sealed_as} seals it."
                )
        if problems:
            raise CommandError(" ".join(problems))
