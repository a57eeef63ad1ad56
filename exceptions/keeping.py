"""How everything that leads keep is kept: permission at its place, nobody's change lost, and the audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model

from exceptions.errors import Changed
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission

Row = TypeVar("Row", bound=Model)


def held(model: type[Row], pk: Any, version: int | None) -> Row:
    """The row, locked. Raises Changed where it is gone, or is not the one that the person saw."""
    row = model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise Changed("gone", "Somebody removed it meanwhile.")
    if version is not None and getattr(row, "version", version) != version:
        raise Changed("changed", "Somebody changed it meanwhile; nothing was done.")
    return row


def keep(row: Model, actor: Actor, values: Mapping[str, Any], *, facility: str = "") -> None:
    """Set `values`, save and audit: last in its transaction. `facility` is where the permission is asked for."""
    access.require(actor, Permission.MANAGE_TEAMS, facility)
    new = row._state.adding
    before = {} if new else {name: plain(getattr(row, name)) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean(exclude={"version"})
    if not new and hasattr(row, "version"):
        row.version += 1
    row.save()
    after = {name: plain(value) for name, value in values.items()}
    record(row, actor, "add" if new else "change", facility=facility, before=before, after=after)


def drop(row: Model, actor: Actor, names: Iterable[str], *, facility: str = "") -> None:
    """Remove it; `names` are the values that the audit keeps."""
    access.require(actor, Permission.MANAGE_TEAMS, facility)
    before, pk = {name: plain(getattr(row, name)) for name in names}, row.pk
    row.delete()
    row.pk = pk
    record(row, actor, "remove", facility=facility, before=before)


def record(
    row: Model,
    actor: Actor,
    deed: str,
    *,
    facility: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    kind = str(row._meta.model_name)
    audit.record(
        actor=actor,
        action=f"{kind}.{deed}",
        object_kind=kind,
        object_id=str(row.pk),
        facility=facility,
        before=before,
        after=after,
    )


def plain(value: Any) -> Any:
    """As the audit keeps it: other rows by their names, times and amounts as text."""
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, date | datetime | time | Decimal):
        return str(value)
    return value
