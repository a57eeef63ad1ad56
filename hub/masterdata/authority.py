"""Which system is the authority for which entity: only it changes it. The catalog of systems says the same."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hub.core.errors import AuthorityConflict
from hub.core.events import Event
from hub.core.events.reference import ReferenceEvent


def _kinds(*stems: str) -> frozenset[str]:
    """Systems of these kinds: the one of the group (`ehr`), and those that clinics brought along (`ehr-c12`)."""
    return frozenset(stems) | {f"{stem}-*" for stem in stems}


#: System codes by kind of entity; `*` stands for what tells several systems of one kind apart.
AUTHORITY: dict[str, frozenset[str]] = {
    "appointment": _kinds("scheduling", "hospital-scheduling", "clinic-ehr", "gnu-health"),
    "coverage": _kinds("payer", "clinic-ehr"),
    "authorization": _kinds("payer", "clinic-ehr"),
    "encounter": _kinds("ehr", "clinic-ehr"),
    "order": _kinds("ehr", "clinic-ehr"),
    "result": _kinds("lis"),
    "charge": _kinds("ehr", "clinic-ehr"),
    "coding": _kinds("billing"),
    "claim": _kinds("clearinghouse", "payer"),
    "remittance": _kinds("clearinghouse"),
    "payment": _kinds("gateway"),
    **dict.fromkeys(
        ("reference.cost_center", "reference.account", "reference.supplier", "reference.item"), _kinds("erp")
    ),
}


def kind_of(event: Event) -> str:
    """What an event is about, as `AUTHORITY` has it: of reference data each domain has an owner of its own.

    A domain that is not in it belongs to whoever speaks: its codes are that system's own.
    """
    return f"reference.{event.domain}" if isinstance(event, ReferenceEvent) else event.entity_kind


def require_authority(entity_kind: str, system: str) -> None:
    """Raises AuthorityConflict where `system` does not own this kind of entity."""
    owners = AUTHORITY.get(entity_kind)
    if owners is None or any(fnmatchcase(system, owner) for owner in owners):
        return
    raise AuthorityConflict(
        "not-the-authority",
        f"{system} reported a change of {entity_kind} data that it does not own.",
        cause=(system, entity_kind),
        hint="Correct it in the system that owns it; nothing was changed here.",
        subject={"system": system, "entity": entity_kind},
    )
