"""Claim and remittance events. The clearinghouse reports acceptance; the payer adjudicates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from hub.core.events.base import Event, coded, financial, phi, pii
from hub.core.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One CAS triplet. `level` is claim or line; `line` is the 1-based service line, 0 at claim level."""

    group: str
    reason: str
    amount: Decimal
    level: str = "claim"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResponseEvent(Event):
    """An answer about a claim that we submitted.

    `source` names the answering document, 999 or 277CA; `errors` are its codes and places in plain words.
    """

    claim_number: str
    source: str
    control_number: str = ""
    payer_claim_control_number: str = ""
    status_category: str = ""
    status_code: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAcknowledged(ClaimResponseEvent):
    TYPE: ClassVar[str] = "claim.acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRejected(ClaimResponseEvent):
    TYPE: ClassVar[str] = "claim.rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatusReported(ClaimResponseEvent):
    """A payer's answer to a status inquiry (277): where the claim stands, decided or not."""

    TYPE: ClassVar[str] = "claim.status_reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSubmitted(Event):
    """A claim that the hub sent. `entity_key` is its number (CLM01); `replaces` the number of the one it corrects."""

    TYPE: ClassVar[str] = "claim.submitted"

    claim_number: str
    payer: str = coded("payer", default="")
    form: str
    frequency_code: str = "1"
    sequence_code: str = "P"
    replaces: str = ""
    amount: Decimal = financial()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAppealed(Event):
    """An appeal against a denial that the hub recorded as sent. `entity_key` is the claim's number."""

    TYPE: ClassVar[str] = "claim.appealed"

    claim_number: str
    payer: str = coded("payer", default="")
    level: int = 1
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationEvent(Event):
    """One claim payment of a remittance (CLP loop). Amounts of a reversal are negative, as the payer sends them.

    Whom and which day it is about serves to find a claim whose number the payer mangled. `interest` (AMT*I) is told
    for information: the money itself comes beside the claims, as PLB L6.
    """

    claim_number: str
    remittance_key: str
    position: int
    trace_number: str
    status_code: str
    charge: Decimal = financial()
    paid: Decimal = financial()
    patient_responsibility: Decimal = financial()
    payer: str = coded("payer", default="")
    payer_claim_control_number: str = ""
    adjustments: tuple[Adjustment, ...] = financial(())
    remark_codes: tuple[str, ...] = ()
    paid_on: date
    interest: Decimal = financial(ZERO)
    patient_last_name: str = pii("")
    member_id: str = pii("")
    service_date: date | None = phi(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAdjudicated(AdjudicationEvent):
    TYPE: ClassVar[str] = "claim.adjudicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDenied(AdjudicationEvent):
    TYPE: ClassVar[str] = "claim.denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimReversed(AdjudicationEvent):
    """CLP02 = 22: an earlier payment taken back; it pairs with its correction by payer control number."""

    TYPE: ClassVar[str] = "claim.reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAdjustment:
    """One PLB pair. A positive amount lowers the payment, as X12 has it."""

    reason: str
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceReceived(Event):
    """One 835 transaction that balances: its payment, and what stands outside claims (PLB)."""

    TYPE: ClassVar[str] = "remittance.received"

    trace_number: str
    payer: str = coded("payer", default="")
    amount: Decimal = financial()
    currency: str = "USD"
    method: str
    paid_on: date
    claim_count: int
    provider_adjustments: tuple[ProviderAdjustment, ...] = financial(())


EVENTS: tuple[type[Event], ...] = (
    ClaimSubmitted,
    ClaimAcknowledged,
    ClaimRejected,
    ClaimStatusReported,
    ClaimAppealed,
    ClaimAdjudicated,
    ClaimDenied,
    ClaimReversed,
    RemittanceReceived,
)
