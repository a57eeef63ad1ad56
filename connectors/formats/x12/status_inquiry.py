"""276/277 (005010X212), where a claim stands: their typed form. `status_inquiry_parser` reads both,
`status_inquiry_writer` writes them.

A 276 asks in `StatusInquiry`s, a 277 answers in `StatusAnswer`s; each names one claim. The 277CA, which a clearinghouse
sends unasked, is in `claim_status`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from connectors.formats.x12.claim_status import StatusCode
from connectors.formats.x12.inquiry import Participant, Period, Trace
from connectors.formats.x12.parts import Procedure, Reference

#: Category codes (X12 list 507) by their first letter: finalized, pending, and an inquiry that was not answered.
FINALIZED, PENDING = "F", "P"
NOT_ANSWERED = frozenset("DE")
PATIENT_ACCOUNT, PAYER_CLAIM_NUMBER, BILL_TYPE = "EJ", "1K", "BLT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """STC of a 277: up to three codes, and what was billed and paid. `check_number` is the payment's trace."""

    codes: tuple[StatusCode, ...]
    day: date | None = None
    charge: Decimal | None = None
    paid: Decimal | None = None
    finalized_on: date | None = None
    paid_on: date | None = None
    check_number: str = ""

    @property
    def category(self) -> str:
        return self.codes[0].category if self.codes else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLine:
    """A service line asked or answered about."""

    procedure: Procedure
    charge: Decimal
    paid: Decimal | None = None
    units: Decimal | None = None
    standings: tuple[Standing, ...] = ()
    control_number: str = ""  # REF*FJ
    dates: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInquiry:
    """One claim asked about (a TRN of loop 2200D or 2200E)."""

    payer: Participant
    receiver: Participant
    provider: Participant
    subscriber: Participant
    trace: Trace
    dependent: Participant | None = None
    references: tuple[Reference, ...] = ()
    charge: Decimal | None = None  # AMT*T3
    dates: tuple[Period, ...] = ()
    lines: tuple[StatusLine, ...] = ()
    segment: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer:
    """One claim answered about. Where the payer refuses above the claim (unknown provider), `subscriber` is None and
    `standings` say why."""

    payer: Participant
    receiver: Participant | None = None
    provider: Participant | None = None
    subscriber: Participant | None = None
    dependent: Participant | None = None
    trace: Trace | None = None
    standings: tuple[Standing, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    lines: tuple[StatusLine, ...] = ()
    segment: int = field(default=0, compare=False)

    def reference(self, qualifier: str) -> str:
        """The number under `qualifier` (EJ our claim number, 1K the payer's), or ""."""
        return next((each.value for each in self.references if each.qualifier == qualifier), "")


StatusItem: TypeAlias = StatusInquiry | StatusAnswer
