"""Who may be given work, who may decide about mappings, and what those are called whom a row names by username."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import CharField, F, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from exceptions.selectors import StoryLine
from hub.governance.access import name_of
from hub.governance.holders import holders

__all__ = ["by_name", "holders", "name_in", "with_names"]
_Row = TypeVar("_Row", bound=Model)


def with_names(rows: QuerySet[_Row], *fields: str) -> QuerySet[_Row]:
    """`rows`, each with the full names of those whom `fields` hold the usernames of; no further query."""
    full = NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value(""))
    named = {
        f"{field}_name": Coalesce(
            Subquery(User.objects.filter(username=OuterRef(field)).values(name=full)[:1]),
            F(field),
            output_field=CharField(),
        )
        for field in fields
    }
    found: QuerySet[_Row] = rows.annotate(**named)
    return found


def by_name(lines: Iterable[StoryLine]) -> list[StoryLine]:
    """The lines of a story, told by the names of those who wrote them; one query."""
    found = list(lines)
    users = User.objects.filter(username__in={line.author for line in found})
    names = {user.get_username(): name_of(user) for user in users}
    return [replace(line, author=names.get(line.author, line.author)) for line in found]


def name_in(row: Model, field: str) -> str:
    """The name that `with_names` found; the username where it was not asked, or where the hub itself did it."""
    return str(getattr(row, f"{field}_name", "") or getattr(row, field) or "")
