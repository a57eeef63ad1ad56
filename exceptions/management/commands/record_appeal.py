"""`manage.py record_appeal CLAIM --reference R`: write down that an appeal against its denial was sent."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exceptions.denials import record_appeal
from hub.core.errors import Failure
from hub.governance.access import Actor
from hub.records.models import Denial


class Command(BaseCommand):
    help = "Write down that an appeal against the newest denial of a claim was sent to its payer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("claim", help="the claim number (CLM01)")
        parser.add_argument("--reference", required=True, help="under which it went out")
        parser.add_argument("--reason", default="", help="for those who read this later")
        parser.add_argument("--user", default="", help="who sent it, where that is not whoever runs this")

    def handle(self, *args: Any, **options: Any) -> None:
        denial = Denial.objects.filter(claim__key=options["claim"]).order_by("-denied_at").first()
        if denial is None:
            raise CommandError(f"No denial of claim {options['claim']} is recorded.")
        user = User.objects.filter(username=options["user"]).first() if options["user"] else None
        if options["user"] and user is None:
            raise CommandError(f"Nobody signs in as {options['user']}.")
        try:
            done = record_appeal(
                denial_id=denial.pk,
                actor=Actor.command(user),
                reference=options["reference"],
                reason=options["reason"],
            )
        except Failure as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Appeal {done.appeal_level} of claim {options['claim']} is recorded.")
