"""270/271, eligibility and benefits: their typed form. `eligibility_parser` reads them, `eligibility_writer` writes.

A 270 asks in `EligibilityInquiry`s, a 271 answers in `EligibilityAnswer`s; each names one patient.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from connectors.formats.x12.inquiry import Participant, Period, Rejection, Trace
from connectors.formats.x12.parts import Procedure, Reference

#: EB01 (X12 list 1390): what a benefit tells of.
ACTIVE = frozenset({"1", "2", "3", "4", "5"})
INACTIVE = frozenset({"6", "7", "8"})
COINSURANCE, COPAY, DEDUCTIBLE = "A", "B", "C"
#: EB06: what an amount is reckoned for. 27 a visit; 29 is what remains.
VISIT, REMAINING = "27", "29"
#: EB02: individual.
INDIVIDUAL = "IND"
#: The service type of the plan as such.
WHOLE_PLAN = "30"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitQuestion:
    """EQ: what is asked for, by service type (list 1365) or by procedure."""

    service_types: tuple[str, ...] = ()
    procedure: Procedure | None = None
    coverage_level: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """EB: one thing that the payer says of the coverage. `percent` is a fraction of 1, the patient's share.

    `authorization` is EB11 (Y required, N not, U unknown), `in_network` EB12 (Y, N, W both).
    """

    information: str
    coverage_level: str = ""
    service_types: tuple[str, ...] = ()
    insurance_type: str = ""
    plan: str = ""
    period: str = ""
    amount: Decimal | None = None
    percent: Decimal | None = None
    quantity_qualifier: str = ""
    quantity: Decimal | None = None
    authorization: str = ""
    in_network: str = ""
    procedure: Procedure | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    messages: tuple[str, ...] = ()
    rejections: tuple[Rejection, ...] = ()

    def speaks_of(self, service_type: str) -> bool:
        """Whether it holds for `service_type`; one that names none holds for all."""
        return not self.service_types or service_type in self.service_types


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityInquiry:
    """One patient asked about. `dependent` is None where the patient is the subscriber."""

    source: Participant
    receiver: Participant
    subscriber: Participant
    questions: tuple[BenefitQuestion, ...]
    traces: tuple[Trace, ...] = ()
    dates: tuple[Period, ...] = ()
    dependent: Participant | None = None
    segment: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityAnswer:
    """One patient answered about, or a refusal: then `rejections` says why, and a payer that refused the inquiry as
    such names no subscriber. `rejections` holds those of the levels above as well, not those of single benefits."""

    source: Participant
    receiver: Participant | None = None
    subscriber: Participant | None = None
    dependent: Participant | None = None
    traces: tuple[Trace, ...] = ()
    dates: tuple[Period, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def patient(self) -> Participant | None:
        return self.dependent or self.subscriber


EligibilityItem: TypeAlias = EligibilityInquiry | EligibilityAnswer
