"""Which deeds the denial's page and its case offer to whom. The services have the last word."""

from __future__ import annotations

from django.urls import reverse

from hub.governance import access
from hub.governance.access import Who
from hub.governance.limits import write_off_limit
from hub.governance.roles import Permission
from hub.records.models import Denial
from hub.records.states import DENIAL_TRANSITIONS, DenialStage
from hub.ui.format import money_text
from hub.ui.pages import Action


def denial_deeds(who: Who, denial: Denial, *, in_case: bool = False) -> list[Action]:
    """What may be done as the denial stands; `in_case` leaves out what its case offers itself."""
    if not access.may(who, Permission.WORK_CASES, denial.facility):
        return []
    possible = DENIAL_TRANSITIONS[denial.stage]
    found = []
    if DenialStage.WRITTEN_OFF in possible and not in_case:
        limit = write_off_limit(who, denial.facility)
        why = f"Beyond your {money_text(limit)}: ask for it in its case." if denial.amount > limit else ""
        url = reverse("console:denial-write-off", args=[denial.pk])
        found.append(Action("Write off", url, "archive", danger=True, disabled=why))
    if DenialStage.APPEALED in possible:
        url = reverse("console:denial-appeal", args=[denial.pk])
        found.append(Action("Record appeal", url, "send", primary=True))
    return found
