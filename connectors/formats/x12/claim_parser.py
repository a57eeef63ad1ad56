"""What the parsers of 837P and 837I share: claims, their other coverages and their lines, one claim at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from connectors.formats.x12 import claim_entities as entities
from connectors.formats.x12.adjustments import read_adjustments
from connectors.formats.x12.claim_coverages import OpenCoverage, OpenDecision
from connectors.formats.x12.claim_demands import Lacking, lacking_above, lacking_in, lacking_in_line
from connectors.formats.x12.claim_entities import NOBODY, Entity
from connectors.formats.x12.claim_gathered import OpenClaim, OpenLine, period
from connectors.formats.x12.claim_levels import LevelParser
from connectors.formats.x12.claims import Attachment, ClaimHead, SubmissionEnd
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode, Severity
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.transaction import TransactionHeader
from connectors.formats.x12.values import ZERO, day_value, shown

_submission_end = sealed(SubmissionEnd)
_OTHER_PARTIES = {"IL": "2330A", "PR": "2330B"}


class ClaimParser(LevelParser):
    """Holds one claim at a time. A subclass says what may stand in it, and builds lines and claims."""

    #: NM101 to the loop of a provider of the claim.
    claim_parties: Mapping[str, str] = {}
    #: HI01-1: the code lists that the claim may name.
    code_lists: frozenset[str] = frozenset()
    #: The segment that says what a line is about: SV1 or SV2.
    service = ""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers |= {
            "CLM": self._clm,
            "DTP": self._dtp,
            "REF": self._ref,
            "PWK": self._pwk,
            "NTE": self._nte,
            "HI": self._hi,
            "CAS": self._cas,
            "AMT": self._amt,
            "OI": self._oi,
            "MIA": self._remarks,
            "MOA": self._remarks,
            "LX": self._lx,
            self.service: self._service,
            "LIN": self._lin,
            "CTP": self._ctp,
            "SVD": self._svd,
        }
        self._begin_claims()

    def _begin_claims(self) -> None:
        self.claim: OpenClaim | None = None
        self.line: OpenLine | None = None
        self._charge_total = ZERO
        self._claims = 0

    def again(self, header: TransactionHeader, delimiters: Delimiters) -> bool:
        if not super().again(header, delimiters):
            return False
        self._begin_claims()
        return True

    def build_line(self, sv: Segment, line: OpenLine, shared: dict[str, Any]) -> Any:
        """The line of the service segment `sv`; `shared` is what both kinds of line have."""
        raise NotImplementedError

    def build_claim(self, claim: OpenClaim, shared: dict[str, Any]) -> ClaimHead:
        """The claim, now that all of it has come; `shared` fills what both kinds have."""
        raise NotImplementedError

    def takes_party(self, role: str, entity: Entity) -> bool:
        if self.line is not None:
            self.loop = "2420"
            self.line.entities.setdefault(role, entity)
        elif self.claim is None:
            return False
        elif self.claim.coverage is not None:
            self.loop = _OTHER_PARTIES.get(role, "2330")
            self.claim.coverage.entities.setdefault(role, entity)
        elif self.known_party(entity.nm1, role, self.claim_parties):
            self.claim.entities[role] = entity
        return True

    def takes_coverage(self, sbr: Segment) -> bool:
        if self.claim is None:
            return False
        if self.line is not None:
            self.misplaced(sbr, "SBR in the claim, before its service lines")
            self._end_line(self.line)
        self.loop = "2320"
        self.entity = None
        self.claim.coverages.append(OpenCoverage(sbr))
        return True

    # Claims

    def _clm(self, segment: Segment) -> None:
        self.end_claim()
        self.before_claims(segment)
        self.loop = "2300"
        self.entity = None
        self._claims += 1
        self.required(segment, 1, "patient account number")
        charge = self.number(segment, 2, "claim charge")
        self._charge_total += charge
        facility = self.required(segment, 5, "kind of facility and claim frequency")
        self.claim = OpenClaim(segment, charge, facility.split(self.component))
        for found, name, loop, what in (
            ("2010AA" in self.levels, "NM1", "2010AA", "NM1*85, the billing provider"),
            (self.sbr.number, "SBR", "2000B", "SBR, the subscriber's coverage"),
            ("2010BA" in self.levels, "NM1", "2010BA", "NM1*IL, the subscriber"),
            ("2010BB" in self.levels, "NM1", "2010BB", "NM1*PR, the payer"),
        ):
            if not found:
                self.missing(segment, name, loop, what)
        if self.strict:
            self._demand(lacking_above(segment, self.levels, self.pat))

    def _demand(self, found: Iterable[Lacking]) -> None:
        for where, segment_id, loop, what in found:
            self.missing(where, segment_id, loop, what)

    def _pwk(self, segment: Segment) -> None:
        if self.claim is not None and self.line is None:
            get = segment.get
            self.claim.attachments.append(
                Attachment(report_type=get(1), transmission=get(2), control_number=get(6) if get(5) == "AC" else "")
            )

    def _nte(self, segment: Segment) -> None:
        if self.claim is not None and self.line is None and segment.get(1) == "ADD":
            self.claim.note = segment.get(2)

    def _hi(self, segment: Segment) -> None:
        if self.claim is None:
            self.misplaced(segment, "HI after CLM")
            return
        for index, text in enumerate(segment.elements[1:], 1):
            parts = text.split(self.component)
            if parts[0] not in self.code_lists:
                self._unknown_list(segment, index, parts[0])
            elif len(parts) > 1 and parts[1]:
                self.claim.codes.append(parts)

    def _unknown_list(self, segment: Segment, index: int, qualifier: str) -> None:
        """A code of a list that the guide does not have here, or one cut with another separator than ISA16."""
        if qualifier:
            self.fault(
                FaultCode.UNKNOWN_CODE,
                "The code list is not known here",
                segment,
                index,
                component=1,
                expected=f"one of {' '.join(sorted(self.code_lists))}",
                found=shown(qualifier),
            )

    def _dtp(self, segment: Segment) -> None:
        qualifier, form, text = segment.get(1), segment.get(2), segment.get(3)
        if form == "RD8":
            self._check_period(segment)
        elif form == "D8":
            self.day(segment, 3, "date")
        if self.line is not None:
            if self.line.decision is not None:
                self.line.decision.paid_date = day_value(text)
            elif qualifier == "472":
                self.line.service_days = (form, text)
        elif self.claim is None:
            return
        elif self.claim.coverage is None:
            self.claim.days[qualifier] = (form, text)
        elif self.entity is not None:
            self.entity.day = day_value(text)

    def _check_period(self, segment: Segment) -> None:
        if None in period("RD8", segment.get(3)):
            self.fault(FaultCode.NOT_A_DATE, "The period is not two dates", segment, 3, expected="CCYYMMDD-CCYYMMDD")

    def _ref(self, segment: Segment) -> None:
        qualifier, value = segment.get(1), segment.get(2)
        if self.line is not None:
            if qualifier == "6R":
                self.line.control_number = value
        elif self.entity is not None:
            self.entity.references.setdefault(qualifier, value)
        elif self.claim is not None and self.claim.coverage is None:
            self.claim.references.setdefault(qualifier, value)

    # Other coverages

    def _coverage(self, segment: Segment, expected: str) -> OpenCoverage | None:
        """The coverage that `segment` belongs to; that there is none is reported."""
        if self.claim is None or self.claim.coverage is None or self.line is not None:
            self.misplaced(segment, expected)
            return None
        return self.claim.coverage

    def _cas(self, segment: Segment) -> None:
        found = read_adjustments(self, segment, self.number)
        if self.line is not None and self.line.decision is not None:
            self.line.decision.adjustments += found
        elif (coverage := self._coverage(segment, "CAS after SBR or SVD")) is not None:
            coverage.adjustments += found

    def _amt(self, segment: Segment) -> None:
        amount = self.number(segment, 2, "amount")
        qualifier = segment.get(1)
        if self.line is not None:
            if self.line.decision is not None and qualifier == "EAF":
                self.line.decision.remaining_liability = amount
        elif self.claim is not None:
            (self.claim.coverage or self.claim).amounts[qualifier] = amount

    def _oi(self, segment: Segment) -> None:
        if (coverage := self._coverage(segment, "OI after SBR")) is not None:
            coverage.oi = segment

    def _remarks(self, segment: Segment) -> None:
        if (coverage := self._coverage(segment, f"{segment.id} after SBR")) is not None:
            coverage.take_remarks(segment)

    # Lines

    def _lx(self, segment: Segment) -> None:
        if self.claim is None:
            self.misplaced(segment, "LX after CLM")
            return
        self._begin_line(segment)

    def _begin_line(self, lx: Segment) -> OpenLine:
        if self.line is not None:
            self._end_line(self.line)
        self.entity = None
        self.loop = "2400"
        self.line = OpenLine(lx)
        return self.line

    def _service(self, segment: Segment) -> None:
        line = self.line
        if line is None or line.sv.number:
            self.misplaced(segment, f"{self.service} after an LX of its own")
            if self.claim is None:
                return
            line = self._begin_line(segment)
        line.sv = segment

    def _lin(self, segment: Segment) -> None:
        if self.line is not None and segment.get(2) == "N4":
            self.line.lin = segment
            self.loop = "2410"

    def _ctp(self, segment: Segment) -> None:
        if self.line is not None:
            self.line.ctp = segment

    def _svd(self, segment: Segment) -> None:
        if self.line is None:
            self.misplaced(segment, "SVD in a service line")
            return
        self.loop = "2430"
        self.number(segment, 2, "other payer's payment of the line")
        self.optional_number(segment, 5, "number of units paid")
        self.line.decisions.append(OpenDecision(segment))

    def _end_line(self, line: OpenLine) -> None:
        self.line = None
        if not line.sv.number:
            self.missing(line.lx, self.service, "2400", f"{self.service} after this LX")
        elif self.claim is not None:
            if self.strict:
                for decision in line.decisions:
                    self._demand(lacking_in_line(decision))
            self.claim.lines.append(self.build_line(line.sv, line, line.shared(self.component)))

    def end_claim(self) -> None:
        claim = self.claim
        if claim is None:
            return
        if self.line is not None:
            self._end_line(self.line)
        if self.strict:
            self._demand(lacking_in(claim))
        if not claim.lines:
            self.missing(claim.clm, "LX", "2400", "at least one service line after this CLM")
        lines_total = sum([line.charge for line in claim.lines], ZERO)
        if claim.lines and lines_total != claim.charge:
            self._wrong_total(claim, lines_total)
        self.out.append(self.build_claim(claim, claim.shared() | self._people()))
        self.claim = None

    def _people(self) -> dict[str, Any]:
        """The levels that the claim stands under."""
        levels = self.levels
        return {
            "billing": entities.billing(levels.get("2010AA", NOBODY), self.taxonomy),
            "subscriber": entities.subscriber(levels.get("2010BA", NOBODY), self.sbr),
            "payer": entities.payer(levels.get("2010BB", NOBODY)),
            "patient": entities.patient(levels.get("2010CA"), self.pat),
        }

    def _wrong_total(self, claim: OpenClaim, total: Decimal) -> None:
        self.fault(
            FaultCode.CLAIM_TOTAL,
            "The claim charge is not the sum of its lines",
            claim.clm,
            2,
            loop="2300",
            expected=str(total),
            found=str(claim.charge),
            severity=Severity.WARNING,
        )

    def finish(self, trailer: Segment | None) -> None:
        self.end_claim()
        self.before_claims(trailer or self.last_of_header())
        self.out.append(
            _submission_end(
                header=self.header,
                claims=self._claims,
                charge_total=self._charge_total,
                errors=self.errors,
                complete=trailer is not None,
            )
        )
