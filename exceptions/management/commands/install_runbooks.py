"""`manage.py install_runbooks`: the first runbooks. Adds what is missing and changes nothing that is there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from exceptions.runbooks.first_load import FIRST_LOAD, install


class Command(BaseCommand):
    help = "Load the first runbooks; those that are there already stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        made = install(FIRST_LOAD)
        self.stdout.write(f"{made} runbooks added" if made else "No runbook was missing")
