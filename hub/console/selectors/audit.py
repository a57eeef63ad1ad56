"""What the audit's entries are about, as people know it: cases and replays by their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Concat

from exceptions.models import Case
from exceptions.replays.models import Replay
from hub.core.ids import is_uuid
from hub.governance.models import AuditEntry

#: (object kind, object id) to the number that people call it by.
Numbers = Mapping[tuple[str, str], int]

NUMBERED: dict[str, type[Case] | type[Replay]] = {"case": Case, "replay": Replay}


def numbers_of(entries: Iterable[AuditEntry]) -> Numbers:
    """One query a kind that occurs, however many entries there are; what is not kept any more has none."""
    found: dict[tuple[str, str], int] = {}
    asked = [(entry.object_kind, entry.object_id) for entry in entries]
    for kind, model in NUMBERED.items():
        ids = {UUID(number) for of, number in asked if of == kind and is_uuid(number)}
        rows: QuerySet[Case] | QuerySet[Replay] = model._default_manager.filter(pk__in=ids)
        if ids:
            found |= {(kind, str(pk)): number for pk, number in rows.values_list("pk", "number")}
    return found


def actors_like(text: str) -> set[str]:
    """The user names that `text` may mean: itself, and those of people whose name or user name has it."""
    full = Concat("first_name", Value(" "), "last_name", output_field=CharField())
    named = User.objects.annotate(full=full).filter(Q(full__icontains=text) | Q(username__icontains=text))
    return {text, *named.values_list("username", flat=True)}
