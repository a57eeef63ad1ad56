"""The first version of the table that decides late adjustments: house defaults for a group to start with.

It is cautious: what it does not name is nobody's guess, and goes to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.masterdata.decisions import Outcome

LATE_ADJUSTMENTS: tuple[Mapping[str, Any], ...] = (
    {"group_code": "OA", "carc": "23", "outcome": Outcome.KEEP,
     "reason": "What the payer before paid or adjusted stands in the books already."},
    {"group_code": "CR", "outcome": Outcome.REVIEW,
     "reason": "Decided twice without a reversal: ask the payer before anything moves."},
    {"group_code": "CO", "carc": "97", "outcome": Outcome.ERP_ADJUSTMENT, "reason": "Paid within another service."},
    {"group_code": "CO", "carc": "236", "outcome": Outcome.ERP_ADJUSTMENT, "reason": "Paid within another service."},
    {"group_code": "CO", "carc": "96", "amount_to": Decimal("250.00"), "outcome": Outcome.ERP_ADJUSTMENT,
     "reason": "Not covered by contract."},
    {"group_code": "CO", "amount_to": Decimal("9.99"), "outcome": Outcome.WRITE_OFF, "reason": "Small balance."},
    {"group_code": "CO", "outcome": Outcome.REVIEW, "reason": "A part was refused: work it as a denial first."},
    {"group_code": "PI", "amount_to": Decimal("50.00"), "outcome": Outcome.ERP_ADJUSTMENT,
     "reason": "Payer-initiated reduction, too small to dispute."},
    {"group_code": "PI", "outcome": Outcome.REVIEW, "reason": "Payer-initiated reduction: dispute it or accept it."},
    {"group_code": "OA", "amount_to": Decimal("50.00"), "outcome": Outcome.ERP_ADJUSTMENT,
     "reason": "Other adjustment, too small to ask about."},
)  # fmt: skip
