"""Messages as they are to be read: with what people put right in them."""

from __future__ import annotations

from uuid import UUID

from hub.core.amending import amended
from hub.core.sealing import open_json
from orchestration.correction_models import Correction
from orchestration.states import CorrectedKind


def with_corrections(message_id: UUID, body: bytes) -> bytes:
    """`body` as it is to be read: a later correction of a place stands before an earlier one.

    Raises DataFault where a place that was put right is not there; then the message is held again.
    """
    return amended(body, changes_of(message_id))


def changes_of(message_id: UUID) -> dict[str, str]:
    """Place to the value that is to stand there."""
    rows = Correction.objects.filter(ref=message_id, kind=CorrectedKind.MESSAGE).order_by("id")
    return {
        place: str(value["after"]) for row in rows for place, value in open_json(row.sealed).items()
    }  # fmt: skip
