"""What the parsers of 837P and 837I share: claims, their other coverages and their lines, one claim at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.formats.x12 import claim_entities as entities
from connectors.formats.x12.adjustments import read_adjustments
from connectors.formats.x12.claim_coverages import OpenCoverage, OpenDecision
from connectors.formats.x12.claim_entities import NOBODY, Entity
from connectors.formats.x12.claim_levels import LevelParser
from connectors.formats.x12.claims import Attachment, ClaimHead, Drug, SubmissionEnd
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode, Severity
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader
from connectors.formats.x12.values import ZERO, count_value, day_value, decimal_value, shown

_submission_end = sealed(SubmissionEnd)
_OTHER_PARTIES = {"IL": "2330A", "PR": "2330B"}


class ClaimParser(LevelParser):
    """Holds one claim at a time.

    A subclass names its loops in `claim_parties`, reads its service segment, and builds lines and claims.
    """

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
        self._reset_claim()

    def _begin_claims(self) -> None:
        self.clm = self.sv = NO_SEGMENT
        self._charge_total = ZERO
        self._claims = 0

    def again(self, header: TransactionHeader, delimiters: Delimiters) -> bool:
        if not super().again(header, delimiters):
            return False
        self._begin_claims()
        return True

    def _reset_claim(self) -> None:
        self._claim_open: bool = False
        self._line_open: bool = False
        self._coverage: OpenCoverage | None = None
        self._coverages: list[OpenCoverage] = []
        self._claim_entities: dict[str, Entity] = {}  # by NM101
        self.references: dict[str, str] = {}
        self.days: dict[str, tuple[str, str]] = {}  # DTP01 to DTP02 and DTP03
        self.amounts: dict[str, Decimal] = {}
        self._attachments: list[Attachment] = []
        self._note = ""
        self.lines: list[Any] = []
        self.begin_claim()

    # What a subclass says

    def begin_claim(self) -> None:
        """Forget the claim before."""

    def health_code(self, qualifier: str, parts: list[str]) -> None:
        """One composite of HI, cut into its parts; the qualifier is the first of them."""

    def build_line(self, sv: Segment, shared: dict[str, Any]) -> Any:
        """The line of the service segment `sv`; `shared` is what both kinds of line have."""
        raise NotImplementedError

    def build_claim(self, clm: Segment, shared: dict[str, Any]) -> ClaimHead:
        """The claim of the segment `clm`; `shared` fills `ClaimHead`."""
        raise NotImplementedError

    def takes_party(self, role: str, entity: Entity) -> bool:
        if self._line_open:
            self.loop = "2420"
            self.line_entities.setdefault(role, entity)
        elif self._coverage is not None:
            self.loop = _OTHER_PARTIES.get(role, "2330")
            self._coverage.entities.setdefault(role, entity)
        elif self._claim_open:
            if self.known_party(entity.nm1, role, self.claim_parties):
                self._claim_entities[role] = entity
        else:
            return False
        return True

    def takes_coverage(self, sbr: Segment) -> bool:
        if not self._claim_open:
            return False
        if self._line_open:
            self.misplaced(sbr, "SBR in the claim, before its service lines")
            self._end_line()
        self.loop = "2320"
        self.entity = None
        self._coverage = OpenCoverage(sbr)
        self._coverages.append(self._coverage)
        return True

    # Claims

    def _clm(self, segment: Segment) -> None:
        self.end_claim()
        self.before_claims(segment)
        self.loop = "2300"
        self.entity = None
        self.clm = segment
        self._claim_open = True
        self._claims += 1
        self.required(segment, 1, "patient account number")
        self._charge = self.number(segment, 2, "claim charge")
        self._charge_total += self._charge
        self.required(segment, 5, "kind of facility and claim frequency")
        for found, name, loop, what in (
            ("2010AA" in self.levels, "NM1", "2010AA", "NM1*85, the billing provider"),
            (self.sbr.number, "SBR", "2000B", "SBR, the subscriber's coverage"),
            ("2010BA" in self.levels, "NM1", "2010BA", "NM1*IL, the subscriber"),
            ("2010BB" in self.levels, "NM1", "2010BB", "NM1*PR, the payer"),
        ):
            if not found:
                self.missing(segment, name, loop, what)

    def _pwk(self, segment: Segment) -> None:
        if self._claim_open and not self._line_open:
            get = segment.get
            self._attachments.append(
                Attachment(report_type=get(1), transmission=get(2), control_number=get(6) if get(5) == "AC" else "")
            )

    def _nte(self, segment: Segment) -> None:
        if self._claim_open and not self._line_open and segment.get(1) == "ADD":
            self._note = segment.get(2)

    def _hi(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "HI after CLM")
            return
        for index, text in enumerate(segment.elements[1:], 1):
            parts = text.split(self.component)
            if parts[0] not in self.code_lists:
                self._unknown_list(segment, index, parts[0])
            elif len(parts) > 1 and parts[1]:
                self.health_code(parts[0], parts)

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
        qualifier, form = segment.get(1), segment.get(2)
        if form == "RD8":
            self._check_period(segment)
        elif form == "D8":
            self.day(segment, 3, "date")
        if self._line_open:
            if self._decision is not None:
                self._decision.paid_date = day_value(segment.get(3))
            elif qualifier == "472":
                self.service_days = (form, segment.get(3))
        elif self._coverage is not None and self.entity is not None:
            self.entity.day = day_value(segment.get(3))
        elif self._claim_open:
            self.days[qualifier] = (form, segment.get(3))

    def _check_period(self, segment: Segment) -> None:
        if None in period("RD8", segment.get(3)):
            self.fault(FaultCode.NOT_A_DATE, "The period is not two dates", segment, 3, expected="CCYYMMDD-CCYYMMDD")

    def _ref(self, segment: Segment) -> None:
        qualifier, value = segment.get(1), segment.get(2)
        if self._line_open:
            if qualifier == "6R":
                self.control_number = value
        elif self.entity is not None:
            self.entity.references.setdefault(qualifier, value)
        elif self._claim_open and self._coverage is None:
            self.references.setdefault(qualifier, value)

    # Other coverages

    def _cas(self, segment: Segment) -> None:
        found = read_adjustments(self, segment, self.number)
        if self._line_open and self._decision is not None:
            self._decision.adjustments += found
        elif self._coverage is not None and not self._line_open:
            self._coverage.adjustments += found
        else:
            self.misplaced(segment, "CAS after SBR or SVD")

    def _amt(self, segment: Segment) -> None:
        amount = self.number(segment, 2, "amount")
        qualifier = segment.get(1)
        if self._line_open:
            if self._decision is not None and qualifier == "EAF":
                self._decision.remaining_liability = amount
        elif self._coverage is not None:
            self._coverage.amounts[qualifier] = amount
        else:
            self.amounts[qualifier] = amount

    def _oi(self, segment: Segment) -> None:
        if self._coverage is None:
            self.misplaced(segment, "OI after SBR")
            return
        self._coverage.oi = segment

    def _remarks(self, segment: Segment) -> None:
        if self._coverage is None:
            self.misplaced(segment, f"{segment.id} after SBR")
            return
        self._coverage.take_remarks(segment)

    # Lines

    def _lx(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "LX after CLM")
            return
        self._begin_line(segment)

    def _begin_line(self, segment: Segment) -> None:
        if self._line_open:
            self._end_line()
        self._line_open = True
        self.entity = None
        self.loop = "2400"
        self.sv = NO_SEGMENT
        self._lx_segment = segment
        self.service_days = ("", "")
        self.control_number = ""
        self.line_entities: dict[str, Entity] = {}  # by NM101
        self._lin_segment = self._ctp_segment = NO_SEGMENT
        self._decision: OpenDecision | None = None
        self._decisions: list[OpenDecision] = []

    def _service(self, segment: Segment) -> None:
        if not self._line_open or self.sv.number:
            self.misplaced(segment, f"{self.service} after an LX of its own")
            if not self._claim_open:
                return
            self._begin_line(segment)
        self.sv = segment

    def _lin(self, segment: Segment) -> None:
        if self._line_open and segment.get(2) == "N4":
            self._lin_segment = segment
            self.loop = "2410"

    def _ctp(self, segment: Segment) -> None:
        self._ctp_segment = segment

    def _svd(self, segment: Segment) -> None:
        if not self._line_open:
            self.misplaced(segment, "SVD in a service line")
            return
        self.loop = "2430"
        self.number(segment, 2, "other payer's payment of the line")
        self.optional_number(segment, 5, "number of units paid")
        self._decision = OpenDecision(segment)
        self._decisions.append(self._decision)

    def _end_line(self) -> None:
        self._line_open = False
        sv = self.sv
        if not sv.number:
            self.missing(self._lx_segment, self.service, "2400", f"{self.service} after this LX")
            return
        first, last = period(*self.service_days)
        shared = {
            "service_date": first,
            "service_end": last,
            "control_number": self.control_number,
            "drug": self._drug() if self._lin_segment.number else None,
            "adjudications": tuple([each.close(self.component) for each in self._decisions]),
        }
        self.lines.append(self.build_line(sv, shared))

    def _drug(self) -> Drug:
        quantity = decimal_value(self._ctp_segment.get(4)) or ZERO
        unit = self._ctp_segment.get(5).split(self.component)[0]
        return Drug(ndc=self._lin_segment.get(3), quantity=quantity, unit=unit)

    def provider(self, role: str) -> Any:
        """The provider of the claim in `role` (NM101), if one is named."""
        return entities.provider(self._claim_entities.get(role))

    def end_claim(self) -> None:
        if not self._claim_open:
            return
        if self._line_open:
            self._end_line()
        clm = self.clm
        if not self.lines:
            self.missing(clm, "LX", "2400", "at least one service line after this CLM")
        lines_total = sum([line.charge for line in self.lines], ZERO)
        if self.lines and lines_total != self._charge:
            self._wrong_total(clm, lines_total)
        self.out.append(self.build_claim(clm, self._shared(clm)))
        self._reset_claim()

    def _shared(self, clm: Segment) -> dict[str, Any]:
        get, references, levels = clm.get, self.references, self.levels
        facility = get(5).split(self.component)
        return {
            "account_number": get(1),
            "charge": self._charge,
            "billing": entities.billing(levels.get("2010AA", NOBODY), self.taxonomy),
            "subscriber": entities.subscriber(levels.get("2010BA", NOBODY), self.sbr),
            "payer": entities.payer(levels.get("2010BB", NOBODY)),
            "patient": entities.patient(levels.get("2010CA"), self.pat),
            "frequency_code": facility[2] if len(facility) > 2 else "",
            "accepts_assignment": get(7),
            "benefits_assigned": get(8),
            "release_of_information": get(9),
            "original_claim_number": references.get("F8", ""),
            "prior_authorization": references.get("G1", ""),
            "referral_number": references.get("9F", ""),
            "clearinghouse_number": references.get("D9", ""),
            "medical_record_number": references.get("EA", ""),
            "attachments": tuple(self._attachments),
            "note": self._note,
            "other_coverages": tuple([each.close() for each in self._coverages]),
            "rendering": self.provider("82"),
            "referring": self.provider("DN"),
            "facility": self.provider("77") or self.provider("FA"),  # FA in 004010
            "segment": clm.number,
        }

    def _wrong_total(self, clm: Segment, total: Decimal) -> None:
        self.fault(
            FaultCode.CLAIM_TOTAL,
            "The claim charge is not the sum of its lines",
            clm,
            2,
            loop="2300",
            expected=str(total),
            found=str(self._charge),
            severity=Severity.WARNING,
        )

    def finish(self, trailer: Segment | None) -> None:
        self.end_claim()
        self.before_claims(trailer or self.clm)
        self.out.append(
            _submission_end(
                header=self.header,
                claims=self._claims,
                charge_total=self._charge_total,
                errors=self.errors,
                complete=trailer is not None,
            )
        )


def period(form: str, text: str) -> tuple[date | None, date | None]:
    """The day, or first and last day, that DTP02 and DTP03 write; of a moment its day."""
    if form == "RD8":
        first, _, last = text.partition("-")
        return day_value(first), day_value(last)
    return day_value(text[:8]) if form in ("D8", "DT") else None, None


def counts(text: str, component: str) -> tuple[int, ...]:
    """The counts of a composite, those that are none left out."""
    found = [count_value(part) for part in text.split(component) if part]
    return tuple([each for each in found if each is not None])
