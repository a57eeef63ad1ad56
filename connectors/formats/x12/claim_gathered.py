"""A claim and a service line while they are read: what has come so far, kept as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.formats.x12.claim_coverages import OpenCoverage, OpenDecision
from connectors.formats.x12.claim_entities import Entity, provider
from connectors.formats.x12.claims import Attachment, ClaimProvider, Drug
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.values import ZERO, day_value, decimal_value

#: DTP02 and DTP03 of a date that did not come.
NO_DAY = ("", "")


@dataclass(slots=True)
class OpenLine:
    """A 2400 that is being read; `sv` is its SV1 or SV2."""

    lx: Segment
    sv: Segment = field(default_factory=lambda: NO_SEGMENT)
    service_days: tuple[str, str] = NO_DAY
    control_number: str = ""
    lin: Segment = field(default_factory=lambda: NO_SEGMENT)
    ctp: Segment = field(default_factory=lambda: NO_SEGMENT)
    entities: dict[str, Entity] = field(default_factory=dict)  # by NM101
    decisions: list[OpenDecision] = field(default_factory=list)

    @property
    def decision(self) -> OpenDecision | None:
        """The 2430 that is being read."""
        return self.decisions[-1] if self.decisions else None

    def shared(self, component: str) -> dict[str, Any]:
        """What lines of both kinds of claim have."""
        first, last = period(*self.service_days)
        return {
            "service_date": first,
            "service_end": last,
            "control_number": self.control_number,
            "drug": self._drug(component) if self.lin.number else None,
            "rendering": self.provider("82"),
            "adjudications": tuple([each.close(component) for each in self.decisions]),
        }

    def provider(self, role: str) -> ClaimProvider | None:
        return provider(self.entities.get(role))

    def _drug(self, component: str) -> Drug:
        quantity = decimal_value(self.ctp.get(4)) or ZERO
        return Drug(ndc=self.lin.get(3), quantity=quantity, unit=self.ctp.get(5).split(component)[0])


@dataclass(slots=True)
class OpenClaim:
    """A 2300 that is being read. `codes` are the composites of its HIs, cut into their parts."""

    clm: Segment
    charge: Decimal
    facility: list[str]  # CLM05
    references: dict[str, str] = field(default_factory=dict)
    days: dict[str, tuple[str, str]] = field(default_factory=dict)  # DTP01 to DTP02 and DTP03
    amounts: dict[str, Decimal] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    note: str = ""
    cl1: Segment = field(default_factory=lambda: NO_SEGMENT)
    codes: list[list[str]] = field(default_factory=list)
    entities: dict[str, Entity] = field(default_factory=dict)  # by NM101
    coverages: list[OpenCoverage] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)

    @property
    def coverage(self) -> OpenCoverage | None:
        """The 2320 that is being read; claims go on to their lines after it."""
        return self.coverages[-1] if self.coverages else None

    def day(self, qualifier: str) -> date | None:
        return period(*self.days.get(qualifier, NO_DAY))[0]

    def provider(self, role: str) -> ClaimProvider | None:
        """Whoever is named in `role` (NM101), if anybody is."""
        return provider(self.entities.get(role))

    def shared(self) -> dict[str, Any]:
        """What claims of both kinds have, their levels left out."""
        get, references, facility = self.clm.get, self.references, self.facility
        return {
            "account_number": get(1),
            "charge": self.charge,
            "frequency_code": facility[2] if len(facility) > 2 else "",
            "accepts_assignment": get(7),
            "benefits_assigned": get(8),
            "release_of_information": get(9),
            "original_claim_number": references.get("F8", ""),
            "prior_authorization": references.get("G1", ""),
            "referral_number": references.get("9F", ""),
            "clearinghouse_number": references.get("D9", ""),
            "medical_record_number": references.get("EA", ""),
            "attachments": tuple(self.attachments),
            "note": self.note,
            "other_coverages": tuple([each.close() for each in self.coverages]),
            "rendering": self.provider("82"),
            "referring": self.provider("DN"),
            "facility": self.provider("77") or self.provider("FA"),  # FA in 004010
            "lines": tuple(self.lines),
            "segment": self.clm.number,
        }


def period(form: str, text: str) -> tuple[date | None, date | None]:
    """The day, or first and last day, that DTP02 and DTP03 write; of a moment its day."""
    if form == "RD8":
        first, _, last = text.partition("-")
        return day_value(first), day_value(last)
    return day_value(text[:8]) if form in ("D8", "DT") else None, None
