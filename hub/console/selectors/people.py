"""Who may be given work, who may decide about mappings, and what those are called whom a row names by username."""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import CharField, F, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from hub.governance.holders import holders

__all__ = ["holders", "name_in", "with_names"]
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
    return rows.annotate(**named)


def name_in(row: Model, field: str) -> str:
    """The name that `with_names` found; the username where it was not asked, or where the hub itself did it."""
    return str(getattr(row, f"{field}_name", "") or getattr(row, field) or "")
