"""Legal transitions of a mapping."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class MappingState(ToneChoices):
    PROPOSED = "proposed", Tone.ACCENT, "Proposed"
    APPROVED = "approved", Tone.POSITIVE, "Approved"
    REJECTED = "rejected", Tone.CAUTION, "Rejected"
    RETIRED = "retired", Tone.NEUTRAL, "Retired"


TRANSITIONS: dict[str, frozenset[str]] = {
    MappingState.PROPOSED: frozenset({MappingState.APPROVED, MappingState.REJECTED}),
    MappingState.APPROVED: frozenset({MappingState.RETIRED}),
    MappingState.REJECTED: frozenset(),
    MappingState.RETIRED: frozenset(),
}
