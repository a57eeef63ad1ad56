"""Which deeds the denial's page and its case offer to whom. The services have the last word."""

from __future__ import annotations

from django.urls import reverse

from exceptions.denials import WRITE_OFF_LIMIT
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import Denial
from hub.records.states import DENIAL_TRANSITIONS, DenialStage
from hub.ui.format import money_text
from hub.ui.pages import Action


def denial_deeds(who: Who, denial: Denial) -> list[Action]:
    """What may be done as the denial stands; the services have the last word."""
    if not access.may(who, Permission.WORK_CASES, denial.facility):
        return []
    possible = DENIAL_TRANSITIONS[denial.stage]
    found = []
    if DenialStage.WRITTEN_OFF in possible:
        large = denial.amount > WRITE_OFF_LIMIT and not access.may(who, Permission.WRITE_OFF, denial.facility)
        why = f"Beyond {money_text(WRITE_OFF_LIMIT)} a lead or finance writes off." if large else ""
        url = reverse("console:denial-write-off", args=[denial.pk])
        found.append(Action("Write off", url, "archive", danger=True, disabled=why))
    if DenialStage.APPEALED in possible:
        url = reverse("console:denial-appeal", args=[denial.pk])
        found.append(Action("Record appeal", url, "send", primary=True))
    return found
