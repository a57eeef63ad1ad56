"""States of a journal entry."""

from __future__ import annotations

from django.db import models


class EntryState(models.TextChoices):
    RECORDED = "recorded", "Recorded"  # in the subledger, not yet confirmed by the ERP
    POSTED = "posted", "Posted"  # confirmed by the ERP


TRANSITIONS: dict[str, frozenset[str]] = {
    EntryState.RECORDED: frozenset({EntryState.POSTED}),
    EntryState.POSTED: frozenset(),
}
