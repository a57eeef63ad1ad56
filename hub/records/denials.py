"""What becomes of denials: stages change by the table of transitions only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from hub.core.errors import BusinessRefusal
from hub.records.models import Denial
from hub.records.states import DENIAL_TRANSITIONS, DenialStage

#: Stages in which nothing more comes.
SETTLED = frozenset({DenialStage.OVERTURNED, DenialStage.WRITTEN_OFF})


def move(denial: Denial, stage: DenialStage) -> None:
    """Set the stage of a denial whose row the caller holds and saves. Raises BusinessRefusal for no such step."""
    if stage not in DENIAL_TRANSITIONS[denial.stage]:
        raise BusinessRefusal(
            "denial-stage",
            f"The denial is {denial.get_stage_display().lower()}; it cannot become {stage.label.lower()}.",
            cause=(str(denial.pk),),
            hint="Look at it as it stands now.",
        )
    denial.stage = stage


def overturn(denial: Denial, recovered: Decimal, at: datetime) -> None:
    """The payer paid after all."""
    move(denial, DenialStage.OVERTURNED)
    denial.recovered, denial.resolved_at = recovered, at
    denial.save(update_fields=["stage", "recovered", "resolved_at"])
