"""277CA, the claim acknowledgement: its typed form. `claim_status_parser` reads it, `claim_status_writer` writes it.

A file is a stream of `ClaimStatusStart`, then `ClaimAcknowledgement`s, then `ClaimStatusEnd`; once per ST.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from connectors.formats.x12.parts import Name, Procedure
from connectors.formats.x12.transaction import TransactionHeader

#: Claim status category codes (X12 list 507) that refuse a claim: unprocessable, not found, or rejected.
REJECTING = frozenset({"A3", "A4", "A6", "A7", "A8"})
#: STC03.
ACCEPT, REJECT = "WQ", "U"


@dataclass(frozen=True, slots=True)
class StatusCode:
    """Category (507), status (508) and the entity it speaks of."""

    category: str
    code: str
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """One STC: up to three codes, the day, WQ (accept) or U (reject), and the charge."""

    codes: tuple[StatusCode, ...]
    action: str = ""
    day: date | None = None
    amount: Decimal | None = None
    message: str = ""

    @property
    def rejects(self) -> bool:
        return self.action == REJECT or any(code.category in REJECTING for code in self.codes)


@dataclass(frozen=True, slots=True)
class LineAcknowledgement:
    """Loop 2220D: a service line with its statuses. `control_number` is REF*FJ, our REF*6R."""

    procedure: Procedure
    charge: Decimal
    statuses: tuple[Status, ...]
    control_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAcknowledgement:
    """One claim (loop 2200D). `account_number` (TRN02) is the CLM01 of the claim as it was sent."""

    account_number: str
    patient: Name
    statuses: tuple[Status, ...]
    provider: Name | None = None
    payer_claim_number: str = ""  # REF*1K
    clearinghouse_number: str = ""  # REF*D9
    service_start: date | None = None
    service_end: date | None = None
    lines: tuple[LineAcknowledgement, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether no status of the claim refuses it."""
        return not any(status.rejects for status in self.statuses)

    @property
    def codes(self) -> tuple[StatusCode, ...]:
        """Every code said of the claim and of its lines."""
        statuses = self.statuses + tuple(status for line in self.lines for status in line.statuses)
        return tuple(code for status in statuses for code in status.codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatusStart:
    """The head of one 277CA: who answers, to whom, and about which batch (`batch_reference` is our BHT03)."""

    source: Name
    receiver: Name
    reference: str
    source_trace: str = ""
    batch_reference: str = ""
    received: date | None = None
    processed: date | None = None
    created: date | None = None
    statuses: tuple[Status, ...] = ()
    header: TransactionHeader | None = field(default=None, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether the batch as such was not refused."""
        return not any(status.rejects for status in self.statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatusEnd:
    """The totals of one 277CA."""

    header: TransactionHeader
    claims: int
    accepted: int
    rejected: int
    errors: int
    complete: bool


ClaimStatusItem: TypeAlias = ClaimStatusStart | ClaimAcknowledgement | ClaimStatusEnd
