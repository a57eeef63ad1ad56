"""Legal transitions of a mapping."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class MappingState(ToneChoices):
    PROPOSED = "proposed", Tone.ACCENT, "Proposed"
    REVIEWED = "reviewed", Tone.INFO, "Reviewed"
    APPROVED = "approved", Tone.POSITIVE, "Approved"
    REJECTED = "rejected", Tone.CAUTION, "Rejected"
    RETIRED = "retired", Tone.NEUTRAL, "Retired"


#: What waits for somebody's decision. A review comes first where the domain's policy asks for one.
WAITING = (MappingState.PROPOSED, MappingState.REVIEWED)

#: An approved mapping is scheduled, effective or ended by its dates alone: these are no states of their own.
TRANSITIONS: dict[str, frozenset[str]] = {
    MappingState.PROPOSED: frozenset({MappingState.REVIEWED, MappingState.APPROVED, MappingState.REJECTED}),
    MappingState.REVIEWED: frozenset({MappingState.PROPOSED, MappingState.APPROVED, MappingState.REJECTED}),
    MappingState.APPROVED: frozenset({MappingState.RETIRED}),
    MappingState.REJECTED: frozenset(),
    MappingState.RETIRED: frozenset(),
}
