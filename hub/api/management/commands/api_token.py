"""`manage.py api_token USER`: a token of the API for a person or a machine client."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import Failure
from hub.governance import api_tokens
from hub.governance.access import Actor


class Command(BaseCommand):
    help = "Issue an API token that acts as USER and print it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USER")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account {username}.")
        try:
            token = api_tokens.issue(user=user, actor=Actor.command())
        except Failure as failure:
            raise CommandError(f"{failure.message} {failure.hint}".strip()) from failure
        self.stdout.write(token)
