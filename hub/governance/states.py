"""Legal transitions of what one person asks for and another decides."""

from __future__ import annotations

from django.db import models

from hub.ui.badges import Tone, ToneChoices


class ApprovalKind(models.TextChoices):
    """What is asked for."""

    WRITE_OFF = "write_off", "Write-off"
    CORRECTION = "correction", "Correction"


class ApprovalState(ToneChoices):
    ASKED = "asked", Tone.CAUTION, "Waits for a decision"
    APPROVED = "approved", Tone.POSITIVE, "Approved"
    REFUSED = "refused", Tone.NEUTRAL, "Refused"
    WITHDRAWN = "withdrawn", Tone.NEUTRAL, "Withdrawn"


APPROVAL_TRANSITIONS: dict[str, frozenset[str]] = {
    ApprovalState.ASKED: frozenset({ApprovalState.APPROVED, ApprovalState.REFUSED, ApprovalState.WITHDRAWN}),
    ApprovalState.APPROVED: frozenset(),
    ApprovalState.REFUSED: frozenset(),
    ApprovalState.WITHDRAWN: frozenset(),
}
