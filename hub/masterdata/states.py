"""Legal transitions of a mapping."""

from __future__ import annotations

from django.db import models


class MappingState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    RETIRED = "retired", "Retired"


TRANSITIONS: dict[str, frozenset[str]] = {
    MappingState.PROPOSED: frozenset({MappingState.APPROVED, MappingState.REJECTED}),
    MappingState.APPROVED: frozenset({MappingState.RETIRED}),
    MappingState.REJECTED: frozenset(),
    MappingState.RETIRED: frozenset(),
}
