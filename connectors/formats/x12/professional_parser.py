"""Read an 837P, segment by segment, into the types of `professional`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from connectors.formats.x12 import professional_entities as entities
from connectors.formats.x12.claims import Diagnosis, Receiver, SubmissionEnd, SubmissionStart, Submitter
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode, Severity
from connectors.formats.x12.name_segments import read_contact, read_name
from connectors.formats.x12.parts import Contact, Name, procedure
from connectors.formats.x12.professional import ClaimLine, ProfessionalClaim
from connectors.formats.x12.professional_entities import Entity
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import ZERO, count_value, day_value

#: Part of an 837P, without anything that the typed form carries. Those of 004010 are among them.
_PASSED = (
    "CUR K3 CN1 PWK AMT CR1 CR2 CR3 CR5 CR6 CRC HCP HSD OI CAS MOA MIA SV5 SV4 QTY MEA PS1 LIN CTP SVD LQ FRM N2 NTE TS"
).split()
_LEVELS = frozenset({"20", "22", "23"})
#: NM101 to the loop it opens, by the loop it stands in.
_HEADER_LOOPS = {"41": "1000A", "40": "1000B"}
_LEVEL_LOOPS = {
    "20": {"85": "2010AA", "87": "2010AB", "PE": "2010AC"},
    "22": {"IL": "2010BA", "PR": "2010BB", "QD": "2010BA"},
    "23": {"QC": "2010CA"},
}
_CLAIM_LOOPS = {"DN": "2310A", "P3": "2310A", "82": "2310B", "77": "2310C", "DQ": "2310D", "PW": "2310E", "45": "2310F"}


class ProfessionalParser(TransactionParser):
    """Holds one claim at a time, and the provider, subscriber and patient levels that it stands under."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers |= {name: self._passed for name in _PASSED}
        self.handlers |= {
            "BHT": self._bht,
            "HL": self._hl,
            "NM1": self._nm1,
            "PER": self._per,
            "N3": self._n3_n4,
            "N4": self._n3_n4,
            "REF": self._ref,
            "PRV": self._prv,
            "SBR": self._sbr,
            "PAT": self._pat,
            "DMG": self._dmg,
            "CLM": self._clm,
            "DTP": self._dtp,
            "HI": self._hi,
            "LX": self._lx,
            "SV1": self._sv1,
        }
        self._bht_segment = NO_SEGMENT
        self._started = False
        self._level = ""
        self._taxonomy = ""
        self._entities: dict[str, Entity] = {}  # by loop; those of the claim are taken out when it ends
        self._entity: Entity | None = None
        self._sbr_segment = self._pat_segment = self._clm_segment = self._sv1_segment = NO_SEGMENT
        self._charge_total = ZERO
        self._claims = 0
        self._reset_claim()

    def _reset_claim(self) -> None:
        self._claim_open: bool = False
        self._line_open: bool = False
        self._other_payer: bool = False
        self._claim_entities: dict[str, Entity] = {}
        self._claim_references: dict[str, str] = {}
        self._diagnoses: list[Diagnosis] = []
        self._lines: list[ClaimLine] = []

    def _passed(self, segment: Segment) -> None:
        """Nothing to keep."""

    def _bht(self, segment: Segment) -> None:
        self._bht_segment = segment
        self.day(segment, 4, "creation date", required=False)

    def _start(self, segment: Segment) -> None:
        """The header is over: `segment` is the first after it."""
        self._started = True
        submitter, receiver = self._entities.get("1000A"), self._entities.get("1000B")
        for found, name, loop, what in (
            (self._bht_segment.number, "BHT", "", "BHT"),
            (submitter, "NM1", "1000A", "NM1*41, the submitter"),
            (receiver, "NM1", "1000B", "NM1*40, the receiver"),
        ):
            if not found:
                self.missing(segment, name, loop, what)
        bht = self._bht_segment
        sender = submitter.name if submitter else Name("41")
        contact = submitter.contact if submitter else None
        self.out.append(
            SubmissionStart(
                submitter=Submitter(sender.last, sender.id, contact or Contact("IC")),
                receiver=Receiver(receiver.name.last, receiver.name.id) if receiver else Receiver("", ""),
                reference=bht.get(3),
                created=day_value(bht.get(4)),
                purpose=bht.get(2),
                header=self.header,
            )
        )

    # Levels

    def _hl(self, segment: Segment) -> None:
        self._end_claim()
        if not self._started:
            self._start(segment)
        level = self.code(segment, 3, _LEVELS, "hierarchical level")
        self._level = level
        self._entity = None
        if level == "20":
            self._taxonomy = ""
            self._entities.clear()
        if level in ("20", "22"):
            self._sbr_segment = NO_SEGMENT
            self._forget("2010BA", "2010BB")
        self._pat_segment = NO_SEGMENT
        self._forget("2010CA")
        self.loop = {"20": "2000A", "22": "2000B", "23": "2000C"}.get(level, "")

    def _forget(self, *loops: str) -> None:
        for loop in loops:
            self._entities.pop(loop, None)

    def _nm1(self, segment: Segment) -> None:
        role = self.required(segment, 1, "entity code")
        self._entity = Entity(read_name(segment))
        if not self._started:
            loops, where = _HEADER_LOOPS, ""
        elif self._line_open:
            loops, where = {}, "2420"
        elif self._claim_open and self._other_payer:
            loops, where = {}, "2330"
        elif self._claim_open:
            loops, where = _CLAIM_LOOPS, ""
        else:
            loops, where = _LEVEL_LOOPS.get(self._level, {}), ""
        self.loop = where or loops.get(role, self.loop)
        if where:
            return
        if role not in loops:
            self.code(segment, 1, frozenset(loops), "entity code at this place")
            return
        if self._claim_open:
            self._claim_entities[self.loop] = self._entity
        else:
            self._entities.setdefault(self.loop, self._entity)

    def _per(self, segment: Segment) -> None:
        if self._entity is not None and self._entity.contact is None:
            self._entity.contact = read_contact(segment)

    def _n3_n4(self, segment: Segment) -> None:
        if self._entity is None:
            self.misplaced(segment, "an address after NM1")
            return
        self._entity.address.append(segment)

    def _prv(self, segment: Segment) -> None:
        if self._entity is not None:
            self._entity.taxonomy = segment.get(3)
        elif self._level == "20":
            self._taxonomy = segment.get(3)

    def _sbr(self, segment: Segment) -> None:
        if self._claim_open:
            self._other_payer = True
            self.loop = "2320"
            return
        self._sbr_segment = segment
        self.code(segment, 1, frozenset("ABCDEFGHPSTU"), "payer responsibility")

    def _pat(self, segment: Segment) -> None:
        self._pat_segment = segment

    def _dmg(self, segment: Segment) -> None:
        self.day(segment, 2, "birth date")
        if self._entity is not None:
            self._entity.demographics = segment

    # Claims

    def _clm(self, segment: Segment) -> None:
        self._end_claim()
        if not self._started:
            self._start(segment)
        self.loop = "2300"
        self._entity = None
        self._clm_segment = segment
        self._claim_open = True
        self._claims += 1
        self.required(segment, 1, "patient account number")
        self._charge = self.number(segment, 2, "claim charge")
        self._charge_total += self._charge
        self.required(segment, 5, "place of service and claim frequency")
        for found, name, loop, what in (
            ("2010AA" in self._entities, "NM1", "2010AA", "NM1*85, the billing provider"),
            (self._sbr_segment.number, "SBR", "2000B", "SBR, the subscriber's coverage"),
            ("2010BA" in self._entities, "NM1", "2010BA", "NM1*IL, the subscriber"),
            ("2010BB" in self._entities, "NM1", "2010BB", "NM1*PR, the payer"),
        ):
            if not found:
                self.missing(segment, name, loop, what)

    def _hi(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "HI after CLM")
            return
        for text in segment.elements[1:]:
            qualifier, _, rest = text.partition(self.component)
            code = rest.split(self.component)[0]
            if code and qualifier in ("ABK", "ABF", "BK", "BF"):
                self._diagnoses.append(Diagnosis(code, qualifier))

    def _lx(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "LX after CLM")
            return
        self._begin_line(segment)

    def _begin_line(self, segment: Segment) -> None:
        self._end_line()
        self._line_open = True
        self._entity = None
        self.loop = "2400"
        self._sv1_segment = NO_SEGMENT
        self._lx_segment = segment
        self._dates: tuple[date | None, date | None] = (None, None)
        self._control_number = ""

    def _sv1(self, segment: Segment) -> None:
        if not self._line_open or self._sv1_segment.number:
            self.misplaced(segment, "SV1 after an LX of its own")
            if not self._claim_open:
                return
            self._begin_line(segment)
        self._sv1_segment = segment
        self.required(segment, 1, "procedure")

    def _dtp(self, segment: Segment) -> None:
        first, last = self._period(segment)
        if self._line_open and segment.get(1) == "472":
            self._dates = (first, last)

    def _period(self, segment: Segment) -> tuple[date | None, date | None]:
        """The day, or first and last day, that a DTP names; times are left out."""
        if segment.get(2) != "RD8":
            return (self.day(segment, 3, "date") if segment.get(2) == "D8" else None), None
        first, _, last = segment.get(3).partition("-")
        days = day_value(first), day_value(last)
        if None in days:
            self.fault(FaultCode.NOT_A_DATE, "The period is not two dates", segment, 3, expected="CCYYMMDD-CCYYMMDD")
        return days

    def _ref(self, segment: Segment) -> None:
        qualifier, value = segment.get(1), segment.get(2)
        if self._line_open:
            if qualifier == "6R":
                self._control_number = value
        elif self._entity is not None:
            self._entity.references.setdefault(qualifier, value)
        elif self._claim_open and not self._other_payer:
            self._claim_references.setdefault(qualifier, value)

    def _end_line(self) -> None:
        if not self._line_open:
            return
        self._line_open = False
        sv1 = self._sv1_segment
        if not sv1.number:
            self.missing(self._lx_segment, "SV1", "2400", "SV1 after this LX")
            return
        if self._dates[0] is None:
            self.missing(sv1, "DTP", "2400", "DTP*472, the service date")
        pointers = [count_value(text) for text in sv1.get(7).split(self.component) if text]
        self._lines.append(
            ClaimLine(
                procedure=procedure(sv1.get(1), self.component),
                charge=self.number(sv1, 2, "line charge"),
                unit_basis=sv1.get(3),
                units=self.number(sv1, 4, "number of units"),
                place_of_service=sv1.get(5),
                diagnosis_pointers=tuple(pointer for pointer in pointers if pointer is not None),
                service_date=self._dates[0],
                service_end=self._dates[1],
                control_number=self._control_number,
            )
        )

    def _end_claim(self) -> None:
        if not self._claim_open:
            return
        self._end_line()
        clm = self._clm_segment
        if not self._lines:
            self.missing(clm, "LX", "2400", "at least one service line after this CLM")
        lines_total = sum((line.charge for line in self._lines), ZERO)
        if self._lines and lines_total != self._charge:
            self._wrong_total(clm, lines_total)
        place, _, rest = clm.get(5).partition(self.component)
        frequency = rest.split(self.component)
        references = self._claim_references
        self.out.append(
            ProfessionalClaim(
                account_number=clm.get(1),
                charge=self._charge,
                billing=entities.billing(self._entities.get("2010AA"), self._taxonomy),
                subscriber=entities.subscriber(self._entities.get("2010BA"), self._sbr_segment),
                payer=entities.payer(self._entities.get("2010BB")),
                patient=entities.patient(self._entities.get("2010CA"), self._pat_segment),
                place_of_service=place,
                frequency_code=frequency[1] if len(frequency) > 1 else "",
                signature_on_file=clm.get(6),
                accepts_assignment=clm.get(7),
                benefits_assigned=clm.get(8),
                release_of_information=clm.get(9),
                original_claim_number=references.get("F8", ""),
                prior_authorization=references.get("G1", ""),
                referral_number=references.get("9F", ""),
                clearinghouse_number=references.get("D9", ""),
                diagnoses=tuple(self._diagnoses),
                rendering=entities.provider(self._claim_entities.get("2310B")),
                referring=entities.provider(self._claim_entities.get("2310A")),
                supervising=entities.provider(self._claim_entities.get("2310D")),
                facility=entities.provider(self._claim_entities.get("2310C")),
                lines=tuple(self._lines),
                segment=clm.number,
            )
        )
        self._reset_claim()

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
        self._end_claim()
        if not self._started:
            self._start(trailer or self._bht_segment)
        self.out.append(
            SubmissionEnd(
                header=self.header,
                claims=self._claims,
                charge_total=self._charge_total,
                errors=self.errors,
                complete=trailer is not None,
            )
        )
