"""Which system is the authority for which entity: only it changes it. The catalog of systems says the same."""

from __future__ import annotations

from hub.core.errors import AuthorityConflict

AUTHORITY: dict[str, frozenset[str]] = {
    "appointment": frozenset({"scheduling", "hospital-scheduling"}),
    "encounter": frozenset({"ehr"}),
    "charge": frozenset({"ehr"}),
    "claim": frozenset({"clearinghouse"}),
    "remittance": frozenset({"clearinghouse"}),
    "payment": frozenset({"gateway"}),
}


def require_authority(entity_kind: str, system: str) -> None:
    """Raises AuthorityConflict where `system` does not own this kind of entity."""
    if system in AUTHORITY.get(entity_kind, frozenset({system})):
        return
    raise AuthorityConflict(
        "not-the-authority",
        f"{system} reported a change of {entity_kind} data that it does not own.",
        cause=(system, entity_kind),
        hint="Correct it in the system that owns it; nothing was changed here.",
        subject={"system": system, "entity": entity_kind},
    )
