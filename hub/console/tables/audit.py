"""How the audit is shown."""

from __future__ import annotations

import json

from django.urls import NoReverseMatch, reverse

from hub.console.selectors.audit import NUMBERED, Numbers
from hub.console.words import place_name
from hub.governance.models import AuditEntry
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.payload import DiffRow, side_by_side

_PAGES = {
    "case": "console:case",
    "denial": "console:denial",
    "domain": "console:domain-policy",
    "mapping": "console:mapping",
    "message": "console:message",
    "replay": "console:replay",
    "run": "console:run",
    "runbook": "console:runbook",
    "system": "console:system",
    "tie_out": "console:tie-out",
}


def audit_url(entry: AuditEntry) -> str:
    return reverse("console:audit-entry", args=[entry.sequence])


def about(entry: AuditEntry, numbers: Numbers) -> str:
    """`case 1013`, where it has a number; else a long id by its end, `run 3f2a91c0`."""
    kind = entry.object_kind.replace("_", "-")
    number = numbers.get((entry.object_kind, entry.object_id))
    if number is not None:
        return f"{kind} {number}"
    return f"{kind} {entry.object_id if len(entry.object_id) <= 24 else entry.object_id[-8:]}"


def object_url(entry: AuditEntry, numbers: Numbers) -> str:
    """The page of what the entry is about; empty for what has none, or is not kept any more."""
    name = _PAGES.get(entry.object_kind)
    if name is None:
        return ""
    if entry.object_kind in NUMBERED:
        number = numbers.get((entry.object_kind, entry.object_id))
        return reverse(name, args=[number]) if number is not None else ""
    try:
        return reverse(name, args=[entry.object_id])
    except NoReverseMatch:  # written in a form that the page is not known by
        return ""


def audit_columns(numbers: Numbers) -> tuple[Column, ...]:
    return (
        Column(key="sequence", label="No.", kind=Kind.CODE, sort="sequence"),
        Column(key="action", label="Action", link=audit_url, sub="reason", css="cell-wide"),
        Column(key="about", label="On", value=lambda entry: about(entry, numbers), export="object_id"),
        Column(key="facility", label="Facility", value=lambda entry: place_name(entry.facility)),
        Column(key="actor", label="Who", kind=Kind.PERSON),
        Column(key="door", label="Door"),
        Column(key="at", label="At", kind=Kind.WHEN),
    )


def export_columns() -> tuple[Column, ...]:
    """All of an entry: who takes the audit away checks it elsewhere."""
    return (
        *audit_columns({}),
        Column(key="kind", label="Kind of object", value="object_kind"),
        Column(key="reason", label="Reason"),
        Column(key="before", label="Before", value=lambda entry: _json(entry.before)),
        Column(key="after", label="After", value=lambda entry: _json(entry.after)),
        Column(key="seal", label="Seal", value="hash"),
        Column(key="previous", label="Seal before it", value="previous_hash"),
    )


def audit_facts(entry: AuditEntry, numbers: Numbers) -> list[Fact]:
    facts = [
        Fact("Number", f"{entry.sequence:,}"),
        Fact("Who", entry.actor, Kind.PERSON),
        Fact("Door", entry.door),
        Fact("At", entry.at, Kind.WHEN),
        Fact("Object", about(entry, numbers), url=object_url(entry, numbers)),
        Fact("Object id", entry.object_id, Kind.CODE),
        Fact("Facility", place_name(entry.facility)),
        Fact("Seal", f"{entry.hash[:16]}…", Kind.CODE),
        Fact("Seal before it", f"{entry.previous_hash[:16]}…", Kind.CODE),
    ]
    return [fact for fact in facts if fact.value not in ("", None)]


def changes(entry: AuditEntry) -> list[DiffRow]:
    return side_by_side(_lines(entry.before), _lines(entry.after))


def _lines(value: object) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines() if value else []


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False) if value else ""
