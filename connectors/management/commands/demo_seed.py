"""`manage.py demo_seed`: everything that the demo stands on. Running it again adds what is missing."""

from __future__ import annotations

import json
import secrets
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from connectors.sandbox.people import PEOPLE, Person
from hub.governance import services
from hub.governance.access import Actor

SIGN_INS = "signins.json"


class Command(BaseCommand):
    help = "Load the sandbox group, its systems and feeds, and one account a role; sign-ins go to signins.json."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("seed_group", stdout=self.stdout)
        if find_spec("connectors.seed"):
            import_module("connectors.seed").seed()
        # By its name: runbooks live above the connectors.
        call_command("install_runbooks", stdout=self.stdout)
        sign_ins = settings.VAR_DIR / SIGN_INS
        made = seed_people(sign_ins)
        call_command("seed_teams", stdout=self.stdout)
        self.stdout.write(f"{made} accounts made; sign-ins in {sign_ins}")


def seed_people(sign_ins: Path) -> int:
    """Make the accounts that are missing, each with a password of its own, and write down how to sign in."""
    known = {one["username"]: one for one in json.loads(sign_ins.read_text())} if sign_ins.exists() else {}
    there = set(get_user_model().objects.values_list("username", flat=True))
    made = [person for person in PEOPLE if person.username not in there]
    for person in made:
        known[person.username] = make(person)
    if made:
        write_private(sign_ins, json.dumps(list(known.values()), indent=2) + "\n")
    return len(made)


def make(person: Person) -> dict[str, Any]:
    password = secrets.token_urlsafe(9)
    services.make_account(
        username=person.username,
        password=password,
        name=person.name,
        role=person.role,
        facilities=person.facilities,
        staff=person.staff,
        superuser=person.administrator,
        actor=Actor.command(),
    )
    return {
        "role": person.role or "administrator",
        "username": person.username,
        "password": password,
        "facilities": list(person.facilities),
    }


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step; readable for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    scratch.touch(mode=0o600)
    scratch.write_text(text)
    scratch.replace(path)
