"""The other coverages of a claim (loops 2320, 2330) and what their payers decided on its lines (2430), as gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.formats.x12.claim_entities import NOBODY, Entity, payer, subscriber
from connectors.formats.x12.claims import LineAdjudication, OtherCoverage
from connectors.formats.x12.parts import procedure
from connectors.formats.x12.remittance import Adjustment
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.values import ZERO, count_value, decimal_value

_adjudication = sealed(LineAdjudication)
_coverage = sealed(OtherCoverage)
#: Where MIA and MOA carry remark codes.
REMARKS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}


@dataclass(slots=True)
class OpenCoverage:
    """A 2320 that is being read."""

    sbr: Segment
    oi: Segment = field(default_factory=lambda: NO_SEGMENT)
    adjustments: list[Adjustment] = field(default_factory=list)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    entities: dict[str, Entity] = field(default_factory=dict)  # by NM101

    def take_remarks(self, segment: Segment) -> None:
        self.remarks += [code for code in map(segment.get, REMARKS[segment.id]) if code]

    def close(self) -> OtherCoverage:
        """The coverage, now that all of it has come."""
        sbr, oi, amounts = self.sbr, self.oi, self.amounts
        insurer = self.entities.get("PR", NOBODY)
        return _coverage(
            subscriber=subscriber(self.entities.get("IL", NOBODY), sbr),
            payer=payer(insurer),
            relationship=sbr.get(2),
            paid=amounts.get("D"),
            non_covered=amounts.get("A8"),
            remaining_liability=amounts.get("EAF"),
            adjustments=tuple(self.adjustments),
            remarks=tuple(self.remarks),
            paid_date=insurer.day,
            claim_number=insurer.references.get("F8", ""),
            authorization_number=insurer.references.get("G1", ""),
            benefits_assigned=oi.get(3),
            release_of_information=oi.get(6),
        )


@dataclass(slots=True)
class OpenDecision:
    """A 2430 that is being read."""

    svd: Segment
    adjustments: list[Adjustment] = field(default_factory=list)
    paid_date: date | None = None
    remaining_liability: Decimal | None = None

    def close(self, component: str) -> LineAdjudication:
        """The adjudication, now that all of it has come; unreadable numbers, reported before, count as zero."""
        get = self.svd.get
        return _adjudication(
            payer_identifier=get(1),
            paid=decimal_value(get(2)) or ZERO,
            procedure=procedure(get(3), component) if get(3) else None,
            revenue_code=get(4),
            units=decimal_value(get(5)) or ZERO,
            bundled_into=count_value(get(6)),
            adjustments=tuple(self.adjustments),
            paid_date=self.paid_date,
            remaining_liability=self.remaining_liability,
        )
