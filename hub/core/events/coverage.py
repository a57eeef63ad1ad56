"""Coverage events. The payer is the authority for what it covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from hub.core.events.base import Event, coded, financial, pii


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityChecked(Event):
    """What a payer answered (271, FHIR CoverageEligibilityResponse) about one visit's coverage.

    `entity_key` is the coverage asked about: our own reference, TRN02 of the 270. `status` is `active`, `inactive`
    or `rejected`, where the payer could not say (AAA). `rejection` is the AAA03 code then. `coinsurance` is a
    fraction of 1; amounts are the patient's share for one visit of this kind, None where the payer did not say.
    """

    TYPE: ClassVar[str] = "coverage.eligibility_checked"

    appointment_id: str = ""
    payer: str = coded("payer", default="")
    status: str
    rejection: str = ""
    plan: str = ""
    service_type: str = "30"
    for_date: date | None = None
    authorization_required: bool | None = None
    copay: Decimal | None = financial(None)
    coinsurance: Decimal | None = financial(None)
    deductible_remaining: Decimal | None = financial(None)
    trace_number: str = ""
    member_id: str = pii("")


EVENTS: tuple[type[Event], ...] = (EligibilityChecked,)
