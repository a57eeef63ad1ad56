"""States of a journal entry."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class EntryState(ToneChoices):
    RECORDED = "recorded", Tone.CAUTION, "Recorded"  # in the subledger, not yet confirmed by the ERP
    POSTED = "posted", Tone.POSITIVE, "Posted"  # confirmed by the ERP


TRANSITIONS: dict[str, frozenset[str]] = {
    EntryState.RECORDED: frozenset({EntryState.POSTED}),
    EntryState.POSTED: frozenset(),
}
