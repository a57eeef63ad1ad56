"""How the audit is shown."""

from __future__ import annotations

import json

from django.urls import reverse

from hub.console.words import place_name
from hub.governance.models import AuditEntry
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.payload import DiffRow, side_by_side


def audit_url(entry: AuditEntry) -> str:
    return reverse("console:audit-entry", args=[entry.sequence])


def about(entry: AuditEntry) -> str:
    """`case 3f2a91c0`: a long id by its end."""
    shown = entry.object_id if len(entry.object_id) <= 24 else entry.object_id[-8:]
    return f"{entry.object_kind} {shown}"


AUDIT_COLUMNS = (
    Column(key="sequence", label="No.", kind=Kind.CODE, sort="sequence"),
    Column(key="action", label="Action", link=audit_url, sub="reason", css="cell-wide"),
    Column(key="about", label="On", value=about, export="object_id"),
    Column(key="facility", label="Facility", value=lambda entry: place_name(entry.facility)),
    Column(key="actor", label="Who", kind=Kind.PERSON),
    Column(key="door", label="Door"),
    Column(key="at", label="At", kind=Kind.WHEN),
)


def audit_facts(entry: AuditEntry) -> list[Fact]:
    facts = [
        Fact("Number", f"{entry.sequence:,}"),
        Fact("Who", entry.actor, Kind.PERSON),
        Fact("Door", entry.door),
        Fact("At", entry.at, Kind.WHEN),
        Fact("Object", f"{entry.object_kind}"),
        Fact("Object id", entry.object_id, Kind.CODE),
        Fact("Facility", place_name(entry.facility)),
        Fact("Seal", f"{entry.hash[:16]}…", Kind.CODE),
        Fact("Seal before it", f"{entry.previous_hash[:16]}…", Kind.CODE),
    ]
    return [fact for fact in facts if fact.value not in ("", None)]


def changes(entry: AuditEntry) -> list[DiffRow]:
    return side_by_side(_lines(entry.before), _lines(entry.after))


def _lines(value: object) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
