"""Where a payer says that a claim stands (277), in the hub's terms."""

from __future__ import annotations

from datetime import datetime

from connectors.formats.x12 import StatusAnswer, StatusCode
from connectors.formats.x12.status_inquiry import PATIENT_ACCOUNT, PAYER_CLAIM_NUMBER
from hub.core.errors import DataFault
from hub.core.events.claim import ClaimStatusReported

SOURCE = "277"
#: Categories (X12 list 507) that tell of something wrong: denied, not found, request refused, more wanted.
_TROUBLE = ("F2", "D", "E", "R")
_MOST_ERRORS = 20


def status_event(answer: StatusAnswer, at: datetime) -> ClaimStatusReported:
    """The event of one answer. Raises DataFault where it does not say which claim it speaks of."""
    number = answer.reference(PATIENT_ACCOUNT)
    if not number:
        raise DataFault(
            "no-claim-number",
            "The answer does not repeat our claim number (REF*EJ).",
            cause=("REF02",),
            hint="Ask the payer to send the patient control number back.",
        )
    codes = [code for standing in answer.standings for code in standing.codes]
    first = codes[0] if codes else StatusCode("", "")
    return ClaimStatusReported(
        occurred_at=at,
        entity_key=number,
        facility="",
        account_number=number,
        claim_number=number,
        source=SOURCE,
        payer_claim_control_number=answer.reference(PAYER_CLAIM_NUMBER),
        status_category=first.category,
        status_code=first.code,
        errors=tuple(in_words(code) for code in codes if code.category.startswith(_TROUBLE))[:_MOST_ERRORS],
    )


def in_words(code: StatusCode) -> str:
    """Category, status and entity (X12 lists 507, 508 and 98): "F2:88:QC"."""
    return ":".join(part for part in (code.category, code.code, code.entity) if part)
